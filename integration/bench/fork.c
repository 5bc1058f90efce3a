/*
 * What fork costs a process with much memory mapped, all of it touched: buffers of privmap, against
 * mappings of a file, against memory of its own. Called by bench.sh, preloaded, with a rule that
 * buffers BUFFERED and not MAPPED. Prints a table.
 *
 * Each kind has a process of its own, and they fork in turn.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KINDS = 5, ROUNDS = 50, WINDOW = 8 << 20 };

static const char *const names[KINDS] = {
	"file mapped", "buffered", "file mapped in windows of 8 MiB",
	"buffered in windows of 8 MiB", "anonymous memory",
};

static struct holder {
	int ask, answer;
	pid_t pid;
} holders[KINDS];

static void touch(const volatile char *at, size_t length)
{
	for (size_t i = 0; i < length; i += 4096)
		(void)at[i];
}

static void map(const char *path, size_t window)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	if (!window)
		window = (size_t)st.st_size;
	for (off_t offset = 0; offset < st.st_size; offset += (off_t)window) {
		size_t rest = (size_t)(st.st_size - offset);
		size_t length = rest < window ? rest : window;
		void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset);

		if (at == MAP_FAILED)
			die(path);
		touch(at, length);
	}
	close(fd);
}

static void take_memory(const char *as_large_as)
{
	struct stat st;
	void *at;

	if (stat(as_large_as, &st))
		die(as_large_as);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		  -1, 0);
	if (at == MAP_FAILED)
		die("mmap");
	/* As a process's own memory usually is: huge pages would need fewer entries. */
	madvise(at, (size_t)st.st_size, MADV_NOHUGEPAGE);
	memset(at, 1, (size_t)st.st_size);
}

/* Seconds until the child has ended and is waited for. */
static double time_fork(void)
{
	double from, to;
	pid_t pid;

	from = now();
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	to = now();
	return to - from;
}

static void hold(int kind, char **argv, int ask, int answer)
{
	char byte;

	switch (kind) {
	case 0:
		map(argv[1], 0);
		break;
	case 1:
		map(argv[2], 0);
		break;
	case 2:
		map(argv[1], WINDOW);
		break;
	case 3:
		map(argv[2], WINDOW);
		break;
	default:
		take_memory(argv[1]);
	}
	while (read(ask, &byte, 1) == 1) {
		double seconds = time_fork();

		if (write(answer, &seconds, sizeof(seconds)) != sizeof(seconds))
			die("write");
	}
	exit(0);
}

static void start(int kind, char **argv)
{
	int ask[2], answer[2];

	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		die("pipe");
	holders[kind].pid = fork();
	if (holders[kind].pid < 0)
		die("fork");
	if (holders[kind].pid == 0) {
		close(ask[1]);
		close(answer[0]);
		for (int other = 0; other < kind; other++)
			close(holders[other].ask);
		hold(kind, argv, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	holders[kind].ask = ask[1];
	holders[kind].answer = answer[0];
}

static double one_fork(const struct holder *holder)
{
	double seconds;

	if (write(holder->ask, "f", 1) != 1 ||
	    read(holder->answer, &seconds, sizeof(seconds)) != sizeof(seconds))
		die("a process that should fork");
	return seconds;
}

int main(int argc, char **argv)
{
	static double seconds[KINDS][ROUNDS], medians[KINDS];

	if (argc != 3) {
		fputs("usage: bench-fork MAPPED BUFFERED\n", stderr);
		return 2;
	}
	for (int kind = 0; kind < KINDS; kind++) {
		start(kind, argv);
		one_fork(&holders[kind]); /* until it holds all */
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int turn = 0; turn < KINDS; turn++) {
			int kind = (round + turn) % KINDS;

			seconds[kind][round] = one_fork(&holders[kind]);
		}
	for (int kind = 0; kind < KINDS; kind++) {
		close(holders[kind].ask);
		waitpid(holders[kind].pid, NULL, 0);
	}
	printf("| 1 GiB held, fork to wait | µs | ratio to a file mapped so |\n|---|---|---|\n");
	for (int kind = 0; kind < KINDS; kind++)
		medians[kind] = median(seconds[kind], ROUNDS);
	/* The windows are compared with windows: each mapping costs, whatever it shows. */
	for (int kind = 0; kind < KINDS; kind++)
		printf("| %s | %.0f | %.2f |\n", names[kind], medians[kind] * 1e6,
		       medians[kind] / medians[kind == 2 || kind == 3 ? 2 : 0]);
	return 0;
}
