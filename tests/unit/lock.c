/* SPDX-License-Identifier: MIT */
/*
 * The library's lock: who may take it, and what happens when its holder dies or leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lock.h"

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 60 * 1000, /* in case the test hangs with all signals blocked */
	STACK = 256 * 1024,
};

#ifdef __SANITIZE_THREAD__
/* A sanitizer's runtime cannot share memory with another process, and delays signals. */
#define NEEDS_ALL ((void)state, skip())
#else
#define NEEDS_ALL (void)state
#endif

static struct lock lock;
static volatile sig_atomic_t inside;

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Runs it in a child of fork(), which must end by itself, with 0. */
static void assert_ends(void (*run)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		run();
		_exit(0);
	}
	for (int ms = 0; ms < PATIENCE_MS && waitpid(pid, &status, WNOHANG) == 0; ms += 10)
		sleep_ms(10);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(status, 0);
}

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what))                                                                       \
			_exit(1);                                                                  \
	} while (0)

static void take_and_release(void)
{
	struct lock_held held;

	CHECK(lock_take(&lock, &held, false));
	CHECK(!inside);
	lock_release(&held);
	CHECK(!atomic_load(&lock.holder));
}

/* --- a holder in another process, which shares our memory --- */

static int hold_until_killed(void *unused)
{
	struct lock_held held;

	(void)unused;
	lock_take(&lock, &held, false);
	inside = 1;
	pause();
	return 0;
}

static int hold_a_while(void *unused)
{
	struct lock_held held;

	(void)unused;
	lock_take(&lock, &held, false);
	inside = 1;
	sleep_ms(300);
	inside = 0;
	lock_release(&held);
	return 0;
}

static pid_t start(int (*run)(void *), int flags)
{
	char *stack = malloc(STACK);
	pid_t pid = clone(run, stack + STACK, CLONE_VM | SIGCHLD | flags, NULL);

	CHECK(pid > 0);
	while (!inside)
		sleep_ms(1);
	return pid;
}

static void kill_holder(int flags)
{
	pid_t pid = start(hold_until_killed, flags);

	kill(pid, SIGKILL);
	/* WNOWAIT keeps it a zombie. */
	CHECK(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) == 0);
	inside = 0;
	take_and_release();
	take_and_release();
}

static void holder_is_a_zombie(void)
{
	kill_holder(0);
}

static void holder_was_in_another_pid_namespace(void)
{
	kill_holder(CLONE_NEWPID);
}

static void die_while_we_wait(void)
{
	pid_t pid = start(hold_until_killed, 0);

	inside = 0;
	if (fork() == 0) {
		sleep_ms(200);
		kill(pid, SIGKILL);
		_exit(0);
	}
	take_and_release();
}

static void live_in_another_pid_namespace(void)
{
	start(hold_a_while, CLONE_NEWPID);
	take_and_release();
}

static void a_zombie_holds_nothing(void **state)
{
	NEEDS_ALL;
	assert_ends(holder_is_a_zombie);
}

static void who_dies_frees_it_for_who_waits(void **state)
{
	NEEDS_ALL;
	assert_ends(die_while_we_wait);
}

static bool may_make_namespaces(void)
{
	return getuid() == 0;
}

static void who_lives_in_another_pid_namespace_keeps_it(void **state)
{
	NEEDS_ALL;
	if (!may_make_namespaces())
		skip();
	assert_ends(live_in_another_pid_namespace);
}

static void who_died_in_another_pid_namespace_holds_nothing(void **state)
{
	NEEDS_ALL;
	if (!may_make_namespaces())
		skip();
	assert_ends(holder_was_in_another_pid_namespace);
}

/* --- handlers of the host that run while it is held --- */

static sigjmp_buf before;
static volatile bool got; /* the compiler assumes that raise(3) calls no handler */

static void take_in_handler(int number)
{
	struct lock_held held;

	(void)number;
	got = lock_take(&lock, &held, false);
}

static void leave(int number)
{
	(void)number;
	siglongjmp(before, 1);
}

static void a_handler_gets_no_lock_of_its_own_thread(void)
{
	struct lock_held held;

	signal(SIGSYS, take_in_handler);
	got = true;
	CHECK(lock_take(&lock, &held, false));
	raise(SIGSYS);
	CHECK(!got);
	lock_release(&held);
	take_and_release();
	/* Without the lock, the same handler leaves. */
	raise(SIGSYS);
	CHECK(got);
}

static __attribute__((noinline)) void take_and_be_left(void)
{
	struct lock_held held;

	CHECK(lock_take(&lock, &held, false));
	raise(SIGSYS);
	CHECK(false); /* the handler has left */
}

static void a_handler_leaves(void)
{
	signal(SIGSYS, leave);
	for (volatile int times = 0; times < 2; times = times + 1)
		if (!sigsetjmp(before, 1))
			take_and_be_left();
	take_and_release();
}

static void below_a_handler_it_is_not_taken(void **state)
{
	NEEDS_ALL;
	assert_ends(a_handler_gets_no_lock_of_its_own_thread);
}

static void what_was_left_by_a_jump_is_taken_over(void **state)
{
	NEEDS_ALL;
	assert_ends(a_handler_leaves);
}

/* Signals for a thread's own faults arrive, whatever else is blocked. */
static void signals_that_cannot_wait_do_not(void **state)
{
	static const int own[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS };
	static const int others[] = { SIGUSR1, SIGALRM, SIGTERM, SIGPIPE, SIGABRT };
	struct signals signals;
	sigset_t blocked, back;

	(void)state;
	signals_block(&signals);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	signals_restore(&signals);
	pthread_sigmask(SIG_BLOCK, NULL, &back);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_int_equal(sigismember(&blocked, own[i]), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(sigismember(&blocked, others[i]), 1);
		assert_int_equal(sigismember(&back, others[i]), 0);
	}
}

/* The robust list of the host's libc is restored. */
static void the_robust_list_is_given_back(void **state)
{
	struct robust_list_head *list = NULL, *after = NULL;
	size_t size;
	struct lock_held held;

	(void)state;
	assert_int_equal(syscall(SYS_get_robust_list, 0, &list, &size), 0);
	assert_true(lock_take(&lock, &held, false));
	lock_release(&held);
	assert_int_equal(syscall(SYS_get_robust_list, 0, &after, &size), 0);
	assert_ptr_equal(list, after);
	assert_true(!list || !list->list_op_pending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zombie_holds_nothing),
		cmocka_unit_test(who_dies_frees_it_for_who_waits),
		cmocka_unit_test(who_lives_in_another_pid_namespace_keeps_it),
		cmocka_unit_test(who_died_in_another_pid_namespace_holds_nothing),
		cmocka_unit_test(below_a_handler_it_is_not_taken),
		cmocka_unit_test(what_was_left_by_a_jump_is_taken_over),
		cmocka_unit_test(signals_that_cannot_wait_do_not),
		cmocka_unit_test(the_robust_list_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
