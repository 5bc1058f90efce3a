/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: the places of calls of exec: children of all kinds, handlers, small stacks,
 * threads; under a tracer, and at the beginning and end of a program.
 */
#include "execs.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define W(text) ((char *)(uintptr_t)(text))
static char *arguments[] = { W("name"), W("one"), NULL };

/* Runs each kind of program by one call, from one place. */
static void from(void (*run)(void), const char *keys)
{
	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	try_call("called", run, keys);
}

static const char *const programs[] = { "./static", "./dynamic", "./script", "./missing" };
enum { PROGRAMS = 4 };

static void say_end(const char *name, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR) {
			dprintf(1, "%s: wait %s\n", name, errno_word(errno));
			return;
		}
	dprintf(1, "%s: %s\n", name, ended(status));
}

/* --- children of other kinds --- */

static volatile int error_of_child;

static __attribute__((noinline)) pid_t by_vfork(const char *name)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve(name, arguments, environ);
		error_of_child = errno;
		_exit(5);
	}
	return pid;
}

static void vforks(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		error_of_child = 0;
		say_end(programs[i], by_vfork(programs[i]));
		if (error_of_child)
			dprintf(1, "the child's: %s\n", errno_word(error_of_child));
	}
}

static void in_vfork(void)
{
	from(vforks, "argv env open threads");
}

static int executes(void *name)
{
	execvp(name, arguments);
	error_of_child = errno;
	_exit(5);
}

/* Like posix_spawn(3), with a stack of 16 KiB. */
static void clones(void)
{
	static const int kinds[] = { CLONE_VM | CLONE_VFORK | SIGCHLD, CLONE_VM | SIGCHLD,
				     CLONE_FILES | SIGCHLD, CLONE_FS | SIGCHLD,
				     CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_FILES | SIGCHLD };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (int i = 0; i < PROGRAMS; i++) {
			char *stack = mmap(NULL, 16 << 10, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			say_end(programs[i],
				clone(executes, stack + (16 << 10), kinds[k], W(programs[i])));
		}
}

static void in_clones(void)
{
	from(clones, "argv env open");
}

/* --- small stacks, handlers, threads --- */

static void *executes_in_thread(void *name)
{
	execve(name, arguments, environ);
	dprintf(1, "%s\n", errno_word(errno));
	_exit(5);
}

/* Another thread than the first becomes the program, and gets the first one's id. */
static void threads_execute(size_t stack)
{
	for (int i = 0; i < PROGRAMS; i++) {
		pid_t pid = fork();
		pthread_attr_t attributes;
		pthread_t thread;

		if (pid == 0) {
			pthread_attr_init(&attributes);
			pthread_attr_setstacksize(&attributes, stack);
			pthread_create(&thread, &attributes, executes_in_thread, W(programs[i]));
			pthread_join(thread, NULL);
		}
		say_end(programs[i], pid);
	}
}

/* 16 KiB, and the 8 KiB of each thread that ../conform/answers.c takes. */
static void small_threads(void)
{
	threads_execute(24 << 10);
}

static void large_threads(void)
{
	threads_execute(1 << 20);
}

static void in_small_thread(void)
{
	from(small_threads, "argv env threads comm");
}

static void in_thread(void)
{
	from(large_threads, "argv env threads comm");
}

static const char *to_execute;

static void executes_in_handler(int number)
{
	(void)number;
	execve(to_execute, arguments, environ);
	dprintf(1, "%s\n", errno_word(errno));
	_exit(5);
}

/* On an alternate stack of 16 KiB; the signal is blocked there, and in the new program. */
static void handlers(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			stack_t stack = { .ss_sp = mmap(NULL, 16 << 10, PROT_READ | PROT_WRITE,
							MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
					  .ss_size = 16 << 10 };
			struct sigaction action = { .sa_handler = executes_in_handler,
						    .sa_flags = SA_ONSTACK };

			to_execute = programs[i];
			sigaltstack(&stack, NULL);
			sigaction(SIGSEGV, &action, NULL);
			raise(SIGSEGV);
		}
		say_end(programs[i], pid);
	}
}

static void in_handler(void)
{
	from(handlers, "argv mask ignored caught altstack");
}

/* From malloc, as far as libc knows: no other thread holds a lock of the library. */
static void recurses(int depth)
{
	volatile char room[1024];

	room[0] = (char)depth;
	if (depth)
		recurses(depth - 1);
	else
		execve(to_execute, arguments, environ);
	room[1] = room[0];
}

static void deep_calls(void)
{
	struct rlimit limit = { 256 << 10, 256 << 10 };

	for (int i = 0; i < PROGRAMS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			to_execute = programs[i];
			setrlimit(RLIMIT_STACK, &limit);
			recurses(200);
			_exit(5);
		}
		say_end(programs[i], pid);
	}
}

static void deep(void)
{
	from(deep_calls, "argv limits");
}

/* --- 64 threads at once --- */

enum { THREADS = 64 };
static pthread_barrier_t barrier;

static void *spawns(void *number)
{
	const char *name = programs[(size_t)number % 3];
	size_t fine = 0;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 2; i++) {
		int status = -1;
		pid_t pid;

		if (posix_spawn(&pid, name, NULL, NULL, (char *[]){ W("x"), W("do:exit 3"), NULL },
				environ) == 0 &&
		    waitpid(pid, &status, 0) == pid && status == 3 << 8)
			fine++;
		fine += posix_spawnp(&pid, "missing", NULL, NULL, arguments, environ) == ENOENT;
	}
	return (void *)fine;
}

static void spawns_in_threads(void)
{
	pthread_t threads[THREADS];
	int null = open("/dev/null", O_WRONLY), out = fcntl(1, F_DUPFD_CLOEXEC, 10);
	size_t fine = 0;

	dup2(null, 1);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, spawns, (void *)i))
			_exit(1);
	for (size_t i = 0; i < THREADS; i++) {
		void *more;

		pthread_join(threads[i], &more);
		fine += (size_t)more;
	}
	dprintf(out, "right: %zu of %d\n", fine, 4 * THREADS);
}

static void many_threads(void)
{
	from(spawns_in_threads, "");
}

/* --- watched by another --- */

static void asks_to_be_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* The parent traces it, like a debugger: it stops exactly once at each exec. */
static void traces(pid_t pid)
{
	int status, stops = 0;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		stops += WSTOPSIG(status) == SIGTRAP;
		if (ptrace(PTRACE_CONT, pid, NULL,
			   WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status)))
			break;
	}
	dprintf(1, "%s after %d stops\n", ended(status), stops);
}

static void traced_calls(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			asks_to_be_traced();
			execve(programs[i], arguments, environ);
			_exit(errno == ENOENT ? 5 : 6);
		}
		traces(pid);
	}
}

static void traced(void)
{
	from(traced_calls, "argv env traced");
}

/* --- at the beginning and the end of a program --- */

static void at_end(void)
{
	execl("./static", "name", "at", "exit", NULL);
}

static void ends_by_exit(void)
{
	atexit(at_end);
	exit(3);
}

static void in_atexit(void)
{
	from(ends_by_exit, "argv");
}

/* One becomes the next, of all kinds in turn. */
static void chain_calls(void)
{
	execl("./static", "a", "do:then", "./dynamic", "do:then", "./script", "do:then",
	      "./dynamic", "do:then", "./static", "do:exit 6", NULL);
	_exit(9);
}

static void chain(void)
{
	from(chain_calls, "argv env comm exe open");
}

const struct conform_case execs_places[] = {
	{ "vfork", in_vfork, NULL },
	{ "clone", in_clones, NULL },
	{ "small-thread", in_small_thread, NULL },
	{ "thread", in_thread, NULL },
	{ "handler", in_handler, NULL },
	{ "deep-stack", deep, NULL },
	{ "64-threads", many_threads, NULL },
	{ "traced", traced, NULL },
	{ "atexit", in_atexit, NULL },
	{ "chain", chain, NULL },
	{ 0 },
};
