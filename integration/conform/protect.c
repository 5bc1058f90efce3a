/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mprotect and pkey_mprotect, of the whole, of parts, across neighbours; and their
 * changes when they fail.
 */
#include "conform.h"

#define WRITABLE (PROT_READ | PROT_WRITE)

/* Maps an anonymous page, full of LETTER, with PROT. */
static void put_anonymous(char *at, char letter, int prot)
{
	MUST(mmap(at, PAGE, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
	memset(at, letter, PAGE);
	MUST(mprotect(at, PAGE, prot) == 0);
}

static void whole(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDONLY), 3 * PAGE);

	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("W alone: %s", said(mprotect(at, 3 * PAGE, PROT_WRITE)));
	answer("+WX: %s", said(mprotect(at, 3 * PAGE, WRITABLE | PROT_EXEC)));
	answer("%s %s", view(at, 3), view_writable(at, 3));
	answer("none: %s", said(mprotect(at, 3 * PAGE, PROT_NONE)));
	answer("%s", view(at, 3));
	answer("+W from none: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("%s", view(at, 3));
	answer("read: %s", said(mprotect(at, 3 * PAGE, PROT_READ)));
	answer("%s", view(at, 3));
	answer("read, again: %s", said(mprotect(at, 3 * PAGE, PROT_READ)));
	answer("%s", poke(at));
}

static void parts(void)
{
	char *at = map_shared(make_letters("file", 5, O_RDONLY), 5 * PAGE);

	for (size_t first = 0; first < 5; first += 2)
		answer("+W of page %zu: %s", first,
		       said(mprotect(at + first * PAGE, PAGE, WRITABLE)));
	answer("+W of a byte: %s", said(mprotect(at + PAGE, 1, WRITABLE)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
	answer("none of page 2: %s", said(mprotect(at + 2 * PAGE, PAGE, PROT_NONE)));
	answer("%s", view(at, 5));
	answer("+W of 1 to 3: %s", said(mprotect(at + PAGE, 3 * PAGE, WRITABLE)));
	answer("%s", view(at, 5));
	answer("+W of page 2: %s", said(mprotect(at + 2 * PAGE, PAGE, WRITABLE)));
	answer("%s", view(at, 5));
	answer("read of all: %s", said(mprotect(at, 5 * PAGE, PROT_READ)));
	answer("%s", view(at, 5));
	answer("%s", view_writable(at, 5));
}

/* Anonymous pages before, after, on both sides: the call fails, with what it had done by then. */
static void across_neighbours(void)
{
	static const struct {
		const char *name;
		size_t first, count;
	} each[] = {
		{ "the page in front, too", 1, 2 },
		{ "the page behind, too", 3, 2 },
		{ "both", 1, 4 },
		{ "all", 0, 6 },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		int fd = make_letters("file", 2, O_RDONLY);
		char *at = reserve(6);

		put_anonymous(at, 'A', PROT_READ);
		put_anonymous(at + PAGE, 'B', PROT_READ);
		put_anonymous(at + 4 * PAGE, 'C', PROT_READ);
		put_anonymous(at + 5 * PAGE, 'D', PROT_READ);
		map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 0);
		answer("%s: %s", each[i].name,
		       said(mprotect(at + each[i].first * PAGE, each[i].count * PAGE, WRITABLE)));
		answer("%s %s", view(at, 6), view_writable(at, 6));
	}
}

/* A call on the neighbours alone works. */
static void beside(void)
{
	int fd = make_letters("file", 2, O_RDONLY);
	char *at = reserve(4);

	map_shared_at(at + PAGE, fd, 2 * PAGE, 0);
	answer("in front: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("behind: %s", said(mprotect(at + 3 * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
	answer("none of all: %s", said(mprotect(at, 4 * PAGE, PROT_NONE)));
	answer("%s", view(at, 4));
	answer("read of all: %s", said(mprotect(at, 4 * PAGE, PROT_READ)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

static void two_files(void)
{
	char *at = reserve(4);

	map_shared_at(at, make_letters("one", 2, O_RDONLY), 2 * PAGE, 0);
	map_shared_at(at + 2 * PAGE, make_letters("two", 4, O_RDONLY), 2 * PAGE, 2 * (off_t)PAGE);
	answer("+W: %s", said(mprotect(at, 4 * PAGE, WRITABLE)));
	answer("+W across: %s", said(mprotect(at + PAGE, 2 * PAGE, WRITABLE)));
	answer("none across: %s", said(mprotect(at + PAGE, 2 * PAGE, PROT_NONE)));
	answer("%s", view(at, 4));
	answer("read: %s", said(mprotect(at, 4 * PAGE, PROT_READ)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

static void over_holes(void)
{
	char *at = reserve(6);

	map_shared_at(at, make_letters("file", 6, O_RDONLY), 6 * PAGE, 0);
	MUST(munmap(at + 2 * PAGE, PAGE) == 0 && munmap(at + 5 * PAGE, PAGE) == 0);
	answer("+W: %s", said(mprotect(at, 6 * PAGE, WRITABLE)));
	answer("+W, hole first: %s", said(mprotect(at + 2 * PAGE, 2 * PAGE, WRITABLE)));
	answer("+W of the hole: %s", said(mprotect(at + 2 * PAGE, PAGE, WRITABLE)));
	answer("none: %s", said(mprotect(at, 6 * PAGE, PROT_NONE)));
	answer("%s", view(at, 6));
	answer("none, hole last: %s", said(mprotect(at + 3 * PAGE, 3 * PAGE, PROT_NONE)));
	answer("%s", view(at, 6));
	answer("read, hole first: %s", said(mprotect(at + 2 * PAGE, 3 * PAGE, PROT_READ)));
	answer("%s", view(at, 6));
}

/* A hole after an anonymous page: which error comes first, and what was done by then. */
static void hole_or_denied(void)
{
	char *at = reserve(4);

	put_anonymous(at, 'A', PROT_READ);
	map_shared_at(at + 2 * PAGE, make_letters("file", 2, O_RDONLY), 2 * PAGE, 0);
	MUST(munmap(at + PAGE, PAGE) == 0);
	answer("+W: %s", said(mprotect(at, 4 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

static void bad_arguments(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDONLY), 3 * PAGE);

	answer("unaligned: %s", said(mprotect(at + 1, PAGE, WRITABLE)));
	answer("unaligned, read: %s", said(mprotect(at + 1, PAGE, PROT_READ)));
	answer("nothing: %s", said(mprotect(at, 0, WRITABLE)));
	answer("nothing, unaligned: %s", said(mprotect(at + 5, 0, WRITABLE)));
	answer("all: %s", said(mprotect(at, SIZE_MAX - PAGE + 1, WRITABLE)));
	answer("almost all: %s", said(mprotect(at, SIZE_MAX, WRITABLE)));
	answer("unknown bit: %s", said(mprotect(at, PAGE, WRITABLE | 0x1000)));
	answer("growsdown: %s", said(mprotect(at, PAGE, WRITABLE | PROT_GROWSDOWN)));
	answer("growsup: %s", said(mprotect(at, PAGE, WRITABLE | PROT_GROWSUP)));
	answer("both: %s", said(mprotect(at, PAGE, WRITABLE | PROT_GROWSDOWN | PROT_GROWSUP)));
	answer("growsdown, read: %s", said(mprotect(at, PAGE, PROT_READ | PROT_GROWSDOWN)));
	answer("kernel half: %s",
	       said(mprotect((void *)UINT64_C(0xffff800000000000), PAGE, WRITABLE)));
	answer("%s %s", view(at, 3), view_writable(at, 3));
}

static void pkey(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDONLY), 3 * PAGE);

	answer("+W: %s", said(pkey_mprotect(at, 3 * PAGE, WRITABLE, -1)));
	answer("+W of one: %s", said(pkey_mprotect(at + PAGE, PAGE, WRITABLE, -1)));
	answer("none: %s", said(pkey_mprotect(at + PAGE, PAGE, PROT_NONE, -1)));
	answer("%s", view(at, 3));
	answer("read: %s", said(pkey_mprotect(at, 3 * PAGE, PROT_READ, -1)));
	answer("key 0: %s", said(pkey_mprotect(at, 3 * PAGE, PROT_READ, 0)));
	answer("key 0, +W: %s", said(pkey_mprotect(at, 3 * PAGE, WRITABLE, 0)));
	answer("no such key: %s", said(pkey_mprotect(at, 3 * PAGE, PROT_READ, 99)));
	answer("no such key, +W: %s", said(pkey_mprotect(at, 3 * PAGE, WRITABLE, 99)));
	answer("key -2, +W: %s", said(pkey_mprotect(at, 3 * PAGE, WRITABLE, -2)));
	answer("nothing, no such key: %s", said(pkey_mprotect(at, 0, WRITABLE, 99)));
	answer("unaligned: %s", said(pkey_mprotect(at + 1, PAGE, WRITABLE, -1)));
	answer("%s %s", view(at, 3), view_writable(at, 3));
}

/* A new key removes and restores reading, if the processor has keys. */
static void pkey_allocated(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDONLY), 3 * PAGE);
	int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);

	if (key < 0) {
		answer("no keys here");
		return;
	}
	answer("middle: %s", said(pkey_mprotect(at + PAGE, PAGE, PROT_READ, key)));
	answer("%s", view(at, 3));
	answer("+W: %s", said(pkey_mprotect(at + PAGE, PAGE, WRITABLE, key)));
	answer("allowed: %s", said(pkey_set(key, 0)));
	answer("%s", view(at, 3));
	answer("back: %s", said(pkey_mprotect(at, 3 * PAGE, PROT_READ, 0)));
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 3), view_writable(at, 3));
}

/* A mapping that replaced it is not ours, however it was made. */
static void replaced(void)
{
	char *at = map_shared_at(reserve(4), make_letters("file", 4, O_RDONLY), 4 * PAGE, 0);

	put_anonymous(at + PAGE, 'A', PROT_READ);
	answer("+W of the new: %s", said(mprotect(at + PAGE, PAGE, WRITABLE)));
	answer("+W of the old: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("+W of both: %s", said(mprotect(at + PAGE, 2 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
	MUST(munmap(at, 4 * PAGE) == 0);
	put_anonymous(at, 'A', PROT_READ);
	put_anonymous(at + 3 * PAGE, 'D', PROT_READ);
	answer("+W after munmap: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("+W after munmap: %s", said(mprotect(at + 3 * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

/* The file is writable, but the mapping is read-only. The answers differ between modes. */
static void of_a_writable_file(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDWR), 3 * PAGE);

	answer("%s", said(mprotect(at, 3 * PAGE, WRITABLE)));
}

static void of_a_writable_file_otherwise(void)
{
	char *at = map_shared(make_letters("file", 3, O_RDWR), 3 * PAGE);

	answer("none: %s", said(mprotect(at + PAGE, PAGE, PROT_NONE)));
	answer("%s", view(at, 3));
	answer("read: %s", said(mprotect(at, 3 * PAGE, PROT_READ)));
	answer("%s", view(at, 3));
	answer("+X: %s", said(mprotect(at, PAGE, PROT_READ | PROT_EXEC)));
	answer("%s %s", view(at, 3), view_writable(at, 3));
}

const struct conform_case conform_protect[] = {
	{ "whole", whole, NULL },
	{ "parts", parts, NULL },
	{ "across-neighbours", across_neighbours, NULL },
	{ "beside", beside, NULL },
	{ "two-files", two_files, NULL },
	{ "over-holes", over_holes, NULL },
	{ "hole-or-denied", hole_or_denied, NULL },
	{ "bad-arguments", bad_arguments, NULL },
	{ "pkey", pkey, NULL },
	{ "pkey-allocated", pkey_allocated, NULL },
	{ "replaced", replaced, NULL },
	{ "of-a-writable-file", of_a_writable_file, NULL },
	{ "of-a-writable-file-otherwise", of_a_writable_file_otherwise, NULL },
	{ 0 },
};
