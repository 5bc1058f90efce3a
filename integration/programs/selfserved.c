/* SPDX-License-Identifier: MIT */
/*
 * selfserved FILE: hard cases for an engine in a static program; the static twin of this program is
 * one. Prints a line for each; an unpatched program on a disk prints the same. FILE has 64 KiB of
 * the letter a.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 65536, PAGE = 4096, THREADS = 64, TURNS = 100 };

static int file;
static atomic_ulong wrong, alarms, copied_errno;

static char *map(void)
{
	return mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
}

static void check(char *at)
{
	errno = 7;
	if (at == MAP_FAILED || at[0] != 'a' || at[SIZE - 1] != 'a') {
		wrong++;
		return;
	}
	if (mprotect(at, SIZE, PROT_READ | PROT_WRITE) == 0 || errno != EACCES)
		wrong++;
	errno = 7;
	if (munmap(at, SIZE) || errno != 7)
		copied_errno++;
}

/* A single alarm: however long a mapping takes, one fits between two alarms. */
static void set_alarm(void)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 100 } }, NULL);
}

static void *turns(void *unused)
{
	(void)unused;
	for (int i = 0; i < TURNS; i++) {
		set_alarm();
		check(map());
	}
	return NULL;
}

static void on_alarm(int number)
{
	const int before = errno;

	(void)number;
	alarms++;
	check(map());
	errno = before;
}

static void threads_under_a_timer(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, turns, NULL))
			exit(2);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("threads: %lu wrong, alarms: %s\n", wrong, alarms ? "some" : "none");
	printf("errno: %lu changed\n", copied_errno);
}

/* Like programs that start threads by their own system calls. */
static int in_child(void *unused)
{
	turns(unused);
	_exit(wrong != 0);
}

static void children(void)
{
	static char stack[SIZE];
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		in_child(NULL);
	waitpid(child, &status, 0);
	printf("fork: %d\n", status);
	child = clone(in_child, stack + SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	waitpid(child, &status, 0);
	printf("vfork: %d\n", status);
}

static void *cancelled(void *unused)
{
	(void)unused;
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		check(map());
	return NULL;
}

static void cancellation(void)
{
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, cancelled, NULL))
			exit(2);
		usleep((useconds_t)(i * 37));
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
	check(map());
	printf("cancelled: %lu wrong\n", wrong);
}

static char *pages(size_t count)
{
	char *at = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	if (at == MAP_FAILED)
		exit(2);
	return at;
}

#ifdef __x86_64__
/*
 * Nothing is mapped below: code that needs more than 192 bytes, after the red zone of 128, faults.
 */
static void on_a_small_stack(void)
{
	char *low = pages(2), *end = low + PAGE + 192 + 128;
	long number;

	if (mprotect(low, PAGE, PROT_NONE))
		exit(2);
	register long r10 __asm__("r10") = MAP_SHARED;
	register long r8 __asm__("r8") = file;
	register long r9 __asm__("r9") = 0;
	__asm__ volatile("mov %%rsp, %%rbx\n"
			 "mov %[end], %%rsp\n"
			 "mov $9, %%eax\n"
			 "syscall\n"
			 "mov %%rbx, %%rsp\n"
			 : "=a"(number)
			 : "D"(0L), "S"((long)SIZE), "d"((long)PROT_READ), "r"(r10), "r"(r8),
			   "r"(r9), [end] "r"(end)
			 : "rbx", "rcx", "r11", "memory");
	check((char *)number);
	printf("small stack: %lu wrong\n", wrong);
}

/* Like a detached thread of musl at its end, which unmaps its own stack. */
static void unmaps_its_stack(size_t length)
{
	char *stack = pages(2), *kept = map();
	long number;

	__asm__ volatile("mov %%rsp, %%rbx\n"
			 "lea 8192(%%rdi), %%rsp\n"
			 "mov $11, %%eax\n"
			 "syscall\n"
			 "mov %%rbx, %%rsp\n"
			 : "=a"(number)
			 : "D"(stack), "S"(length)
			 : "rbx", "rcx", "r11", "memory");
	printf("own stack: %ld\n", number);
	check(kept);
}
#else
static void on_a_small_stack(void)
{
}
static void unmaps_its_stack(size_t length)
{
	(void)length;
}
#endif

int main(int argc, char **argv)
{
	file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0) {
		fputs("usage: selfserved FILE\n", stderr);
		return 2;
	}
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm, .sa_flags = SA_RESTART },
		  NULL);
	on_a_small_stack();
	unmaps_its_stack((size_t)2 * PAGE);
	unmaps_its_stack(PAGE + 1);
	children();
	threads_under_a_timer();
	cancellation();
	return wrong != 0;
}
