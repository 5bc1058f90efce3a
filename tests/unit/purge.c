/* SPDX-License-Identifier: MIT */
/*
 * A purge removes exactly those ranges from the tracer's table that a process no longer has: here
 * this process. Links shim/trace/ranges.c, mm.c, copies.c and tracee/abi.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backing.h"
#include "engine.h"
#include "guard.h"
#include "mm.h"
#include "purge.h"
#include "state.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 400 };

static struct process process;
static struct thread thread = { .process = &process };
static struct job job = { .thread = &thread };
static char *pages;

/* Where the purge looks, and what another thread does meanwhile. */
static char looked_at[64];
static void (*meanwhile)(void);
static unsigned looks;

const char *engine_proc(void)
{
	looks++;
	if (meanwhile)
		meanwhile();
	return looked_at;
}

struct job *job_mine(void)
{
	return &job;
}

void guard(struct job *other)
{
	(void)other;
}

void tracees_lock(void)
{
}

void tracees_unlock(void)
{
}

static uint64_t page(size_t i)
{
	return (uintptr_t)pages + i * PAGE;
}

static int begin(void **state)
{
	(void)state;
	process.mm = mm_new(NULL);
	/* Every second page is a separate mapping. */
	pages = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < PAGES; i += 2)
		mprotect(pages + i * PAGE, PAGE, PROT_NONE);
	snprintf(looked_at, sizeof(looked_at), "/proc/self");
	meanwhile = NULL;
	looks = 0;
	return process.mm && pages != MAP_FAILED ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	mm_drop(process.mm);
	return munmap(pages, (size_t)PAGES * PAGE);
}

static void add(size_t first, size_t last)
{
	const struct range range = { .start = page(first), .end = page(last) };

	assert_true(mm_add(process.mm, &range));
}

/* Adds a byte where no process may map (vm.mmap_min_addr). */
static void add_nothing(size_t i)
{
	const struct range range = { .start = PAGE + i, .end = PAGE + i + 1 };

	assert_true(mm_add(process.mm, &range));
}

static bool is_known(size_t i)
{
	struct range found;

	return mm_find(process.mm, page(i), page(i + 1), &found);
}

static void unmap(size_t first, size_t last)
{
	assert_int_equal(munmap(pages + first * PAGE, (last - first) * PAGE), 0);
}

static void what_is_gone_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGES; i += 4)
		add(i, i + 3);
	for (size_t i = 0; i < PAGES; i++)
		if (i % 7 == 0 || i % 5 == 0)
			unmap(i, i + 1);
	purge();
	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(is_known(i), i % 4 != 3 && i % 7 != 0 && i % 5 != 0);
}

static void in_front_of_all_and_behind(void **state)
{
	const struct range ranges[] = { { .start = 0, .end = PAGE },
					{ .start = UINT64_MAX - 2 * PAGE + 1,
					  .end = UINT64_MAX - PAGE + 1 } };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(mm_add(process.mm, &ranges[i]));
	add(0, 1);
	purge();
	assert_int_equal(process.mm->count, 1);
	assert_true(is_known(0));
}

static void add_what_is_gone(void)
{
	add(4, 6);
}

/* It was mapped after the purge had looked at its place. */
static void what_is_added_meanwhile_stays(void **state)
{
	(void)state;
	add(0, 2);
	unmap(0, 6);
	meanwhile = add_what_is_gone;
	purge();
	assert_false(is_known(0) || is_known(1));
	assert_true(is_known(4) && is_known(5));
}

static void where_nothing_is_shown_all_stays(void **state)
{
	pid_t ended = fork();
	siginfo_t how;

	(void)state;
	if (!ended)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)ended, &how, WEXITED | WNOWAIT), 0);
	add(0, 2);
	unmap(0, 2);
	/* A process that has ended has no mappings, but may have been one of several threads. */
	snprintf(looked_at, sizeof(looked_at), "/proc/%d", ended);
	purge();
	assert_true(is_known(0));
	snprintf(looked_at, sizeof(looked_at), "/proc/none");
	purge();
	assert_true(is_known(0));
	assert_int_equal(waitpid(ended, NULL, 0), ended);
}

/* However many come and go, the table stays small, and purges are rare. */
static void grows_with_what_is_there(void **state)
{
	enum { LIVE = 100, TIMES = 20000 };
	size_t most = 0;

	(void)state;
	for (size_t i = 0; i < LIVE; i++)
		add(i, i + 1);
	for (size_t i = 0; i < TIMES; i++) {
		add_nothing(i);
		purge_grown(&job);
		if (process.mm->count > most)
			most = process.mm->count;
	}
	for (size_t i = 0; i < LIVE; i++)
		assert_true(is_known(i));
	assert_true(most >= LIVE && most <= 2 * LIVE + 1);
	assert_true(looks >= 1 && looks <= TIMES / LIVE + 1);
}

static void few_are_not_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i++) {
		add(i, i + 1);
		purge_grown(&job);
	}
	assert_int_equal(looks, 0);
}

/* A fork does not purge again what its parent knows. */
static void a_fork_does_not_begin_with_a_look(void **state)
{
	struct mm *parent = process.mm;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		add(i, i + 1);
	process.mm = mm_new(parent);
	mm_drop(parent);
	purge_grown(&job);
	assert_int_equal(looks, 0);
	for (size_t i = 200; i < PAGES; i++)
		add(i, i + 1);
	purge_grown(&job);
	assert_int_equal(looks, 0);
	add_nothing(0);
	purge_grown(&job);
	assert_int_equal(looks, 1);
	assert_int_equal(process.mm->count, PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_gone_leaves, begin, end),
		cmocka_unit_test_setup_teardown(in_front_of_all_and_behind, begin, end),
		cmocka_unit_test_setup_teardown(what_is_added_meanwhile_stays, begin, end),
		cmocka_unit_test_setup_teardown(where_nothing_is_shown_all_stays, begin, end),
		cmocka_unit_test_setup_teardown(grows_with_what_is_there, begin, end),
		cmocka_unit_test_setup_teardown(few_are_not_looked_at, begin, end),
		cmocka_unit_test_setup_teardown(a_fork_does_not_begin_with_a_look, begin, end),
	};

	return cmocka_run_group_tests_name("purge", tests, NULL, NULL);
}
