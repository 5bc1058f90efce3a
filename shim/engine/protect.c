/* SPDX-License-Identifier: MIT */
/*
 * Refuses to make converted ranges writable.
 *
 * The invariant: no right that a range must not have outlives the call that gave it. A call is
 * looked at before it is made, and, if the table has changed meanwhile, once more afterwards; who
 * adds a range where others know the address looks at what it has by then.
 */
#include "protect.h"

#include "engine.h"
#include "serve.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

enum { KEEP_KNOWN = -1, TRIES = 8 };

/*
 * Writing to a shared copy the kernel denies by itself, a private one may be written; and it
 * denies PROT_EXEC for a converted range, which is a mapping of the file itself.
 */
static bool may_deny(const struct range *range, int prot)
{
	if (range->copy)
		return prot & PROT_EXEC && range->no_exec;
	return prot & PROT_WRITE;
}

/* The lowest address in [start, end) that must not get prot, 0 if there is none. */
static uintptr_t first_denied(uintptr_t start, uintptr_t end, int prot)
{
	uint64_t generation = ranges_generation();
	struct range range;

	for (; start < end && ranges_find_whole(start, end, &range); start = range.end) {
		uintptr_t found;

		if (!may_deny(&range, prot))
			continue;
		found = verify_within(&range, start, end);
		if (found)
			return found;
		ranges_forget(start, range.end < end ? range.end : end, generation);
	}
	return 0;
}

/*
 * How often withdraw() has begun and ended. A mapping that is moved between its two calls takes
 * along what the second is to drop, so who moves one compares. Single atomic operations, of all
 * processes that an engine serves; in a child forked in between they stay apart, and what is moved
 * is always dropped.
 */
static _Atomic uint64_t begun, ended;

uint64_t protect_generation(void)
{
	return atomic_load(&ended);
}

/* What was written is as if it had been written to what was there before the mapping came. */
static void drop(uintptr_t start, uintptr_t end)
{
	engine_madvise(start, end - start, MADV_DONTNEED);
}

/*
 * Takes the right that range must not have from the parts of it that have it; others keep what they
 * have, because a call that failed has not come to all of them. rest: what such a part may keep;
 * KEEP_KNOWN: what it has, if the kernel can be asked.
 */
static void take_back(const struct range *range, int rest)
{
	uintptr_t at = range->start;
	enum maps_answer answer;
	struct vma part;
	int tries = 0;

	while (at < range->end && (answer = verify_part(range, at, &part)) != MAPS_NONE) {
		bool has = range->copy ? part.executable : part.writable;
		int keeps = rest;
		bool done;

		if (rest == KEEP_KNOWN)
			keeps = part.executable ? PROT_READ | PROT_EXEC : PROT_READ;
		if (rest == KEEP_KNOWN && answer == MAPS_UNKNOWN)
			break;
		done = !has || engine_set_protection(part.start, part.end, keeps);

		if (has && answer == MAPS_FOUND && !range->copy)
			drop(part.start, part.end);
		/* What is unmapped at this moment stops the call in front of what is not. */
		if (done || ++tries == TRIES)
			at = part.end;
	}
}

static void withdraw(uintptr_t start, uintptr_t end, int prot)
{
	struct range range;

	atomic_fetch_add(&begun, 1);
	for (; start < end && ranges_find(start, end, &range); start = range.end)
		if (may_deny(&range, prot))
			take_back(&range, prot & ~(range.copy ? PROT_EXEC : PROT_WRITE));
	atomic_fetch_add(&ended, 1);
}

void protect_again(const struct range *range, uint64_t generation)
{
	bool others = atomic_load(&begun) != generation;

	if (range->copy)
		return;
	take_back(range, KEEP_KNOWN);
	if (others)
		drop(range->start, range->end);
}

void protect_anew(const struct range *range, const struct mapping *call)
{
	int prot = call->prot & (PROT_READ | PROT_EXEC);
	bool done = engine_set_protection(range->start, range->end, prot);

	drop(range->start, range->end);
	if (!done)
		take_back(range, prot);
	if ((call->flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		engine_madvise(range->start, call->length, MADV_POPULATE_READ);
}

static int deny(uintptr_t start, uintptr_t end, int prot)
{
	serve_denied(start, end, prot);
	errno = EACCES;
	return -1;
}

int protect_look_again(void *addr, size_t length, int prot, int result)
{
	uintptr_t start = (uintptr_t)addr;
	uintptr_t end = start + mapping_span(length, state_page());
	uintptr_t denied = first_denied(start, end, prot);

	if (!denied)
		return result;
	withdraw(denied, end, prot);
	return result ? result : deny(denied, end, prot);
}

static int pass_on(void *addr, size_t length, int prot, int key, uint64_t generation)
{
	int result = engine_mprotect(addr, length, prot, key);

	if (ranges_generation() == generation)
		return result;
	return protect_look_again(addr, length, prot, result);
}

int protect(void *addr, size_t length, int prot, int key)
{
	const uint64_t generation = ranges_generation();
	const size_t span = mapping_span(length, state_page());
	const uintptr_t start = (uintptr_t)addr;
	uintptr_t denied;

	/* Arguments that are wrong in themselves: the kernel says so and changes nothing. */
	if (!span || start % state_page() || start > UINTPTR_MAX - span)
		return engine_mprotect(addr, length, prot, key);
	denied = first_denied(start, start + span, prot);
	if (!denied)
		return pass_on(addr, length, prot, key, generation);
	/* No range of ours grows: EINVAL, before any right is looked at, but not in gVisor. */
	if (denied == start && prot & (PROT_GROWSDOWN | PROT_GROWSUP) &&
	    engine_mprotect(addr, length, prot & ~(PROT_WRITE | PROT_EXEC), key))
		return -1;
	/* What lies before is changed and may fail first, as in the kernel. */
	if (denied > start ? pass_on(addr, denied - start, prot, key, generation) :
			     !engine_mprotect_is_right(prot, key))
		return -1;
	return deny(denied, start + span, prot);
}
