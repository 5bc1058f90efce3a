/* SPDX-License-Identifier: MIT */
/*
 * Denies write access to converted ranges.
 *
 * The invariant: a forbidden right on a range never outlives the call that gave it. protect()
 * checks before it passes a call on, and again afterwards if the table has changed meanwhile. The
 * code that adds a range at an address that other threads know checks the rights that it has by
 * then.
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
 * The kernel itself denies writing to a shared copy, and a private copy may be written. The kernel
 * also denies PROT_EXEC for a converted range, because that maps the file itself.
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
 * How often withdraw() has begun and ended. A mapping that moves between its two calls takes along
 * the pages that the second call should drop, so the code that moves one compares the counters.
 * They count for all processes that an engine serves, by single atomic operations. In a child
 * forked in between they stay different, so that moved pages are always dropped.
 */
static _Atomic uint64_t begun, ended;

uint64_t protect_generation(void)
{
	return atomic_load(&ended);
}

/* Drops written pages, as if the writes had gone to the memory before the mapping. */
static void drop(uintptr_t start, uintptr_t end)
{
	engine_madvise(start, end - start, MADV_DONTNEED);
}

/*
 * Takes the forbidden right away from the parts of range that have it. Other parts keep theirs,
 * because a call that failed did not reach all of them. rest: the rights that such a part keeps;
 * KEEP_KNOWN: the others that it has, if the kernel can be asked.
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
		/* The call stops at pieces that other threads unmap meanwhile: try again. */
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

	/* Invalid arguments: the kernel reports them and changes nothing. */
	if (!span || start % state_page() || start > UINTPTR_MAX - span)
		return engine_mprotect(addr, length, prot, key);
	denied = first_denied(start, start + span, prot);
	if (!denied)
		return pass_on(addr, length, prot, key, generation);
	/* No range grows: the kernel fails with EINVAL before it checks rights, unlike gVisor. */
	if (denied == start && prot & (PROT_GROWSDOWN | PROT_GROWSUP) &&
	    engine_mprotect(addr, length, prot & ~(PROT_WRITE | PROT_EXEC), key))
		return -1;
	/* As in the kernel, the memory before the range changes, and may fail first. */
	if (denied > start ? pass_on(addr, denied - start, prot, key, generation) :
			     !engine_mprotect_is_right(prot, key))
		return -1;
	return deny(denied, start + span, prot);
}
