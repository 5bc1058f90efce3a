/* SPDX-License-Identifier: MIT */
/*
 * Conformance: the contents of a mapping. Odd sizes and offsets, the tail of the last page, pages
 * past the end; and mapping does not change the descriptor.
 */
#include "conform.h"

#include <sys/wait.h>

static void sizes(void)
{
	static const size_t tried[] = { 1, 2, 4095, 4096, 4097, 8191, 8192, 65537, 5000001 };

	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		unsigned int seed = (unsigned int)i;
		int fd = make_file("file", tried[i], seed, i % 2 ? O_RDWR : O_RDONLY);
		void *at = map_shared(fd, tried[i]);

		MUST(close(fd) == 0);
		answer("%zu bytes: %s", tried[i], compare(at, 0, tried[i], seed));
		MUST(munmap(at, tried[i]) == 0);
	}
}

/* Shared, also as by libraries that were not built for large files. */
static void ways_to_ask(void)
{
	int fd = make_file("file", 3 * PAGE, 5, O_RDONLY);
	void *at;

	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED_VALIDATE, fd, (off_t)PAGE);
	answer("validated: %s", said_map(at));
	answer("%s", compare(at, PAGE, 2 * PAGE, 5));
	at = mmap64(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off64_t)PAGE);
	answer("mmap64: %s", said_map(at));
	answer("%s", compare(at, PAGE, 2 * PAGE, 5));
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	answer("private: %s", said_map(at));
	answer("%s", compare(at, 0, PAGE, 5));
	answer("%s", poke(at));
	answer("mprotect: %s", said(mprotect(at, PAGE, PROT_READ)));
	answer("mprotect: %s", said(mprotect(at, PAGE, PROT_READ | PROT_WRITE)));
	answer("%s", poke(at));
}

static void offsets(void)
{
	enum { PAGES = 9 };
	size_t size = PAGES * PAGE + 17;
	int fd = make_file("file", size, 7, O_RDONLY);

	for (size_t page = 0; page <= PAGES; page++) {
		size_t offset = page * PAGE;
		void *at = mmap(NULL, size - offset, PROT_READ, MAP_SHARED, fd, (off_t)offset);

		answer("from page %zu to the end: %s", page, said_map(at));
		answer("%s", compare(at, offset, size - offset, 7));
		MUST(munmap(at, size - offset) == 0);
		at = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, (off_t)offset);
		answer("1 byte of page %zu: %s", page, said_map(at));
		answer("%s", compare(at, offset, page < PAGES ? PAGE : 17, 7));
		MUST(munmap(at, 1) == 0);
	}
}

/* A length that ends inside a page maps all of it. */
static void length_within_a_page(void)
{
	int fd = make_file("file", 3 * PAGE, 8, O_RDONLY);
	char *at = mmap(reserve(4), 100, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);

	answer("100 bytes: %s", said_map(at));
	answer("%s", compare(at, 0, PAGE, 8));
	answer("next page: %s", peek(at + PAGE));
	at = mmap(reserve(4), PAGE + 1, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	answer("4097 bytes: %s", said_map(at));
	answer("%s", compare(at, 0, 2 * PAGE, 8));
	answer("next page: %s", peek(at + 2 * PAGE));
}

static const char *zeros(const unsigned char *at, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (at[i])
			return "not all zero";
	return "all zero";
}

static void tail(void)
{
	static const size_t tried[] = { 1, 100, 4095, 4097, 3 * 4096 + 2048 };

	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		int fd = make_file("file", tried[i], 3, O_RDONLY);
		size_t end = (tried[i] + PAGE - 1) / PAGE * PAGE;
		const unsigned char *at = map_shared(fd, end);

		answer("%zu bytes: tail %s", tried[i], zeros(at + tried[i], end - tried[i]));
	}
}

static void past_the_end(void)
{
	int fd = make_file("file", PAGE + 10, 4, O_RDONLY);
	char *at = map_shared(fd, 6 * PAGE);

	answer("%s", compare(at, 0, PAGE + 10, 4));
	answer("last byte of the last page: %s", peek(at + 2 * PAGE - 1));
	answer("first past it: %s", peek(at + 2 * PAGE));
	answer("last: %s", peek(at + 6 * PAGE - 1));
	answer("after a fault: %s", compare(at, 0, PAGE + 10, 4));
	answer("munmap: %s", said(munmap(at, 6 * PAGE)));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)(2 * PAGE));
	answer("at the end of file: %s", said_map(at));
	answer("%s", peek(at));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)(1000 * PAGE));
	answer("far past the end of file: %s", said_map(at));
	answer("%s", peek(at));
	answer("%s", peek(at + 2 * PAGE - 1));
}

static void dies_past_the_end(void)
{
	int fd = make_file("file", 10, 4, O_RDONLY);
	const volatile char *at = map_shared(fd, 2 * PAGE);

	answer("still here");
	(void)at[PAGE];
}

static void empty(void)
{
	int fd = make_file("file", 0, 0, O_RDONLY);
	char *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	answer("2 pages: %s", said_map(at));
	answer("%s", peek(at));
	answer("%s", peek(at + PAGE));
	answer("mprotect: %s", said(mprotect(at, PAGE, PROT_READ | PROT_WRITE)));
	answer("munmap: %s", said(munmap(at, 2 * PAGE)));
	answer("nothing of it: %s", said_map(mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0)));
}

/* LMDB maps far more than the file has. */
static void far_longer_than_the_file(void)
{
	int fd = make_file("file", 2 * PAGE, 6, O_RDONLY);
	char *at = mmap(NULL, (size_t)1 << 30, PROT_READ, MAP_SHARED, fd, 0);

	answer("1 GiB: %s", said_map(at));
	answer("%s", compare(at, 0, 2 * PAGE, 6));
	answer("%s", peek(at + 2 * PAGE));
	answer("%s", peek(at + ((size_t)1 << 29)));
	answer("munmap: %s", said(munmap(at, (size_t)1 << 30)));
}

static void holes(void)
{
	int fd = make_letters("file", 2, O_RDWR);
	const char *at;

	MUST(pwrite(fd, "far", 3, 300 * (off_t)PAGE) == 3);
	at = map_shared(fd, 301 * PAGE);
	answer("head %s", view(at, 4));
	answer("middle %s", zeros((const unsigned char *)at + 2 * PAGE, 298 * PAGE));
	answer("end %.3s", at + 300 * PAGE);
}

static void direct(void)
{
	int fd;
	void *at;

	close(make_file("file", 10 * PAGE + 100, 9, O_RDONLY));
	fd = open("file", O_RDONLY | O_DIRECT);
	MUST(fd >= 0);
	at = map_shared(fd, 10 * PAGE + 100);
	answer("O_DIRECT: %s", compare(at, 0, 10 * PAGE + 100, 9));
	at = mmap(NULL, PAGE + 1, PROT_READ, MAP_SHARED, fd, 3 * (off_t)PAGE);
	answer("from page 3: %s", compare(at, 3 * PAGE, PAGE + 1, 9));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 10 * (off_t)PAGE);
	answer("the end: %s", compare(at, 10 * PAGE, 100, 9));
	answer("past it: %s", peek((char *)at + PAGE));
}

static void without_permission_any_more(void)
{
	int fd = make_file("file", PAGE, 2, O_RDONLY);
	void *at;

	MUST(fchmod(fd, 0) == 0);
	at = map_shared(fd, PAGE);
	answer("mode 0: %s", compare(at, 0, PAGE, 2));
}

/* Returns the lowest free descriptor: it would differ if the library had kept one. */
static int next_descriptor(void)
{
	int fd = dup(0);

	MUST(fd >= 0 && close(fd) == 0);
	return fd;
}

static void descriptor(void)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = make_file("file", 5 * PAGE, 1, O_RDWR);
	int next = next_descriptor(), flags = fcntl(fd, F_GETFL), status;
	char *at, byte;
	pid_t child;

	MUST(lseek(fd, 1234, SEEK_SET) == 1234 && fcntl(fd, F_SETLK, &all) == 0);
	at = map_shared(fd, 5 * PAGE);
	answer("%s", compare(at, 0, 5 * PAGE, 1));
	answer("place in the file: %s", said(lseek(fd, 0, SEEK_CUR)));
	answer("flags: %s", fcntl(fd, F_GETFL) == flags ? "the same" : "changed");
	answer("close-on-exec: %s", said(fcntl(fd, F_GETFD)));
	answer("descriptors: %s", next_descriptor() == next ? "none kept" : "one kept");
	child = fork();
	if (child == 0) {
		answer("the lock, of another: %s", said(fcntl(fd, F_SETLK, &all)));
		_exit(0);
	}
	MUST(child > 0 && waitpid(child, &status, 0) == child && status == 0);
	answer("munmap: %s", said(munmap(at, 5 * PAGE)));
	answer("read: %s", said(read(fd, &byte, 1)));
	answer("%s", compare(&byte, 1234, 1, 1));
}

static void untouched_errno(void)
{
	int fd = make_file("file", 3 * PAGE, 1, O_RDONLY);
	char *at;

	errno = 4242;
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("mmap: %s", errno_word(errno));
	errno = 4242;
	MUST(mmap(at, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == at);
	answer("mmap, fixed: %s", errno_word(errno));
	MUST(mprotect(at, 2 * PAGE, PROT_NONE) == 0);
	answer("mprotect: %s", errno_word(errno));
	MUST(mremap(at, 2 * PAGE, PAGE, 0) == at);
	answer("mremap, shorter: %s", errno_word(errno));
	at = mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	answer("mremap: %s", errno_word(errno));
	MUST(munmap(at, 2 * PAGE) == 0);
	answer("munmap: %s", errno_word(errno));
}

static void same_part_twice(void)
{
	int fd = make_letters("file", 6, O_RDONLY);
	char *at[4];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 4; i++) {
			at[i] = reserve(6);
			map_shared_at(at[i], fd, 4 * PAGE, i < 2 ? 0 : (i - 1) * (off_t)PAGE);
		}
		answer("%s %s %s %s", view(at[0], 6), view(at[1], 6), view(at[2], 6),
		       view(at[3], 6));
		for (int i = 0; i < 4; i++) {
			int gone = round ? 3 - i : i;

			answer("munmap: %s", said(munmap(at[gone], 4 * PAGE)));
			answer("%s %s %s %s", view(at[0], 6), view(at[1], 6), view(at[2], 6),
			       view(at[3], 6));
		}
	}
}

/* Advice for one mapping does not apply to another one of the same part. */
static void same_part_apart(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *one = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	char *two;

	answer("mprotect: %s", said(mprotect(one, 2 * PAGE, PROT_NONE)));
	answer("madvise: %s", said(madvise(one, 3 * PAGE, MADV_DONTFORK)));
	two = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	answer("%s %s", view(one, 3), view(two, 3));
	answer("mprotect: %s", said(mprotect(one, 3 * PAGE, PROT_READ)));
	answer("mprotect: %s", said(mprotect(two, PAGE, PROT_NONE)));
	answer("%s %s", view(one, 3), view(two, 3));
	answer("munmap: %s", said(munmap(one, PAGE)));
	answer("%s %s", view(one, 3), view(two, 3));
	answer("mprotect: %s", said(mprotect(two, 3 * PAGE, PROT_READ | PROT_WRITE)));
	answer("%s %s", view_writable(one, 3), view_writable(two, 3));
}

const struct conform_case conform_contents[] = {
	{ "sizes", sizes, NULL },
	{ "ways-to-ask", ways_to_ask, NULL },
	{ "offsets", offsets, NULL },
	{ "length-within-a-page", length_within_a_page, NULL },
	{ "tail", tail, NULL },
	{ "past-the-end", past_the_end, NULL },
	{ "dies-past-the-end", dies_past_the_end, NULL },
	{ "empty", empty, NULL },
	{ "far-longer-than-the-file", far_longer_than_the_file, NULL },
	{ "holes", holes, NULL },
	{ "direct", direct, NULL },
	{ "without-permission-any-more", without_permission_any_more, NULL },
	{ "descriptor", descriptor, NULL },
	{ "untouched-errno", untouched_errno, NULL },
	{ "same-part-twice", same_part_twice, NULL },
	{ "same-part-apart", same_part_apart, NULL },
	{ 0 },
};
