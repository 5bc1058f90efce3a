/* SPDX-License-Identifier: MIT */
/*
 * mapsteps STEP...: does one after the other, and prints one line for each that maps.
 *   map FILE       maps all of it, shared, opened read-only; says what the kernel then shows, and
 *                  whether it holds what the file does. map-rw: opened for writing, too;
 *                  map-private: not shared; map-written: so opened, and writable
 *   open FILE      opens it read-only for the next map, which is then of this descriptor
 *   wait MS        lets so many milliseconds pass
 *   user NUMBER    becomes that user and group
 *   protect        makes the last mapping writable
 *   crowd FILE     maps its first page, shared, 4,000 times
 *   protect-counted    protect, all of it and each page, and once more; says how many read(2) that
 *                  took the second time, of whoever traces this program or of itself
 *   stderr FILE    puts it, for appending, in the place of stderr
 *   directory DIR  goes there; root: and that becomes the root directory
 *   fork, thread, exec   the rest is done by a child, another thread, this program anew
 *   quit, kill     ends without exit(3), by SIGKILL
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;
static char *last; /* mapping, and its length */
static size_t last_length;
static int opened = -1;
static size_t opened_length;

static void do_steps(char **steps);

static void die(const char *what)
{
	fprintf(stdout, "%s: %s\n", what, strerror(errno));
	exit(2);
}

static const char *error(void)
{
	return errno == EACCES ? "EACCES" : errno == ENODEV ? "ENODEV" : strerror(errno);
}

/* What /proc/self/maps shows of the last mapping, of a file of that name. */
static const char *shown_as(const char *path)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	const char *answer = "not in /proc/self/maps";
	char line[1024];

	while (maps && fgets(line, sizeof(line), maps)) {
		void *start;
		char shared;
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%p-%*x %*3c%c %*x %*s %*u %n", &start, &shared, &name) < 2 ||
		    start != last)
			continue;
		if (strcmp(line + name, path) == 0)
			answer = shared == 's' ? "shared" : "private";
		else if (strncmp(line + name, "/memfd:", 7) == 0)
			answer = shared == 's' ? "a copy in memory" : "a private copy in memory";
		else
			answer = shared == 's' ? "a copy in a file" : "a private copy in a file";
	}
	if (maps)
		fclose(maps);
	return answer;
}

static const char *compared(int fd)
{
	char *bytes = malloc(last_length);
	ssize_t count = bytes ? pread(fd, bytes, last_length, 0) : -1;
	bool same = count == (ssize_t)last_length && memcmp(bytes, last, last_length) == 0;

	free(bytes);
	return same ? "right" : "WRONG";
}

static int open_sized(const char *path, int flags, size_t *length)
{
	int fd = open(path, flags | O_CLOEXEC);
	struct stat file;

	if (fd < 0 || fstat(fd, &file))
		die(path);
	*length = (size_t)file.st_size;
	return fd;
}

static void map(const char *path, int open_flags, int prot, int map_flags)
{
	void *mapped;
	int fd = opened;

	last_length = opened_length;
	opened = -1;
	if (fd < 0)
		fd = open_sized(path, open_flags, &last_length);
	mapped = mmap(NULL, last_length, prot, map_flags, fd, 0);
	if (mapped == MAP_FAILED) {
		printf("%s: %s\n", path, error());
	} else {
		last = mapped;
		printf("%s: %s, %s\n", path, shown_as(path), compared(fd));
	}
	close(fd);
}

static void protect(void)
{
	int result = mprotect(last, last_length, PROT_READ | PROT_WRITE);

	printf("protect: %s\n", result ? error() : "OK");
}

static void crowd(const char *path)
{
	size_t length;
	int fd = open_sized(path, O_RDONLY, &length);

	for (int i = 0; i < 4000; i++)
		if (mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			die("crowd");
	close(fd);
}

/* The number behind name in a file of /proc; -1: it is not there. */
static long number_in(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	long number = -1;
	char line[256];

	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			number = atol(line + strlen(name));
	if (file)
		fclose(file);
	return number;
}

static long reads(void)
{
	long tracer = number_in("/proc/self/status", "TracerPid:");
	char path[64] = "/proc/self/io";

	if (tracer > 0)
		snprintf(path, sizeof(path), "/proc/%ld/io", tracer);
	return number_in(path, "syscr:");
}

static bool all_refused(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	bool refused = mprotect(last, last_length, PROT_READ | PROT_WRITE) && errno == EACCES;

	for (size_t at = 0; at < last_length; at += page)
		refused &= mprotect(last + at, page, PROT_WRITE) && errno == EACCES;
	return refused;
}

static void protect_counted(void)
{
	bool refused = all_refused();
	long before = reads();

	refused &= all_refused();
	printf("protect: %s, %ld reads\n", refused ? "EACCES" : "OK", reads() - before);
}

static void replace_stderr(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		die(path);
	close(fd);
}

static void become(const char *number)
{
	unsigned int id = (unsigned int)atoi(number);

	if (setgroups(0, NULL) || setgid(id) || setuid(id))
		die(number);
}

static void *run_thread(void *steps)
{
	do_steps(steps);
	return NULL;
}

/* Steps that take the rest with them. */
static void hand_over(const char *how, char **rest)
{
	pthread_t thread;

	fflush(stdout);
	if (strcmp(how, "fork") == 0) {
		pid_t child = fork();

		if (child)
			waitpid(child, NULL, 0);
		else
			do_steps(rest);
	} else if (strcmp(how, "thread") == 0) {
		if ((errno = pthread_create(&thread, NULL, run_thread, rest)))
			die(how);
		pthread_join(thread, NULL);
	} else if (strcmp(how, "exec") == 0) {
		rest[-1] = self;
		execv(self, rest - 1);
		die(self);
	} else if (strcmp(how, "quit") == 0) {
		_exit(0);
	} else if (strcmp(how, "kill") == 0) {
		raise(SIGKILL);
	} else {
		errno = EINVAL;
		die(how);
	}
}

static void do_steps(char **steps)
{
	for (; *steps; steps++) {
		const char *step = *steps, *argument = steps[1];

		if (strcmp(step, "protect") == 0) {
			protect();
			continue;
		}
		if (strcmp(step, "protect-counted") == 0) {
			protect_counted();
			continue;
		}
		if (strncmp(step, "map", 3) != 0 && strcmp(step, "stderr") != 0 &&
		    strcmp(step, "directory") != 0 && strcmp(step, "open") != 0 &&
		    strcmp(step, "root") != 0 && strcmp(step, "user") != 0 &&
		    strcmp(step, "wait") != 0 && strcmp(step, "crowd") != 0) {
			hand_over(step, steps + 1);
			return;
		}
		if (!argument)
			die(step);
		if (strcmp(step, "map") == 0)
			map(argument, O_RDONLY, PROT_READ, MAP_SHARED);
		else if (strcmp(step, "map-rw") == 0)
			map(argument, O_RDWR, PROT_READ, MAP_SHARED);
		else if (strcmp(step, "map-private") == 0)
			map(argument, O_RDONLY, PROT_READ, MAP_PRIVATE);
		else if (strcmp(step, "map-written") == 0)
			map(argument, O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
		else if (strcmp(step, "open") == 0)
			opened = open_sized(argument, O_RDONLY, &opened_length);
		else if (strcmp(step, "user") == 0)
			become(argument);
		else if (strcmp(step, "crowd") == 0)
			crowd(argument);
		else if (strcmp(step, "wait") == 0)
			usleep((useconds_t)atoi(argument) * 1000);
		else if (strcmp(step, "stderr") == 0)
			replace_stderr(argument);
		else if (chdir(argument) || (strcmp(step, "root") == 0 && chroot(".")))
			die(argument);
		steps++;
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	self = argv[0];
	do_steps(argv + 1);
	return 0;
}
