/* SPDX-License-Identifier: MIT */
/*
 * The table of a traced program's addresses against a plain model, and the room in its windows.
 * Links shim/trace/mm.c, copies.c and tracee/abi.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backing.h"
#include "copies.h"
#include "mm.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 200, COPIES = 4, PAGE = 4096 };

/* The first one is NULL, for converted ranges. */
static struct copy *copies[COPIES];

/* What is known about a page: nothing if its range is 0. The origin identifies a range. */
struct page {
	struct copy *copy;
	uint64_t origin, added;
};

static uint64_t slot(size_t i)
{
	return 0x10000000u + i * PAGE;
}

static int make_copies(void **state)
{
	(void)state;
	for (unsigned i = 1; i < COPIES; i++) {
		const struct part part = { .offset = i * PAGE, .bytes = PAGE };

		copies[i] = copies_add(&part);
		assert_non_null(copies[i]);
	}
	return 0;
}

static int drop_copies(void **state)
{
	(void)state;
	for (unsigned i = 1; i < COPIES; i++) {
		assert_int_equal(copies[i]->holders, 1);
		copy_drop(copies[i]);
	}
	for (unsigned i = 1; i < COPIES; i++) {
		const struct part part = { .offset = i * PAGE, .bytes = PAGE };

		assert_null(copies_find(&part));
	}
	return 0;
}

static void assert_page(const struct range *range, const struct page *page)
{
	assert_ptr_equal(range->copy, page->copy);
	assert_int_equal(range->origin, page->origin);
	assert_int_equal(range->added, page->added);
}

static bool find_cut(const struct mm *mm, uint64_t start, uint64_t end, struct range *found)
{
	bool hit = mm_find(mm, start, end, found);

	if (hit)
		range_cut(found, (uintptr_t)start, (uintptr_t)end);
	return hit;
}

/* Reads the table as its callers do, from one range to the next. */
static void assert_equals_model(const struct mm *mm, const struct page *model)
{
	uint64_t at = slot(0);
	struct range range;

	while (find_cut(mm, at, slot(SLOTS), &range)) {
		assert_true(range.start >= at && range.start < range.end);
		for (; at < range.start; at += PAGE)
			assert_int_equal(model[(at - slot(0)) / PAGE].origin, 0);
		for (; at < range.end; at += PAGE)
			assert_page(&range, &model[(at - slot(0)) / PAGE]);
	}
	for (; at < slot(SLOTS); at += PAGE)
		assert_int_equal(model[(at - slot(0)) / PAGE].origin, 0);
}

/* Ranges are in order, without overlaps; only they and this test hold each copy. */
static void assert_in_order(const struct mm *const *spaces, size_t count)
{
	unsigned holders[COPIES] = { 0, 1, 1, 1 };

	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; i < spaces[n]->count; i++) {
			const struct range *range = &spaces[n]->ranges[i];

			assert_true(range->start < range->end);
			if (i)
				assert_true(range[-1].end <= range->start);
			for (unsigned copy = 1; copy < COPIES; copy++)
				holders[copy] += range->copy == copies[copy];
		}
	for (unsigned copy = 1; copy < COPIES; copy++)
		assert_int_equal(copies[copy]->holders, holders[copy]);
}

static void add(struct mm *mm, struct page *model, size_t first, size_t last, uint64_t name)
{
	const struct page page = { copies[rand() % COPIES], name, mm->generation };
	const struct range range = {
		.start = slot(first), .end = slot(last), .copy = page.copy, .origin = name,
	};

	assert_true(mm_add(mm, &range));
	for (size_t i = first; i < last; i++)
		model[i] = page;
}

static void forget(struct mm *mm, struct page *model, size_t first, size_t last,
		   uint64_t generation)
{
	mm_forget(mm, slot(first), slot(last), generation);
	for (size_t i = first; i < last; i++)
		if (model[i].added < generation)
			model[i] = (struct page){ NULL, 0, 0 };
}

/* Compares the first known page of [first, last), and its range as far as it is in there. */
static void find(const struct mm *mm, const struct page *model, size_t first, size_t last)
{
	size_t at = first, end;
	struct range found;

	while (at < last && !model[at].origin)
		at++;
	assert_int_equal(find_cut(mm, slot(first), slot(last), &found), at < last);
	if (at >= last)
		return;
	for (end = at; end < last && model[end].origin == model[at].origin; end++)
		;
	assert_int_equal(found.start, slot(at));
	assert_int_equal(found.end, slot(end));
	assert_page(&found, &model[at]);
}

/* A fork knows what its parent knew; after that, they change separately. */
static struct mm *forked(struct mm *mm, const struct page *model)
{
	struct mm *child = mm_new(mm);

	assert_non_null(child);
	assert_int_equal(child->generation, mm->generation);
	assert_memory_equal(child->low, mm->low, sizeof(child->low));
	assert_equals_model(child, model);
	assert_in_order((const struct mm *[]){ mm, child }, 2);
	if (rand() % 2) {
		struct mm *parent = mm;

		mm = child;
		child = parent;
	}
	mm_forget(child, 0, UINT64_MAX, UINT64_MAX);
	assert_equals_model(mm, model);
	mm_drop(child);
	return mm;
}

static void agrees_with_a_model(void **state)
{
	struct page model[SLOTS] = { 0 };
	struct mm *mm = mm_new(NULL);
	uint64_t name = 1;

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t first = (size_t)rand() % SLOTS;
		size_t most = SLOTS - first < 30 ? SLOTS - first : 30;
		size_t last = first + 1 + (size_t)rand() % most;

		switch (rand() % 8) {
		case 0:
		case 1:
		case 2:
			add(mm, model, first, last, name++);
			break;
		case 3:
		case 4:
			forget(mm, model, first, last, UINT64_MAX);
			break;
		case 5: /* what was added since then stays */
			forget(mm, model, first, last,
			       mm->generation - (uint64_t)rand() % 30 % (mm->generation + 1));
			break;
		case 6:
			find(mm, model, first, last);
			break;
		default:
			if (rand() % 20 == 0)
				mm = forked(mm, model);
		}
		assert_equals_model(mm, model);
		assert_in_order((const struct mm *[]){ mm }, 1);
	}
	mm_drop(mm);
}

static void nothing_is_found_in_no_addresses(void **state)
{
	struct mm *mm = mm_new(NULL);
	struct range range = { .start = slot(0), .end = slot(2) }, found;

	(void)state;
	assert_true(mm_add(mm, &range));
	assert_false(find_cut(mm, slot(1), slot(1), &found));
	assert_false(find_cut(mm, slot(1), slot(0), &found));
	assert_false(find_cut(mm, slot(2), UINT64_MAX, &found));
	assert_true(find_cut(mm, 0, UINT64_MAX, &found));
	mm_drop(mm);
}

static void lives_as_long_as_its_users(void **state)
{
	struct mm *mm = mm_new(NULL);
	struct range range = { .start = slot(0), .end = slot(1), .copy = copies[1] };

	(void)state;
	assert_true(mm_add(mm, &range));
	mm->users++;
	mm_drop(mm);
	assert_int_equal(copies[1]->holders, 2);
	mm_drop(mm);
	assert_int_equal(copies[1]->holders, 1);
}

/* The ends of the two parts of a window; a quarter at each end of the window stays empty. */
static uint64_t top_of(const struct abi *abi, bool copy)
{
	if (!copy && abi->copies > abi->window)
		return abi->copies;
	return abi->window_end - (abi->window_end - abi->window) / 4;
}

static uint64_t floor_of(const struct abi *abi, bool copy)
{
	if (copy && abi->copies > abi->window)
		return abi->copies;
	return abi->window + (abi->window_end - abi->window) / 4;
}

/* Mappings go one below the other; at the end, they begin again at the top. */
static void window(const struct abi *abi, bool copy)
{
	uint64_t top = top_of(abi, copy), all = top - floor_of(abi, copy);
	struct mm *mm = mm_new(NULL), *child;
	uint64_t first = mm_place(mm, abi, copy, PAGE), second;

	assert_int_equal(first, top - PAGE);
	second = mm_place(mm, abi, copy, 3 * PAGE);
	assert_int_equal(second, first - 3 * PAGE);
	/* Only the last one can be given back. */
	mm_give_back(mm, abi, first, PAGE);
	assert_int_equal(mm_place(mm, abi, copy, PAGE), second - PAGE);
	mm_give_back(mm, abi, second - PAGE, PAGE);
	assert_int_equal(mm_place(mm, abi, copy, 2 * PAGE), second - 2 * PAGE);
	/* A child does not map over mappings that it inherited. */
	child = mm_new(mm);
	assert_int_equal(mm_place(child, abi, copy, PAGE), second - 3 * PAGE);
	mm_drop(child);

	assert_int_equal(mm_place(mm, abi, copy, all + PAGE), 0);
	assert_int_equal(mm_place(mm, abi, copy, UINT64_MAX - PAGE + 1), 0);
	assert_int_equal(mm_place(mm, abi, copy, all), floor_of(abi, copy));
	assert_int_equal(mm_place(mm, abi, copy, PAGE), top - PAGE);
	mm_drop(mm);
}

static void windows(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++)
		for (int copy = 0; copy <= 1; copy++)
			window(&abi_all()[i], copy);
}

/* Each ABI has a separate window, and copies have a separate part or the same one. */
static void each_part_has_its_own(void **state)
{
	struct mm *mm = mm_new(NULL);

	(void)state;
	for (unsigned round = 0; round < 3; round++)
		for (int i = 0; i < ABIS && abi_all()[i].audit; i++)
			for (unsigned copy = 0; copy <= 1; copy++) {
				const struct abi *abi = &abi_all()[i];
				bool apart = abi->copies > abi->window;
				uint64_t before = apart ? round : 2 * round + copy;

				assert_int_equal(mm_place(mm, abi, copy, PAGE),
						 top_of(abi, copy) - (before + 1) * PAGE);
			}
	mm_drop(mm);
}

/* Where the kernel has such addresses, nothing changes; for good, where it has only 39 bits. */
static void windows_fit(void **state)
{
	struct abi before[ABIS];

	memcpy(before, abi_all(), sizeof(before));
	abi_fit(UINT64_C(0x7ffd18b5000));
	assert_memory_equal(before, abi_all(), sizeof(before));
	abi_fit(UINT64_C(0x7fd18b5000));
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];

		if (!abi->wide)
			assert_memory_equal(&before[i], abi, sizeof(before[i]));
		assert_true(abi->window <= abi->copies && abi->copies < abi->window_end);
		assert_true(abi->window_end <= UINT64_C(1) << 37);
	}
	windows(state);
	each_part_has_its_own(state);
}

/* Bytes of copies, in memory or not, against limits of 64 MiB and 4 GiB (settings.h). */
static void limits(void **state)
{
	const uint64_t memory = UINT64_C(64) << 20, limit = UINT64_C(4) << 30;
	struct mm *mm = mm_new(NULL);
	const struct settings settings = settings_default();
	struct range range = {
		.start = slot(0), .end = slot(3), .copy = copies[1], .origin = slot(0),
	};

	(void)state;
	state_set(&settings, false, true);
	assert_true(copies_allow(mm, memory, true));
	assert_false(copies_allow(mm, memory + 1, true));
	assert_true(copies_allow(mm, limit, false));
	assert_false(copies_allow(mm, limit + 1, false));
	assert_false(copies_allow(mm, UINT64_MAX, false));
	/* Copies in the making count as what they will be. */
	mm->reserved[true] = PAGE;
	assert_false(copies_allow(mm, memory, true));
	assert_true(copies_allow(mm, memory - PAGE, true));
	assert_true(copies_allow(mm, limit - PAGE, false));
	assert_false(copies_allow(mm, limit, false));
	mm->reserved[false] = PAGE;
	assert_true(copies_allow(mm, memory - PAGE, true));
	assert_false(copies_allow(mm, limit - PAGE, false));
	mm->reserved[true] = mm->reserved[false] = 0;
	/* A copy counts once, however many ranges show it. */
	copies[1]->made.in_memory = true;
	assert_true(mm_add(mm, &range));
	mm_forget(mm, slot(1), slot(2), UINT64_MAX);
	assert_int_equal(mm->count, 2);
	assert_true(copies_allow(mm, memory - PAGE, true));
	assert_false(copies_allow(mm, memory - PAGE + 1, true));
	copies[1]->made.in_memory = false;
	assert_true(copies_allow(mm, memory, true));
	assert_false(copies_allow(mm, limit - PAGE + 1, false));
	mm_drop(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_model),
		cmocka_unit_test(nothing_is_found_in_no_addresses),
		cmocka_unit_test(lives_as_long_as_its_users),
		cmocka_unit_test(windows),
		cmocka_unit_test(each_part_has_its_own),
		cmocka_unit_test(limits),
		cmocka_unit_test(windows_fit),
	};

	return cmocka_run_group_tests_name("space", tests, make_copies, drop_copies);
}
