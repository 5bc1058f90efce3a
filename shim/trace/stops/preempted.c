/* SPDX-License-Identifier: MIT */
/*
 * Finds this out by two mappings without a file.
 */
#include "preempted.h"

#include "state.h"

#include <sys/mman.h>
#include <sys/prctl.h>

enum { SHARED = 1, PRIVATE = 2 };

/* Set before the fork that makes the tracer, and by its main thread before it has workers. */
static bool looks, answered;
static int seen;

void preempted_look(void)
{
	looks = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0;
}

void preempted_try(void)
{
	static const int types[] = { MAP_SHARED, MAP_PRIVATE };

	for (unsigned i = 0; looks && i < 2; i++)
		(void)mmap(NULL, state_page(), PROT_READ, types[i], -1, 0);
}

void preempted_seen(const struct call *call)
{
	seen |= ((int)call->arguments[3] & MAP_TYPE) == MAP_PRIVATE ? PRIVATE : SHARED;
}

void preempted_begins(void)
{
	if (looks)
		answered = seen != (SHARED | PRIVATE);
	looks = false;
}

bool preempted(void)
{
	return answered;
}
