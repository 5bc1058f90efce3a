/* SPDX-License-Identifier: MIT */
/*
 * The library's own memory: its place, its limits, and what a child of fork gets of it; with
 * MADV_WIPEONFORK, and without it, by a filter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SIZE = 3000,
	STACK = 256 * 1024,
	THREADS = 16,
};

#ifdef __SANITIZE_THREAD__
/* A sanitizer's runtime cannot share memory with another process, and it hides the reserve. */
#define NEEDS_ALL ((void)state, skip())
#else
#define NEEDS_ALL (void)state
#endif

static _Atomic(void *) known;

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what))                                                                       \
			_exit(1);                                                                  \
	} while (0)

static void assert_child(int (*run)(void *), void *argument, int flags)
{
	char *stack = malloc(STACK);
	pid_t pid = clone(run, stack + STACK, SIGCHLD | flags, argument);
	int status = -1;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(stack);
}

static int has_none(void *parents)
{
	char *own;

	own = memory_wiped_there(&known);
	CHECK(!own || !*own);
	own = memory_wiped(&known, SIZE);
	CHECK(own);
	for (size_t i = 0; i < SIZE; i++)
		CHECK(!own[i]);
	strcpy(own, "the child's");
	CHECK(memory_wiped(&known, SIZE) == own && !strcmp(own, "the child's"));
	CHECK(memory_wiped_there(&known) == own);
	(void)parents;
	return 0;
}

static int has_the_same(void *parents)
{
	CHECK(memory_wiped(&known, SIZE) == parents);
	CHECK(memory_wiped_there(&known) == parents);
	CHECK(!strcmp(parents, "the parent's"));
	return 0;
}

static void a_child_of_fork_has_its_own(void **state)
{
	char *own;

	NEEDS_ALL;
	atomic_store(&known, NULL);
	assert_null(memory_wiped_there(&known));
	own = memory_wiped(&known, SIZE);
	assert_non_null(own);
	strcpy(own, "the parent's");
	assert_child(has_none, own, 0);
	assert_child(has_the_same, own, CLONE_VM);
	assert_child(has_the_same, own, CLONE_VM | CLONE_VFORK);
	assert_child(has_none, own, 0);
	assert_string_equal(own, "the parent's");
	assert_ptr_equal(memory_wiped(&known, SIZE), own);
}

/*
 * Linux before 4.14 and gVisor do not know the advice. Only children of this test have the filter.
 */
static int where_the_kernel_does_not_wipe(void *unused)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_WIPEONFORK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };
	char *own;

	(void)unused;
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
	atomic_store(&known, NULL);
	CHECK(!memory_wiped_there(&known));
	own = memory_wiped(&known, SIZE);
	CHECK(own);
	strcpy(own, "the parent's");
	assert_child(has_none, own, 0);
	assert_child(has_the_same, own, CLONE_VM);
	assert_child(has_the_same, own, CLONE_VM | CLONE_VFORK);
	CHECK(!strcmp(own, "the parent's"));
	return 0;
}

static void a_child_of_fork_has_its_own_everywhere(void **state)
{
	NEEDS_ALL;
	assert_child(where_the_kernel_does_not_wipe, NULL, 0);
}

static void *take_wiped(void *unused)
{
	(void)unused;
	return memory_wiped(&known, SIZE);
}

static void all_threads_have_the_same(void **state)
{
	(void)state;
	for (int rounds = 0; rounds < 100; rounds++) {
		pthread_t threads[THREADS];
		void *got[THREADS];

		atomic_store(&known, NULL);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, take_wiped, NULL), 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], &got[i]);
		for (int i = 0; i < THREADS; i++)
			assert_ptr_equal(got[i], atomic_load(&known));
		memset(got[0], 1, SIZE);
	}
}

/* The search leaves holes of the program alone. */
static void no_program_looks_for_room_there(void **state)
{
	size_t size = 64 * 1024;
	char *room = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *taken[8];

	NEEDS_ALL;
	assert_int_equal(munmap(room + size, size), 0);
	for (int i = 0; i < 8; i++) {
		taken[i] = i % 2 ? memory_borrow(size) : memory_kept(size);
		assert_non_null(taken[i]);
		memset(taken[i], 1, size);
	}
	assert_ptr_equal(mmap(room + size, size, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
			 room + size);
	memory_give_back(taken[7], size);
	assert_ptr_equal(memory_borrow(size), taken[7]);
	for (int i = 1; i < 8; i += 2)
		memory_give_back(taken[i], size);
	munmap(room, 3 * size);
}

static int take_much(void *unused)
{
	struct rlimit none = { 0, 0 };

	(void)unused;
	CHECK(!setrlimit(RLIMIT_DATA, &none));
	CHECK(mmap(NULL, 1, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	for (int i = 0; i < 500; i++) {
		char *some = memory_kept(64 * 1024);

		CHECK(some && !*some);
		*some = 1;
	}
	return 0;
}

static void it_is_no_data_segment(void **state)
{
	NEEDS_ALL;
	assert_child(take_much, NULL, 0);
}

static int take_reserve(void *unused)
{
	struct rlimit none = { 0, 0 };
	int count = 0;

	(void)unused;
	CHECK(!setrlimit(RLIMIT_AS, &none));
	CHECK(!memory_borrow(4096));
	for (char *some; (some = memory_kept(4096)); count++)
		*some = 1;
	CHECK(count > 0);
	return 0;
}

static void a_limit_on_addresses_leaves_the_reserve(void **state)
{
	NEEDS_ALL;
	assert_child(take_reserve, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_of_fork_has_its_own),
		cmocka_unit_test(a_child_of_fork_has_its_own_everywhere),
		cmocka_unit_test(all_threads_have_the_same),
		cmocka_unit_test(no_program_looks_for_room_there),
		cmocka_unit_test(it_is_no_data_segment),
		cmocka_unit_test(a_limit_on_addresses_leaves_the_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
