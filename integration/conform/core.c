/* SPDX-License-Identifier: MIT */
/*
 * Conformance: what a core dump has of a mapping. By default nothing, because a debugger can read
 * the file itself.
 */
#include "conform.h"

#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "children.h"

enum { SIZE = 4 << 20, SEED = 23, MARK = 64 };

static int file;

/* Bits of /proc/PID/coredump_filter, core(5). */
enum { DEFAULT_FILTER = 0x33, FILE_PRIVATE = 4, FILE_SHARED = 8 };

struct dump {
	int filter;
	int advice; /* 0: none */
	bool unlinked;
};

static void set_filter(int filter)
{
	char text[16];
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	int length = snprintf(text, sizeof(text), "0x%x", filter);

	MUST(fd >= 0 && write(fd, text, (size_t)length) == length);
	close(fd);
}

static void dies(void *argument)
{
	const struct dump *dump = argument;
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	char *at;

	MUST(setrlimit(RLIMIT_CORE, &unlimited) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
	set_filter(dump->filter);
	if (dump->unlinked)
		MUST(unlink("file") == 0);
	at = map_shared(file, SIZE);
	MUST(!dump->advice || madvise(at, SIZE, dump->advice) == 0);
	MUST(strcmp(compare(at, 0, SIZE, SEED), "as the file") == 0);
	close(file);
	signal(SIGTRAP, SIG_DFL);
	raise(SIGTRAP);
}

/* Opens the core dump in the current directory: "core", or "core.PID". */
static int open_core(void)
{
	DIR *directory = opendir(".");
	struct dirent *entry;
	int fd = -1;

	MUST(directory);
	while (fd < 0 && (entry = readdir(directory)))
		if (strncmp(entry->d_name, "core", 4) == 0)
			fd = open(entry->d_name, O_RDONLY | O_CLOEXEC);
	closedir(directory);
	return fd;
}

/* Looks for a piece from the middle of the file, which is nowhere else in memory. */
static bool holds_mark(const unsigned char *bytes, size_t size)
{
	unsigned char mark[MARK];

	for (size_t i = 0; i < MARK; i++)
		mark[i] = byte_of(SIZE / 2 + i, SEED);
	return memmem(bytes, size, mark, MARK) != NULL;
}

/* The system may send cores elsewhere: to a pipe, or to another directory. */
static void look_at_core(void)
{
	unsigned char *bytes;
	struct stat st;
	int fd = open_core();

	if (fd < 0) {
		answer("no core here");
		return;
	}
	MUST(fstat(fd, &st) == 0 && st.st_size > 0);
	bytes = malloc((size_t)st.st_size);
	MUST(bytes && read(fd, bytes, (size_t)st.st_size) == st.st_size);
	MUST(memcmp(bytes, "\177ELF", 4) == 0);
	answer("the core is %s than the file and %s of it",
	       st.st_size < SIZE ? "shorter" : "longer",
	       holds_mark(bytes, (size_t)st.st_size) ? "holds bytes" : "holds nothing");
	free(bytes);
	close(fd);
}

static void dump(struct dump how)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	MUST(strcmp(in_child(dies, &how), "died of SIGTRAP") == 0);
	look_at_core();
}

static void by_default(void)
{
	dump((struct dump){ .filter = DEFAULT_FILTER });
}

static void dont_dump(void)
{
	dump((struct dump){ .filter = DEFAULT_FILTER | FILE_SHARED | FILE_PRIVATE,
					     .advice = MADV_DONTDUMP });
}

/* A program can ask for files in core dumps. Privately mapped ones have a separate bit. */
static void with_files(void)
{
	dump((struct dump){ .filter = DEFAULT_FILTER | FILE_SHARED |
						       FILE_PRIVATE });
}

static void do_dump(void)
{
	dump((struct dump){ .filter = DEFAULT_FILTER, .advice = MADV_DODUMP });
}

static void unlinked(void)
{
	dump((struct dump){ .filter = DEFAULT_FILTER, .unlinked = true });
}

const struct conform_case conform_core[] = {
	{ "default", by_default, NULL },
	{ "dont-dump", dont_dump, NULL },
	{ "with-files", with_files, NULL },
	{ "do-dump", do_dump, NULL },
	{ "unlinked", unlinked, NULL },
	{ 0 },
};
