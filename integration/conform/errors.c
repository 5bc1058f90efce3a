/* SPDX-License-Identifier: MIT */
/*
 * Conformance: the exact errno of every bad call of mmap, which changes nothing.
 */
#include "conform.h"

#include <sys/socket.h>

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#endif

/* Unmaps the result, so that it does not affect the next call. */
static const char *tried(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *got = mmap(at, length, prot, flags, fd, offset);
	const char *text = said_map(got);

	if (got != MAP_FAILED)
		munmap(got, length);
	return text;
}

static void lengths(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);

	answer("0: %s", tried(NULL, 0, PROT_READ, MAP_SHARED, fd, 0));
	answer("all: %s", tried(NULL, SIZE_MAX, PROT_READ, MAP_SHARED, fd, 0));
	answer("all pages: %s", tried(NULL, SIZE_MAX - PAGE + 1, PROT_READ, MAP_SHARED, fd, 0));
	answer("half of all: %s", tried(NULL, SIZE_MAX / 2 + 1, PROT_READ, MAP_SHARED, fd, 0));
	answer("more than there is: %s", tried(NULL, BEYOND, PROT_READ, MAP_SHARED, fd, 0));
	answer("0, unaligned: %s", tried(NULL, 0, PROT_READ, MAP_SHARED, fd, 1));
	answer("0, closed: %s", tried(NULL, 0, PROT_READ, MAP_SHARED, 987, 0));
}

static void offsets(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);
	off_t last = (off_t)(INT64_MAX / CONFORM_PAGE * CONFORM_PAGE);

	answer("1: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1));
	answer("512: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 512));
	answer("4095: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 4095));
	answer("the last: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, last));
	answer("two from the last: %s", tried(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, last));
	answer("-1: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, -1));
	answer("-4096: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, -(off_t)PAGE));
	answer("-4096, 2 pages: %s",
	       tried(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, -(off_t)PAGE));
	answer("-8192, huge: %s",
	       tried(NULL, (size_t)1 << 46, PROT_READ, MAP_SHARED, fd, -2 * (off_t)PAGE));
	answer("unaligned, closed: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, 987, 1));
}

static void descriptors(void)
{
	int fd = make_file("file", PAGE, 1, O_RDONLY), other;
	int pair[2];

	answer("-1: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, -1, 0));
	answer("closed: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, 987, 0));
	answer("far too large: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, INT32_MAX, 0));
	MUST((other = open("file", O_WRONLY)) >= 0);
	answer("O_WRONLY: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	answer("O_WRONLY, nothing: %s", tried(NULL, PAGE, PROT_NONE, MAP_SHARED, other, 0));
	answer("O_WRONLY, private: %s", tried(NULL, PAGE, PROT_READ, MAP_PRIVATE, other, 0));
	MUST((other = open("file", O_PATH)) >= 0);
	answer("O_PATH: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST((other = open("empty", O_WRONLY | O_CREAT, 0600)) >= 0);
	answer("O_WRONLY, empty: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST((other = open("empty", O_PATH)) >= 0);
	answer("O_PATH, empty: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST((other = open(".", O_RDONLY)) >= 0);
	answer("directory: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	answer("directory, private: %s", tried(NULL, PAGE, PROT_READ, MAP_PRIVATE, other, 0));
	MUST(pipe(pair) == 0);
	answer("pipe: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, pair[0], 0));
	MUST(mkfifo("fifo", 0600) == 0 && (other = open("fifo", O_RDWR)) >= 0);
	answer("fifo: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	answer("socket: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, pair[0], 0));
	MUST((other = open("/proc/self/status", O_RDONLY)) >= 0);
	answer("procfs: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST((other = open("/dev/null", O_RDONLY)) >= 0);
	answer("/dev/null: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	MUST((other = open("/dev/zero", O_RDWR)) >= 0);
	answer("/dev/zero: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0));
	answer("%s", peek(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0)));
	answer("%s", poke(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0)));
	MUST(close(fd) == 0);
	answer("just closed: %s", tried(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
}

/* Shared memory is for other programs, too. */
static void memory(void)
{
	int fd = memfd_create("memory", MFD_CLOEXEC);
	char *writer, *reader;

	MUST(fd >= 0 && ftruncate(fd, (off_t)PAGE) == 0);
	writer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	reader = map_shared(fd, PAGE);
	MUST(writer != MAP_FAILED);
	writer[5] = 'w';
	answer("%s", peek(reader + 5));
	answer("mprotect: %s", said(mprotect(reader, PAGE, PROT_READ | PROT_WRITE)));
	answer("%s", poke(reader));
}

/* Two types at once are another type: 3 validates, 4 and more do not exist. */
static void types(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);

	for (int type = 0; type < 16; type++)
		answer("%d: %s", type, tried(NULL, PAGE, PROT_READ, type, fd, 0));
}

static void flags(void)
{
	static const struct {
		const char *name;
		int flag;
	} each[] = {
		{ "MAP_GROWSDOWN", MAP_GROWSDOWN },
		{ "MAP_DENYWRITE", MAP_DENYWRITE },
		{ "MAP_EXECUTABLE", MAP_EXECUTABLE },
		{ "MAP_LOCKED", MAP_LOCKED },
		{ "MAP_NORESERVE", MAP_NORESERVE },
		{ "MAP_POPULATE", MAP_POPULATE },
		{ "MAP_NONBLOCK", MAP_NONBLOCK },
		{ "MAP_STACK", MAP_STACK },
		{ "MAP_HUGETLB", MAP_HUGETLB },
		{ "MAP_HUGETLB of 2 MiB", MAP_HUGETLB | 21 << 26 },
		{ "unknown 0x200000", 0x200000 },
		{ "unknown 0x800000", 0x800000 },
		{ "unknown 0x02000000", 0x02000000 },
	};
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		answer("shared, %s: %s", each[i].name,
		       tried(NULL, PAGE, PROT_READ, MAP_SHARED | each[i].flag, fd, 0));
		answer("validated, %s: %s", each[i].name,
		       tried(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | each[i].flag, fd, 0));
	}
	/* Without validation, some filesystems ignore it and others do not. */
	answer("validated, MAP_SYNC: %s",
	       tried(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0));
}

static void protections(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);

	answer("write: %s", tried(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0));
	answer("read, write: %s", tried(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	answer("none: %s", tried(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0));
	answer("exec: %s", tried(NULL, PAGE, PROT_EXEC, MAP_SHARED, fd, 0));
	answer("0x1000: %s", tried(NULL, PAGE, PROT_READ | 0x1000, MAP_SHARED, fd, 0));
	answer("growsdown: %s", tried(NULL, PAGE, PROT_READ | PROT_GROWSDOWN, MAP_SHARED, fd, 0));
}

#define KERNEL_HALF ((void *)UINT64_C(0xffff800000000000))
#define LAST_PAGE ((void *)(UINTPTR_MAX - PAGE + 1))

static void fixed_addresses(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);
	char *room = reserve(3);
	const int fixed = MAP_SHARED | MAP_FIXED;
	const int noreplace = MAP_SHARED | MAP_FIXED_NOREPLACE;

	answer("1: %s", tried((void *)1, PAGE, PROT_READ, fixed, fd, 0));
	answer("unaligned: %s", tried(room + 100, PAGE, PROT_READ, fixed, fd, 0));
	answer("unaligned, not replacing: %s",
	       tried(room + 100, PAGE, PROT_READ, noreplace, fd, 0));
	answer("kernel half: %s", tried(KERNEL_HALF, PAGE, PROT_READ, fixed, fd, 0));
	answer("kernel half, not replacing: %s",
	       tried(KERNEL_HALF, PAGE, PROT_READ, noreplace, fd, 0));
	answer("last page: %s", tried(LAST_PAGE, PAGE, PROT_READ, fixed, fd, 0));
	answer("over the end: %s", tried(LAST_PAGE, 3 * PAGE, PROT_READ, fixed, fd, 0));
	answer("from here over the end: %s", tried(room, BEYOND, PROT_READ, fixed, fd, 0));
	answer("over something, not replacing: %s", tried(room, PAGE, PROT_READ, noreplace, fd, 0));
	answer("over the end of something: %s",
	       tried(room + 2 * PAGE, 3 * PAGE, PROT_READ, noreplace, fd, 0));
	answer("what was there %s", view(room, 3));
	MUST(munmap(room, 3 * PAGE) == 0);
	answer("over nothing: %s", said_map(mmap(room, PAGE, PROT_READ, noreplace, fd, 0)));
	answer("over itself: %s", said_map(mmap(room, PAGE, PROT_READ, noreplace, fd, 0)));
	answer("behind itself: %s", said_map(mmap(room + PAGE, PAGE, PROT_READ, noreplace, fd, 0)));
}

/* Root may map there; for other users, the system decides. */
static void fixed_at_null(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);

	answer("%s", tried(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0));
}

/* A call with bad arguments changes nothing at its place. */
static void failed_fixed(void)
{
	int fd = make_letters("file", 4, O_RDWR);
	int writer = open("file", O_WRONLY), directory = open(".", O_RDONLY);
	int reader = open("file", O_RDONLY);
	char *at = map_shared_at(reserve(4), fd, 4 * PAGE, 0);
	const int fixed = MAP_SHARED | MAP_FIXED;

	MUST(writer >= 0 && directory >= 0 && reader >= 0);
	answer("closed: %s", said_map(mmap(at, PAGE, PROT_READ, fixed, 987, 0)));
	answer("O_WRONLY: %s", said_map(mmap(at, PAGE, PROT_READ, fixed, writer, 0)));
	answer("directory: %s", said_map(mmap(at, PAGE, PROT_READ, fixed, directory, 0)));
	answer("length 0: %s", said_map(mmap(at, 0, PROT_READ, fixed, fd, 0)));
	answer("offset: %s", said_map(mmap(at, PAGE, PROT_READ, fixed, fd, 7)));
	answer("type: %s", said_map(mmap(at, PAGE, PROT_READ, MAP_FIXED, fd, 0)));
	answer("address: %s", said_map(mmap(at + 1, PAGE, PROT_READ, fixed, fd, 0)));
	answer("write: %s", said_map(mmap(at, PAGE, PROT_READ | PROT_WRITE, fixed, reader, 0)));
	answer("unknown flag: %s",
	       said_map(mmap(at, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED | 0x200000, fd,
			     0)));
	answer("%s", view(at, 4));
	answer("%s", view_writable(at, 4));
}

const struct conform_case conform_errors[] = {
	{ "lengths", lengths, NULL },
	{ "offsets", offsets, NULL },
	{ "descriptors", descriptors, NULL },
	{ "memory", memory, NULL },
	{ "types", types, NULL },
	{ "flags", flags, NULL },
	{ "protections", protections, NULL },
	{ "fixed-addresses", fixed_addresses, NULL },
	{ "fixed-at-null", fixed_at_null, NULL },
	{ "failed-fixed", failed_fixed, NULL },
	{ 0 },
};
