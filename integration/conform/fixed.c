/* SPDX-License-Identifier: MIT */
/*
 * Conformance: the place of a mapping. MAP_FIXED over and next to others, hints, MAP_32BIT; and
 * flags for filling it.
 */
#include "conform.h"

#define WRITABLE (PROT_READ | PROT_WRITE)

static void put_anonymous(char *at, char letter)
{
	MUST(mmap(at, PAGE, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
	memset(at, letter, PAGE);
}

static void over_anonymous(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *at = reserve(5);

	for (size_t i = 0; i < 5; i++)
		put_anonymous(at + i * PAGE, (char)('A' + i));
	answer("%s %s", view(at, 5), view_writable(at, 5));
	map_shared_at(at + PAGE, fd, 3 * PAGE, 0);
	answer("%s %s", view(at, 5), view_writable(at, 5));
	answer("+W: %s", said(mprotect(at + 2 * PAGE, PAGE, WRITABLE)));
	put_anonymous(at + 2 * PAGE, 'X');
	answer("%s %s", view(at, 5), view_writable(at, 5));
}

/* Over one of the same kind: the whole, the middle, both ends, two at once. */
static void over_another(void)
{
	static const struct {
		const char *name;
		size_t first, count;
	} each[] = {
		{ "whole", 1, 5 }, { "middle", 3, 1 }, { "head", 0, 3 },
		{ "tail", 4, 3 },  { "larger", 0, 7 },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		int old = make_letters("old", 5, O_RDONLY), fd = make_letters("new", 20, O_RDONLY);
		char *at = reserve(7);

		map_shared_at(at + PAGE, old, 5 * PAGE, 0);
		map_shared_at(at + each[i].first * PAGE, fd, each[i].count * PAGE,
			      10 * (off_t)PAGE);
		answer("%s: %s", each[i].name, view(at, 7));
		for (size_t page = 0; page < 7; page++)
			answer("+W of page %zu: %s", page,
			       said(mprotect(at + page * PAGE, PAGE, WRITABLE)));
		answer("%s %s", view(at, 7), view_writable(at, 7));
	}
}

/* Private mappings of the same file: over it, it over them, and what of each is writable. */
static void over_private(void)
{
	int fd = make_letters("file", 7, O_RDONLY);
	char *at = map_shared_at(reserve(7), fd, 7 * PAGE, 0);

	answer("private: %s", said_map(mmap(at + PAGE, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED,
					    fd, (off_t)PAGE)));
	answer("+W: %s", said(mprotect(at + PAGE, 4 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 7), view_writable(at, 7));
	map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 2 * (off_t)PAGE);
	for (size_t i = 0; i < 7; i++)
		answer("+W of page %zu: %s", i, said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, 7), view_writable(at, 7));
}

/* The same part of the same file again, at the same place. */
static void over_itself(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = map_shared_at(reserve(4), fd, 4 * PAGE, 0);

	MUST(mprotect(at, 2 * PAGE, PROT_NONE) == 0);
	answer("%s", view(at, 4));
	map_shared_at(at, fd, 4 * PAGE, 0);
	answer("%s", view(at, 4));
	map_shared_at(at + PAGE, fd, 2 * PAGE, (off_t)PAGE);
	answer("%s", view(at, 4));
	answer("+W: %s", said(mprotect(at, 4 * PAGE, WRITABLE)));
	answer("munmap: %s", said(munmap(at + PAGE, 2 * PAGE)));
	answer("%s", view(at, 4));
}

static void beside(void)
{
	int fd = make_letters("file", 6, O_RDONLY);
	char *at = reserve(8);

	map_shared_at(at + 3 * PAGE, fd, 2 * PAGE, 2 * (off_t)PAGE);
	map_shared_at(at + PAGE, fd, 2 * PAGE, 0);
	map_shared_at(at + 5 * PAGE, fd, 2 * PAGE, 4 * (off_t)PAGE);
	answer("%s", view(at, 8));
	answer("+W in front: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("+W behind: %s", said(mprotect(at + 7 * PAGE, PAGE, WRITABLE)));
	answer("+W across two: %s", said(mprotect(at + 2 * PAGE, 2 * PAGE, WRITABLE)));
	answer("%s", view_writable(at, 8));
	answer("munmap across two: %s", said(munmap(at + 2 * PAGE, 2 * PAGE)));
	answer("%s", view(at, 8));
}

static void into_a_hole(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = reserve(6);

	MUST(munmap(at + PAGE, 4 * PAGE) == 0);
	map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 0);
	answer("%s", view(at, 6));
	answer("not replacing: %s", said_map(mmap(at + PAGE, 2 * PAGE, PROT_READ,
						  MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0)));
	answer("not replacing: %s",
	       said_map(mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd,
			     3 * (off_t)PAGE)));
	answer("%s", view(at, 6));
	answer("both: %s", said_map(mmap(at + 4 * PAGE, PAGE, PROT_READ,
					 MAP_SHARED | MAP_FIXED | MAP_FIXED_NOREPLACE, fd, 0)));
	answer("%s %s", view(at, 6), view_writable(at, 6));
}

static void past_the_end(void)
{
	int fd = make_letters("file", 2, O_RDONLY);
	char *at = reserve(6);

	map_shared_at(at + PAGE, fd, 4 * PAGE, 0);
	answer("%s", view(at, 6));
	map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 10 * (off_t)PAGE);
	answer("%s", view(at, 6));
}

/* Writable anonymous mappings over it keep their bytes. */
static void replaced_by_others(void)
{
	int fd = make_letters("file", 5, O_RDONLY);
	char *at = map_shared_at(reserve(5), fd, 5 * PAGE, 0);
	int zero = open("/dev/zero", O_RDWR), memory = memfd_create("memory", MFD_CLOEXEC);

	MUST(zero >= 0 && memory >= 0 && ftruncate(memory, (off_t)PAGE) == 0);
	MUST(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4 * (off_t)PAGE) == at);
	MUST(mmap(at + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, zero, 0) == at + PAGE);
	MUST(mmap(at + 2 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, memory, 0) ==
	     at + 2 * PAGE);
	answer("%s", view(at, 5));
	for (size_t i = 0; i < 5; i++)
		answer("+W of page %zu: %s", i, said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
}

static const char *where(const void *got, const void *hint)
{
	if (got == MAP_FAILED)
		return errno_word(errno);
	return got == hint ? "there" : "elsewhere";
}

static void hints(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *room = reserve(8), *at;

	MUST(munmap(room + PAGE, 6 * PAGE) == 0);
	at = mmap(room + PAGE, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("free: %s", where(at, room + PAGE));
	answer("%s", view(room, 8));
	at = mmap(room + 4 * PAGE + 100, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("unaligned: %s", where(at, room + 4 * PAGE));
	answer("%s", view(room, 8));
	at = mmap(room + 5 * PAGE, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("too small: %s", where(at, room + 5 * PAGE));
	answer("%s %s", view(room, 8), view(at, 3));
	at = mmap(room + PAGE, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)PAGE);
	answer("taken: %s", where(at, room + PAGE));
	answer("%s %s", view(room, 8), view(at, 1));
	at = mmap((void *)UINT64_C(0xffff800000000000), PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("kernel half: %s", where(at, NULL));
	answer("%s", view(at, 1));
}

static void low(void)
{
#ifdef MAP_32BIT
	int fd = make_letters("file", 3, O_RDONLY);
	char *at = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_32BIT, fd, 0);

	answer("%s", said_map(at));
	answer("%s", (uintptr_t)at < (uintptr_t)1 << 31 ? "below 2 GiB" : "above");
	answer("%s", view(at, 3));
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("munmap: %s", said(munmap(at, 3 * PAGE)));
#else
	answer("not here");
#endif
}

/* With read-ahead or without: all bytes are correct in the end. */
static void ways_to_fill(void)
{
	static const struct {
		const char *name;
		int flags;
	} each[] = {
		{ "MAP_POPULATE", MAP_POPULATE },
		{ "MAP_POPULATE | MAP_NONBLOCK", MAP_POPULATE | MAP_NONBLOCK },
		{ "MAP_LOCKED", MAP_LOCKED },
		{ "MAP_NORESERVE", MAP_NORESERVE },
		{ "all", MAP_POPULATE | MAP_LOCKED | MAP_NORESERVE | MAP_STACK | MAP_DENYWRITE },
	};
	int fd = make_file("file", 20 * PAGE + 5, 3, O_RDONLY);
	char *room = reserve(24);

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		void *at = mmap(NULL, 21 * PAGE, PROT_READ, MAP_SHARED | each[i].flags, fd, 0);

		answer("%s: %s", each[i].name, said_map(at));
		answer("%s", compare(at, 0, 20 * PAGE + 5, 3));
		MUST(munmap(at, 21 * PAGE) == 0);
		at = mmap(room, 24 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED | each[i].flags, fd,
			  0);
		answer("fixed, longer than the file: %s", said_map(at));
		answer("%s", compare(at, 0, 20 * PAGE + 5, 3));
		answer("past the end: %s", peek((char *)at + 21 * PAGE));
		answer("+W: %s", said(mprotect(at, PAGE, WRITABLE)));
	}
}

static void populated_is_resident(void)
{
	int fd = make_file("file", 8 * PAGE, 3, O_RDONLY);
	unsigned char pages[8] = { 0 };
	void *at = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);

	answer("mincore: %s", said(mincore(at, 8 * PAGE, pages)));
	for (size_t i = 0; i < 8; i++)
		pages[i] = pages[i] & 1 ? 'r' : '-';
	answer("%.8s", (const char *)pages);
}

const struct conform_case conform_fixed[] = {
	{ "over-anonymous", over_anonymous, NULL },
	{ "over-another", over_another, NULL },
	{ "over-private", over_private, NULL },
	{ "over-itself", over_itself, NULL },
	{ "beside", beside, NULL },
	{ "into-a-hole", into_a_hole, NULL },
	{ "past-the-end", past_the_end, NULL },
	{ "replaced-by-others", replaced_by_others, NULL },
	{ "hints", hints, NULL },
	{ "low", low, NULL },
	{ "ways-to-fill", ways_to_fill, NULL },
	{ "populated-is-resident", populated_is_resident, NULL },
	{ 0 },
};
