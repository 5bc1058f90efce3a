/* SPDX-License-Identifier: MIT */
/*
 * mapcrowd FILE: more threads than an engine in a static program has stacks all map FILE at once,
 * while a timer interrupts them every 100 us. Before that, with FILE open, it waits for a line of
 * input. Prints how many calls failed, and exits with 1 if any did.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { THREADS = 80, SIZE = 65536 };

static int file;
static atomic_int refused;

static void on_alarm(int number)
{
	(void)number;
}

static void *maps(void *unused)
{
	(void)unused;
	refused += mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	file = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (file < 0) {
		fputs("usage: mapcrowd FILE\n", stderr);
		return 2;
	}
	puts("open");
	fflush(stdout);
	getchar();
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm, .sa_flags = SA_RESTART },
		  NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 100 }, { 0, 100 } }, NULL);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, maps, NULL))
			return 2;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d refused\n", refused);
	return refused != 0;
}
