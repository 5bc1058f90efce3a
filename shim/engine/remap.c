/* SPDX-License-Identifier: MIT */
/*
 * Passes mremap(2) on and moves ranges with their mappings.
 *
 * From Linux 6.17 on, one call moves several mappings with the holes between them, and may fail
 * after it moved some. So the kernel tells where a mapping is, not the call's result. The table
 * changes after the call, and forgets only what it knew before.
 */
#include "track.h"

#include "engine.h"
#include "memory.h"
#include "protect.h"
#include "ranges.h"
#include "signals.h"
#include "state.h"
#include "verify.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* One call, with ends in place of lengths. */
struct remap {
	uintptr_t from, from_end; /* one byte for a span of 0, which maps the same once more */
	uintptr_t to, to_end;	  /* the new place, even if it fails; to 0: the kernel chooses */
	size_t span;		  /* the new length in bytes */
	bool unmaps;		  /* the old place is unmapped afterwards */
	uint64_t withdrawn;	  /* protect_generation() before the call */
	bool there;		  /* the same file was already mapped private at the new place */
};

/*
 * Ranges kept by value, with their copies held: once they have moved, other threads may map and
 * unmap at their old place.
 */
struct kept {
	struct range few[4]; /* nearly always one is enough: the mapping of one call */
	struct range *ranges;
	size_t count, room;
};

enum { MANY = 65536 / sizeof(struct range) };

static void keep_none(struct kept *kept)
{
	kept->ranges = kept->few;
	kept->room = sizeof(kept->few) / sizeof(kept->few[0]);
	kept->count = 0;
}

static void release(struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		ranges_let_go(&kept->ranges[i]);
	if (kept->ranges != kept->few)
		memory_give_back(kept->ranges, kept->room * sizeof(*kept->ranges));
}

static bool make_room(struct kept *kept)
{
	size_t room = kept->ranges == kept->few ? MANY : 2 * kept->room;
	struct range *more = memory_borrow(room * sizeof(*more));

	if (!more)
		return false;
	memcpy(more, kept->ranges, kept->count * sizeof(*more));
	if (kept->ranges != kept->few)
		memory_give_back(kept->ranges, kept->room * sizeof(*kept->ranges));
	kept->ranges = more;
	kept->room = room;
	return true;
}

/* The caller has the copy held. False if there is no memory. */
static bool keep(struct kept *kept, const struct range *range)
{
	if (kept->count == kept->room && !make_room(kept))
		return false;
	kept->ranges[kept->count++] = *range;
	return true;
}

static bool keep_known(struct kept *kept, uintptr_t start, uintptr_t end)
{
	struct range range;

	for (; start < end && ranges_hold(start, end, &range); start = range.end)
		if (!keep(kept, &range)) {
			ranges_let_go(&range);
			return false;
		}
	return true;
}

/*
 * Keeps the ranges at the new place that stay, because a hole moves over them. If the kernel cannot
 * be asked, everything may be a hole.
 */
static bool keep_behind_holes(struct kept *kept, const struct remap *call)
{
	uintptr_t shift = call->to - call->from;
	struct range range;

	for (uintptr_t at = call->to; at < call->to_end && ranges_find(at, call->to_end, &range);
	     at = range.end) {
		uintptr_t next = range.start;

		while (next < range.end) {
			struct range stays = { .start = next, .end = range.end };
			struct vma vma = { .start = UINTPTR_MAX, .end = UINTPTR_MAX };

			maps_find(next - shift, &vma);
			if (vma.start < range.end - shift)
				stays.end = vma.start + shift;
			if (vma.start > next - shift && !keep(kept, &stays))
				return false;
			next = vma.end < range.end - shift ? vma.end + shift : range.end;
		}
	}
	return true;
}

static void add(const struct remap *call, const struct range *range)
{
	ranges_add(range);
	protect_again(range, call->withdrawn);
}

/*
 * Adds the moved ranges at their new place. A range that reaches from_end reaches to_end there,
 * because mremap(2) resizes the last mapping.
 */
static void add_moved(const struct kept *moving, const struct remap *call)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		uintptr_t shift = call->to - call->from;
		uintptr_t end = moved.end == call->from_end ? call->to_end : moved.end + shift;

		moved.start += shift;
		moved.origin += shift;
		moved.end = end < call->to_end ? end : call->to_end;
		if (moved.start < moved.end)
			add(call, &moved);
	}
}

/*
 * The same after a call that failed, or for ranges that others have added meanwhile: adds only what
 * the kernel shows there. If the kernel cannot be asked, it adds all after a call that failed, and
 * nothing otherwise. Skips a writable part if it may be the program's own mapping.
 */
static void add_what_is_there(const struct kept *moving, const struct remap *call, bool failed)
{
	uintptr_t shift = call->to - call->from;

	for (size_t i = 0; i < moving->count; i++) {
		struct range moved = moving->ranges[i];
		const uintptr_t end = moved.end + shift;
		enum maps_answer answer;
		struct vma part;

		moved.start += shift;
		moved.origin += shift;
		for (moved.end = end; moved.start < end; moved.start = part.end, moved.end = end) {
			answer = verify_part(&moved, moved.start, &part);
			if (answer == MAPS_NONE || (answer == MAPS_UNKNOWN && !failed))
				break;
			if (answer == MAPS_FOUND && part.writable && (!failed || call->there))
				continue;
			moved.start = part.start;
			moved.end = part.end;
			add(call, &moved);
		}
	}
}

/* Other threads may have added ranges that the call moved before they were known. */
static void follow_others(const struct remap *call, uint64_t generation)
{
	struct kept added;

	if (ranges_generation() == generation || !call->to || call->to == call->from)
		return;
	keep_none(&added);
	keep_known(&added, call->from, call->from_end);
	add_what_is_there(&added, call, false);
	release(&added);
}

/* For a call that left the mapping at its place and moved its end. */
static void resized(const struct remap *call, uint64_t generation)
{
	struct range last;

	if (call->to_end < call->from_end) {
		ranges_forget(call->to_end, call->from_end, generation);
		return;
	}
	/* The kernel found these addresses free, whatever the table says. */
	ranges_forget(call->from_end, call->to_end, generation);
	if (call->to_end > call->from_end && call->unmaps &&
	    ranges_hold(call->from_end - state_page(), call->from_end, &last)) {
		last.start = call->from_end;
		last.end = call->to_end;
		add(call, &last);
		ranges_let_go(&last);
	}
}

static void moved(const struct remap *call, const struct kept *moving, const struct kept *staying,
		  uint64_t generation)
{
	uintptr_t at = call->to;

	for (size_t i = 0; i < staying->count; i++) {
		ranges_forget(at, staying->ranges[i].start, generation);
		at = staying->ranges[i].end;
	}
	ranges_forget(at, call->to_end, generation);
	add_moved(moving, call);
	if (call->unmaps)
		ranges_forget(call->from, call->from_end, generation);
}

/* The call may have moved some mappings, and unmapped others at their new place. */
static void failed(const struct remap *call, const struct kept *moving, uint64_t generation)
{
	if (!call->to)
		return;
	add_what_is_there(moving, call, true);
	verify_known(call->to, call->to_end, generation);
	verify_known(call->from, call->from_end, generation);
}

/*
 * True if [from, old_end), resized to end at end, would show more of a file than its copy has:
 * pages that exist in the file, but are SIGBUS in the copy.
 */
static bool outgrows_copy(uintptr_t from, uintptr_t old_end, uintptr_t end)
{
	uintptr_t last = old_end > from ? old_end - 1 : from;
	struct range range;
	bool lacks;

	if (end <= old_end || !ranges_hold(last, last + 1, &range))
		return false;
	lacks = range.copy && copied_lacks((const struct copied *)range.copy, end - range.origin) &&
		verify_within(&range, range.start, range.end);
	ranges_let_go(&range);
	return lacks;
}

static bool shows_the_same(const struct remap *call, const struct kept *moving)
{
	for (size_t i = 0; i < moving->count; i++) {
		struct range range = moving->ranges[i];
		struct vma part;

		range.start += call->to - call->from;
		range.end += call->to - call->from;
		if (verify_part(&range, range.start, &part) == MAPS_FOUND)
			return true;
	}
	return false;
}

/* False if memory is short. Then the call must fail, because moved ranges must be in the table. */
static bool prepare(struct remap *call, struct kept *moving, struct kept *staying)
{
	/* Only a call with a new address and the same length moves several mappings. */
	bool several = call->to && call->to_end - call->to == call->from_end - call->from;

	if (!keep_known(moving, call->from, call->from_end))
		return false;
	call->there = call->to && shows_the_same(call, moving);
	return (!several || keep_behind_holes(staying, call)) &&
	       (!moving->count || ranges_reserve(moving->count));
}

static void go_to(struct remap *call, const void *to)
{
	call->to = (uintptr_t)to;
	call->to_end = call->to + call->span;
}

/* may: the arguments are valid by themselves, so that a call that failed may have done a part. */
static void done(struct remap *call, const struct kept *moving, const struct kept *staying,
		 void *result, bool may, uint64_t generation)
{
	const int before = errno;

	if (result != MAP_FAILED)
		go_to(call, result);
	follow_others(call, generation);
	if (result == MAP_FAILED && may)
		failed(call, moving, generation);
	else if (result != MAP_FAILED && call->to == call->from)
		resized(call, generation);
	else if (result != MAP_FAILED)
		moved(call, moving, staying, generation);
	errno = before;
}

static bool is_converted(const struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		if (!kept->ranges[i].copy)
			return true;
	return false;
}

/* Blocks signals: a handler that jumps away must not leave a range that the table lost. */
void *track_mremap(void *old, size_t old_length, size_t length, int flags, void *addr)
{
	const size_t page = state_page(), old_span = mapping_span(old_length, page);
	const uintptr_t from = (uintptr_t)old;
	struct remap call = {
		.from = from,
		.from_end = from + (old_span ? old_span : 1),
		.span = mapping_span(length, page),
		.unmaps = old_span && !(flags & MREMAP_DONTUNMAP),
		.withdrawn = protect_generation(),
	};
	uint64_t generation = ranges_generation();
	bool may = mapping_may_be_remapped(old, old_length, length, flags, addr, page);
	struct kept moving, staying;
	struct signals signals;
	void *result = MAP_FAILED;

	signals_block(&signals);
	keep_none(&moving);
	keep_none(&staying);
	if (flags & MREMAP_FIXED)
		go_to(&call, addr);
	if ((may && outgrows_copy(from, from + old_span, from + call.span)) ||
	    !prepare(&call, &moving, &staying)) {
		errno = ENOMEM;
	} else {
		result = engine_mremap(old, old_length, length, flags, addr, is_converted(&moving));
		done(&call, &moving, &staying, result, may, generation);
	}
	release(&moving);
	release(&staying);
	signals_restore(&signals);
	return result;
}
