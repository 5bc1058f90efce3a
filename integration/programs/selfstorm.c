/* SPDX-License-Identifier: MIT */
/*
 * selfstorm FILE ROUNDS [SEED]: everything at once, in a program that serves itself. Threads map
 * FILE (64 KiB of the letter a), move it, replace it and unmap it; they fork, start programs,
 * cancel threads, leave signal handlers by siglongjmp(3), and send each other signals. Each thread
 * does ROUNDS of that. Prints the result, and exits with 1 if anything was wrong.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 65536, PAGE = 4096, THREADS = 16, MOST_WRONG = 10 };

static const char *self, *name;
static int file;
static long rounds;
static atomic_ulong mappings, children, started, cancelled, jumps, signals, wrong;
/* Written before the threads begin; later, each thread changes only its own element. */
static pthread_t threads[THREADS];
static pthread_barrier_t all_done; /* all threads exist until then, for signals */

/* Where a thread's handler jumps. */
static _Thread_local sigjmp_buf before;
static _Thread_local volatile sig_atomic_t jumping;

static void is_wrong(const char *what)
{
	if (atomic_fetch_add(&wrong, 1) < MOST_WRONG)
		dprintf(STDOUT_FILENO, "%s: %s\n", what, strerror(errno));
}

static unsigned next(unsigned *seed, unsigned count)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % count;
}

static char *map(void *at)
{
	return mmap(at, SIZE, PROT_READ, MAP_SHARED | (at ? MAP_FIXED : 0), file, 0);
}

static bool is_files(const char *at)
{
	return at != MAP_FAILED && at[0] == 'a' && at[SIZE - 1] == 'a';
}

/* Checks that the mapping cannot become writable, and unmaps it. */
static void check(char *at)
{
	if (!is_files(at)) {
		is_wrong("mmap");
		return;
	}
	mappings++;
	if (mprotect(at, SIZE, PROT_READ | PROT_WRITE) == 0 || errno != EACCES)
		is_wrong("mprotect");
	errno = 7;
	if (munmap(at, SIZE) || errno != 7)
		is_wrong("munmap");
}

/* Reserves room for one thread, which finds there what a jump or a cancellation left. */
static char *reserve(void)
{
	char *at = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		is_wrong("reserve");
		exit(1);
	}
	return at;
}

static void moves(unsigned *seed)
{
	char *at = map(NULL), *moved;
	size_t page = next(seed, SIZE / PAGE - 1) * (size_t)PAGE;

	if (!is_files(at)) {
		is_wrong("mmap to move");
		return;
	}
	moved = mremap(at + page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, reserve());
	if (moved == MAP_FAILED || *moved != 'a')
		is_wrong("mremap");
	if (mprotect(moved, PAGE, PROT_READ | PROT_WRITE) == 0)
		is_wrong("mprotect of what was moved");
	munmap(moved, SIZE);
	/* Another thread may have mapped the free page in between. */
	munmap(at, page);
	munmap(at + page + PAGE, SIZE - PAGE - page);
}

/* Maps anonymous memory over the file, or the file at its own place. */
static void replaces(char *room)
{
	if (!is_files(map(room)))
		is_wrong("mmap, fixed");
	if (mmap(room, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != room)
		is_wrong("replaced");
	memset(room, 'b', SIZE);
	if (mprotect(room, SIZE, PROT_READ) || mprotect(room, SIZE, PROT_READ | PROT_WRITE))
		is_wrong("mprotect of its own");
}

static void ends_well(pid_t child, atomic_ulong *count, const char *what)
{
	int status = -1;

	if (waitpid(child, &status, 0) != child || status)
		is_wrong(what);
	else
		(*count)++;
}

static void forks(void)
{
	pid_t child = fork();

	if (child == 0) {
		check(map(NULL));
		_exit(wrong != 0);
	}
	ends_well(child, &children, "fork");
}

/* Starts a program, as a child of vfork(2) does. */
static void starts(void)
{
	char *const arguments[] = { (char *)(uintptr_t)self, (char *)(uintptr_t)name, NULL };
	pid_t child;

	errno = posix_spawn(&child, self, NULL, NULL, arguments, environ);
	if (errno)
		is_wrong("posix_spawn");
	else
		ends_well(child, &started, "the program");
}

static void *maps_for_ever(void *room)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		if (!is_files(map(room)))
			is_wrong("mmap, to be cancelled");
	return NULL;
}

static void cancels(char *room, unsigned *seed)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, maps_for_ever, room)) {
		is_wrong("pthread_create");
		return;
	}
	usleep(next(seed, 500));
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	cancelled++;
}

static void *maps_once(void *unused)
{
	check(map(NULL));
	return unused;
}

/* A detached thread, which unmaps its own stack. */
static void detaches(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attributes, maps_once, NULL))
		is_wrong("pthread_create");
	pthread_attr_destroy(&attributes);
}

static void on_signal(int number)
{
	const int error = errno;

	signals++;
	if (number == SIGUSR1 && jumping) {
		jumping = 0;
		siglongjmp(before, 1);
	}
	check(map(NULL));
	errno = error;
}

/* Until a signal interrupts it, or for a while. */
static void jumps_out(char *room)
{
	if (sigsetjmp(before, 1) == 0) {
		jumping = 1;
		for (int i = 0; i < 200 && jumping; i++)
			if (!is_files(map(room)))
				is_wrong("mmap, to be left");
	} else {
		jumps++;
	}
	jumping = 0;
}

static void *storms(void *number)
{
	unsigned seed = (unsigned)(uintptr_t)number;
	char *room = reserve();

	for (long i = 0; i < rounds; i++) {
		switch (next(&seed, 16)) {
		case 0:
			forks();
			break;
		case 1:
			starts();
			break;
		case 2:
			cancels(room, &seed);
			break;
		case 3:
			detaches();
			break;
		case 4:
		case 5:
			jumps_out(room);
			break;
		case 6:
		case 7:
			replaces(room);
			break;
		case 8:
		case 9:
			moves(&seed);
			break;
		case 10:
		case 11:
			pthread_kill(threads[next(&seed, THREADS)], SIGUSR1);
			break;
		default:
			check(map(NULL));
		}
	}
	pthread_barrier_wait(&all_done);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	unsigned seed;

	file = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0) {
		fputs("usage: selfstorm FILE [ROUNDS [SEED]]\n", stderr);
		return 2;
	}
	if (argc == 2) { /* as a child */
		check(map(NULL));
		return wrong != 0;
	}
	self = argv[0];
	name = argv[1];
	rounds = atol(argv[2]);
	seed = argc > 3 ? (unsigned)atol(argv[3]) : 1;
	/* A mapping that a handler makes must not be left there. */
	sigaddset(&action.sa_mask, SIGUSR1);
	sigaddset(&action.sa_mask, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	pthread_barrier_init(&all_done, NULL, THREADS);
	setitimer(ITIMER_REAL, &often, NULL);
	for (uintptr_t i = 0; i < THREADS; i++)
		threads[i] = pthread_self();
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, storms, (void *)(seed + i)))
			return 2;
	/* The timer's signals are for the working threads. */
	pthread_sigmask(SIG_BLOCK, &action.sa_mask, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%lu mappings, %lu children, %lu programs, %lu cancelled, %lu jumps, %lu signals: "
	       "%lu wrong\n",
	       mappings, children, started, cancelled, jumps, signals, wrong);
	return wrong || !children || !started || !cancelled || !signals;
}
