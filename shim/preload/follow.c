/*
 * Passes calls on and lets the table of ranges follow them. Called by the hooks, and by
 * candidate.c for a candidate that is left. While no range is known nothing is looked up.
 *
 * The table changes after the system call, and forgets only what it knew before: what was mapped
 * converted at the same address by another thread in between stays.
 */
#include "follow.h"

#include "copies.h"
#include "lock.h"
#include "memory.h"
#include "next.h"
#include "protect.h"
#include "ranges.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static void forget(void *addr, size_t length, uint64_t moment)
{
	uintptr_t start = (uintptr_t)addr;

	ranges_forget(start, start + mapping_span(length, state_page()), moment);
}

void *follow_mmap(const struct mapping *call)
{
	uint64_t moment;
	void *result;

	if (!mapping_replaces(call->flags) || !ranges_live())
		return next_mmap(call);
	moment = ranges_moment();
	result = next_mmap(call);
	if (result != MAP_FAILED)
		forget(result, call->length, moment);
	return result;
}

int follow_munmap(void *addr, size_t length)
{
	uint64_t moment;
	int result;

	if (!ranges_live())
		return next_munmap(addr, length);
	moment = ranges_moment();
	result = next_munmap(addr, length);
	if (!result)
		forget(addr, length, moment);
	return result;
}

/*
 * The ranges that a call is about to move, kept by value: as soon as they have moved, other threads
 * may map and unmap where they were.
 */
struct moving {
	struct range few[4]; /* nearly always one: a mapping that was made by one call */
	struct range *ranges;
	size_t count;
};

enum { MANY = 65536 / sizeof(struct range) };

static void release(struct moving *moving)
{
	for (size_t i = 0; i < moving->count; i++)
		if (moving->ranges[i].copy)
			copy_drop(moving->ranges[i].copy);
	if (moving->ranges != moving->few)
		memory_give_back(moving->ranges, MANY * sizeof(struct range));
}

/* False, with nothing held, if there are more than memory can be had for. */
static bool collect(struct moving *moving, uintptr_t from, uintptr_t from_end)
{
	size_t room = sizeof(moving->few) / sizeof(moving->few[0]);
	struct range range;

	moving->ranges = moving->few;
	moving->count = 0;
	for (; from < from_end && ranges_find(from, from_end, &range); from = range.end) {
		if (moving->count == room) {
			struct range *many =
				room < MANY ? memory_borrow(MANY * sizeof(range)) : NULL;

			if (!many) {
				release(moving);
				return false;
			}
			memcpy(many, moving->few, sizeof(moving->few));
			moving->ranges = many;
			room = MANY;
		}
		if (range.copy && !copy_hold_if_live(range.copy))
			continue;
		moving->ranges[moving->count++] = range;
	}
	return true;
}

static void add(const struct range *range)
{
	struct signals signals;

	signals_block(&signals);
	ranges_add(range);
	signals_restore(&signals);
}

/*
 * Adds at [to, to_end) what was in [from, from_end), in the same places. What reaches from_end
 * reaches to_end: it is the end of a mapping that mremap(2) moves.
 */
static void add_moved(const struct moving *moving, uintptr_t from, uintptr_t from_end, uintptr_t to,
		      uintptr_t to_end)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		uintptr_t end = moved.end == from_end ? to_end : moved.end + (to - from);

		moved.start += to - from;
		moved.origin += to - from;
		moved.end = end < to_end ? end : to_end;
		if (moved.start >= moved.end)
			continue;
		add(&moved);
		protect_again(&moved);
	}
}

/* mremap(2) that left the mapping at its place and moved its end. */
static void resized(uintptr_t start, uintptr_t old_end, uintptr_t end, uint64_t moment)
{
	struct range last;

	if (end < old_end) {
		ranges_forget(end, old_end, moment);
	} else if (end > old_end && old_end > start &&
		   ranges_find(old_end - state_page(), old_end, &last)) {
		last.start = old_end;
		last.end = end;
		add(&last);
	}
}

/*
 * True if [from, old_end), made to end at end, would show more of a file than its copy has: pages
 * that are there in the file, and SIGBUS in the copy.
 */
static bool outgrows_copy(uintptr_t from, uintptr_t old_end, uintptr_t end)
{
	uintptr_t last = old_end > from ? old_end - 1 : from;
	struct range range;

	return end > old_end && ranges_find(last, last + 1, &range) && range.copy &&
	       copy_lacks(range.copy, end - range.origin) && verify_range(&range);
}

void *follow_mremap(void *old, size_t old_length, size_t length, int flags, void *addr)
{
	uintptr_t from = (uintptr_t)old;
	uintptr_t from_end, to, to_end;
	struct moving moving;
	uint64_t moment;
	void *result;

	if (!ranges_live())
		return next_mremap(old, old_length, length, flags, addr);
	from_end = from + mapping_span(old_length, state_page());
	/* A range that moves must be known at its new place. Out of memory is an answer, too. */
	if (!ranges_reserve() ||
	    (mapping_may_be_remapped(old, old_length, length, flags, addr, state_page()) &&
	     outgrows_copy(from, from_end, from + mapping_span(length, state_page()))) ||
	    /* Nothing moves if the old size is 0: a shared mapping is shown at a second place. */
	    !collect(&moving, from, old_length ? from_end : from + 1)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	moment = ranges_moment();
	result = next_mremap(old, old_length, length, flags, addr);
	to = (uintptr_t)result;
	to_end = to + mapping_span(length, state_page());
	if (result != MAP_FAILED && to == from) {
		resized(from, from_end, to_end, moment);
	} else if (result != MAP_FAILED) {
		if (flags & MREMAP_FIXED)
			ranges_forget(to, to_end, moment);
		add_moved(&moving, from, old_length ? from_end : from + 1, to, to_end);
		if (old_length && !(flags & MREMAP_DONTUNMAP))
			ranges_forget(from, from_end, moment);
	}
	release(&moving);
	return result;
}
