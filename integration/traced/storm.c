/* SPDX-License-Identifier: MIT */
/*
 * traced/storm FILE SECONDS THREADS: threads map FILE, try to write to it, write to their own
 * memory in its place, fork, end and start, all at once. Prints "running" at the start; fails at
 * the first error. With 0 SECONDS, it goes on until it is killed.
 */
#include "traced.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

static const char *file;
static time_t end;
static atomic_ulong maps, forks;

static void __attribute__((noreturn)) wrong(const char *what, int error)
{
	printf("wrong: %s: %s\n", what, strerror(error));
	fflush(stdout);
	_exit(1);
}

/* Maps the file privately, at the place of a shared mapping, unless another thread was faster. */
static void map_privately(char *place, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *map = mmap(place, size, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	if (map == MAP_FAILED)
		wrong("private mmap", errno);
	if (mprotect(map, size, PROT_READ | PROT_WRITE))
		wrong("mprotect of its own", errno);
	memset(map, 0, size);
	if (munmap(map, size))
		wrong("munmap of its own", errno);
}

static void map_once(void)
{
	size_t size = 0;
	char *map = map_whole(file, &size);

	if (map == MAP_FAILED)
		wrong("mmap", errno);
	if (map[0] != file[strlen(file) - 1])
		wrong("bytes", 0);
	if (mprotect(map, size, PROT_READ | PROT_WRITE) == 0 || errno != EACCES)
		wrong("mprotect", errno);
	if (munmap(map, size))
		wrong("munmap", errno);
	if (atomic_fetch_add(&maps, 1) % 4 == 0)
		map_privately(map, size);
}

static void fork_once(void)
{
	int status;
	pid_t made = fork();

	if (made == 0) {
		int error = map_and_look(file);

		_exit(error);
	}
	if (made < 0) {
		if (errno == EAGAIN)
			return;
		wrong("fork", errno);
	}
	if (waitpid(made, &status, 0) != made)
		wrong("waitpid", errno);
	if (WIFSIGNALED(status)) { /* ^C: we are about to get it as well */
		sleep(5);
		wrong(strsignal(WTERMSIG(status)), 0);
	}
	if (WEXITSTATUS(status))
		wrong("mmap in a child", WEXITSTATUS(status));
	atomic_fetch_add(&forks, 1);
}

static void *short_lived(void *none)
{
	map_once();
	return none;
}

static void *work(void *number)
{
	unsigned round = (unsigned)(uintptr_t)number;
	pthread_t other;

	while (!end || time(NULL) < end) {
		map_once();
		if (++round % 8 == 0)
			fork_once();
		if (round % 16 == 1 && pthread_create(&other, NULL, short_lived, NULL) == 0)
			pthread_join(other, NULL);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	enum { MOST = 256 };
	pthread_t threads[MOST];
	int seconds, count;

	if (argc != 4)
		return 2;
	file = argv[1];
	seconds = atoi(argv[2]);
	count = atoi(argv[3]);
	end = seconds ? time(NULL) + seconds : 0;
	puts("running");
	fflush(stdout);
	for (int i = 0; i < count && i < MOST; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i))
			return 3;
	for (int i = 0; i < count && i < MOST; i++)
		pthread_join(threads[i], NULL);
	printf("%lu mappings, %lu forks\n", maps, forks);
	return maps && forks ? 0 : 4;
}
