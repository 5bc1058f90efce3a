/* SPDX-License-Identifier: MIT */
/*
 * Refuses to make converted ranges writable. Nothing of it runs while there are none.
 */
#include "protect.h"

#include "copies.h"
#include "kernel.h"
#include "mapping.h"
#include "next.h"
#include "live.h"
#include "serve.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

/* Not in line, so that the usual way saves no registers for it. */
#define RARE __attribute__((noinline))

enum { KEEP_KNOWN = -1, TRIES = 8 };

static int pass_on(void *addr, size_t length, int prot, int pkey)
{
	if (pkey == PROTECT_NO_KEY)
		return next_mprotect(addr, length, prot);
	return next_pkey_mprotect(addr, length, prot, pkey);
}

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
	uint64_t moment = ranges_moment();
	struct range range;

	for (; start < end && ranges_find_whole(start, end, &range); start = range.end) {
		uintptr_t found;

		if (!may_deny(&range, prot))
			continue;
		found = verify_within(&range, start, end);
		if (found)
			return found;
		ranges_forget(start, range.end < end ? range.end : end, moment);
	}
	return 0;
}

/*
 * The next library is told, as of every call. If it fails, and may have done a part, the kernel is
 * told the rest: what stayed writable would lose what is written.
 */
static bool set(uintptr_t start, uintptr_t end, int prot)
{
	const int before = errno;
	bool done = next_mprotect((void *)start, end - start, prot) == 0 ||
		    kernel(SYS_mprotect, start, end - start, prot) == 0;

	errno = before;
	return done;
}

/*
 * How often withdraw() has begun and ended. A mapping that is moved between its two calls takes
 * along what the second is to drop, so who moves one compares. Single atomic operations; in a child
 * forked in between they stay apart, and what is moved is always dropped.
 */
static _Atomic uint64_t begun, ended;

uint64_t protect_moment(void)
{
	return atomic_load(&ended);
}

/* What was written is as if it had been written to what was there before the mapping came. */
static void drop(uintptr_t start, uintptr_t end)
{
	kernel(SYS_madvise, start, end - start, MADV_DONTNEED);
}

/*
 * Takes the right that range must not have from the parts of it that have it; others keep what they
 * have, for a call that failed has not come to all of them. rest: what such a part may keep;
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
		done = !has || set(part.start, part.end, keeps);

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

void protect_again(const struct range *range, uint64_t moment)
{
	bool others = atomic_load(&begun) != moment;

	if (range->copy)
		return;
	take_back(range, KEEP_KNOWN);
	if (others)
		drop(range->start, range->end);
}

void protect_anew(const struct range *range, int prot)
{
	bool done = set(range->start, range->end, prot);

	drop(range->start, range->end);
	if (!done)
		take_back(range, prot);
}

static int deny(uintptr_t start, uintptr_t end, int prot)
{
	serve_denied(start, end, prot);
	errno = EACCES;
	return -1;
}

/*
 * Another thread may have put a range there between our look and the kernel's deed: then the deed
 * is undone, and it is as if the other had come first. A call that failed has done a part, and its
 * error is the program's.
 */
RARE static int look_again(uintptr_t start, size_t length, int prot, int result)
{
	uintptr_t end = start + mapping_span(length, state_page());
	uintptr_t denied = first_denied(start, end, prot);

	if (!denied)
		return result;
	withdraw(denied, end, prot);
	return result ? result : deny(denied, end, prot);
}

static int pass_on_and_look_again(void *addr, size_t length, int prot, int pkey, uint64_t moment)
{
	int result = pass_on(addr, length, prot, pkey);

	if (ranges_moment() == moment)
		return result;
	return look_again((uintptr_t)addr, length, prot, result);
}

RARE static int protect_among_ranges(void *addr, size_t length, int prot, int pkey, uint64_t moment)
{
	size_t span = mapping_span(length, state_page());
	uintptr_t start = (uintptr_t)addr;
	uintptr_t denied;

	/* Arguments that are wrong in themselves: the kernel says so and changes nothing. */
	if (!span || start % state_page() || start > UINTPTR_MAX - span)
		return pass_on(addr, length, prot, pkey);
	denied = first_denied(start, start + span, prot);
	if (!denied)
		return pass_on_and_look_again(addr, length, prot, pkey, moment);
	/* No range of ours grows: EINVAL, before any right is looked at, but not in gVisor. */
	if (denied == start && prot & (PROT_GROWSDOWN | PROT_GROWSUP) &&
	    pass_on(addr, length, prot & ~(PROT_WRITE | PROT_EXEC), pkey))
		return -1;
	/*
	 * What lies before is changed and may fail first, as in the kernel. If nothing does, the
	 * other arguments are tried on an address that nobody can have, where only ENOMEM is right.
	 */
	if (denied > start) {
		if (pass_on_and_look_again(addr, denied - start, prot, pkey, moment))
			return -1;
	} else if (pass_on((void *)(UINTPTR_MAX - 2 * state_page() + 1), state_page(), prot,
			   pkey) &&
		   errno != ENOMEM) {
		return -1;
	}
	return deny(denied, start + span, prot);
}

int protect(void *addr, size_t length, int prot, int pkey)
{
	uint64_t moment = ranges_moment();

	/* Nearly never, and what writes code (a JIT) comes here often. */
	if (ranges_live())
		return protect_among_ranges(addr, length, prot, pkey, moment);
	return pass_on_and_look_again(addr, length, prot, pkey, moment);
}
