/* SPDX-License-Identifier: MIT */
/*
 * Conformance: munmap in every form, and what may be mapped at an unmapped place.
 */
#include "conform.h"

#define WRITABLE (PROT_READ | PROT_WRITE)

static char *five_letters(int open_flags)
{
	return map_shared_at(reserve(5), make_letters("file", 5, open_flags), 5 * PAGE, 0);
}

static void part(const char *name, size_t first, size_t count)
{
	char *at = five_letters(O_RDONLY);

	answer("%s: %s", name, said(munmap(at + first * PAGE, count * PAGE)));
	answer("%s", view(at, 5));
	fill(at + first * PAGE, count);
	answer("%s", view(at, 5));
	for (size_t i = 0; i < 5; i++)
		if (i < first || i >= first + count)
			answer("+W of page %zu: %s", i,
			       said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
	answer("%s", view_writable(at, 5));
	answer("all: %s", said(munmap(at, 5 * PAGE)));
	answer("%s", view(at, 5));
	at = map_shared_at(at, open("file", O_RDONLY | O_CLOEXEC), 5 * PAGE, 0);
	answer("again: %s", said(munmap(at + first * PAGE, count * PAGE)));
	fill_with_file(at + first * PAGE, count, (off_t)(first * PAGE));
	answer("%s %s", view(at, 5), view_writable(at, 5));
}

static void whole(void)
{
	part("whole", 0, 5);
}

static void head(void)
{
	part("head", 0, 2);
}

static void tail(void)
{
	part("tail", 3, 2);
}

static void middle(void)
{
	part("middle", 1, 3);
}

static void page_by_page(void)
{
	static const size_t order[] = { 1, 3, 0, 4, 2 };
	char *at = five_letters(O_RDONLY);

	for (size_t i = 0; i < 5; i++) {
		answer("page %zu: %s", order[i], said(munmap(at + order[i] * PAGE, PAGE)));
		answer("%s", view(at, 5));
	}
}

static void several(void)
{
	int fd = make_letters("file", 6, O_RDONLY);
	char *at = reserve(10);

	map_shared_at(at + PAGE, fd, 3 * PAGE, 0);
	map_shared_at(at + 4 * PAGE, fd, 2 * PAGE, 3 * (off_t)PAGE);
	map_shared_at(at + 7 * PAGE, fd, 2 * PAGE, (off_t)PAGE);
	answer("%s", view(at, 10));
	answer("across two: %s", said(munmap(at + 3 * PAGE, 2 * PAGE)));
	answer("%s", view(at, 10));
	answer("across what is left: %s", said(munmap(at + 2 * PAGE, 6 * PAGE)));
	answer("%s", view(at, 10));
	fill(at + 2 * PAGE, 6);
	answer("+W in front: %s", said(mprotect(at + PAGE, PAGE, WRITABLE)));
	answer("+W behind: %s", said(mprotect(at + 8 * PAGE, PAGE, WRITABLE)));
	answer("all: %s", said(munmap(at, 10 * PAGE)));
	answer("%s", view(at, 10));
}

static void bad_arguments(void)
{
	char *at = five_letters(O_RDONLY);

	answer("nothing: %s", said(munmap(at, 0)));
	answer("unaligned: %s", said(munmap(at + 1, PAGE)));
	answer("unaligned, to a page's end: %s", said(munmap(at + 100, PAGE - 100)));
	answer("unaligned, two pages: %s", said(munmap(at + 1, 2 * PAGE)));
	answer("+W of the second: %s", said(mprotect(at + PAGE, PAGE, WRITABLE)));
	answer("to the end of all: %s", said(munmap(at, SIZE_MAX - PAGE + 1)));
	answer("almost all: %s", said(munmap(at, SIZE_MAX)));
	answer("kernel half: %s", said(munmap((void *)UINT64_C(0xffff800000000000), PAGE)));
	answer("%s", view(at, 5));
	answer("a byte: %s", said(munmap(at + 4 * PAGE, 1)));
	answer("a page and a byte: %s", said(munmap(at, PAGE + 1)));
	answer("%s", view(at, 5));
	answer("again: %s", said(munmap(at, 2 * PAGE)));
	answer("+W: %s", said(mprotect(at + 2 * PAGE, 2 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
}

/* SQLite does this when its file has shrunk: the end of a mapping, past the end of file or not. */
static void past_the_end_of_file(void)
{
	char *at = map_shared_at(reserve(8), make_letters("file", 3, O_RDONLY), 8 * PAGE, 0);

	answer("%s", view(at, 8));
	answer("tail: %s", said(munmap(at + 6 * PAGE, 2 * PAGE)));
	answer("over the end of file: %s", said(munmap(at + 2 * PAGE, 2 * PAGE)));
	answer("%s", view(at, 8));
	fill(at + 2 * PAGE, 2);
	answer("%s", view(at, 8));
}

static void again_and_again(void)
{
	int fd = make_letters("file", 5, O_RDONLY);
	char *at = reserve(5);

	for (int i = 0; i < 300; i++) {
		off_t first = i % 4;
		char want[2] = { (char)('a' + first), 0 };

		map_shared_at(at, fd, 2 * PAGE, first * (off_t)PAGE);
		MUST(strcmp(view(at, 1), want) == 0);
		MUST(mprotect(at, 2 * PAGE, WRITABLE) == -1 && errno == EACCES);
		MUST(munmap(at, 2 * PAGE) == 0);
		MUST(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		     at);
		MUST(mprotect(at, PAGE, WRITABLE) == 0);
	}
	answer("300 rounds");
}

/* Far more than exist at once, at the kernel's choice; some stay. */
static void many_come_and_go(void)
{
	enum { KEPT = 20 };
	int fd = make_letters("file", 5, O_RDONLY);
	char *kept[KEPT];

	for (int i = 0; i < 1000; i++) {
		char *at = map_shared(fd, 3 * PAGE);

		if (i % 50 == 0)
			kept[i / 50] = at;
		else if (i % 3 == 0)
			MUST(munmap(at, PAGE) == 0 && munmap(at + PAGE, 2 * PAGE) == 0);
		else
			MUST(munmap(at, 3 * PAGE) == 0);
	}
	for (int i = 0; i < KEPT; i++)
		MUST(mprotect(kept[i], 3 * PAGE, WRITABLE) == -1 && errno == EACCES);
	answer("%s", view(kept[0], 3));
}

const struct conform_case conform_unmap[] = {
	{ "whole", whole, NULL },
	{ "head", head, NULL },
	{ "tail", tail, NULL },
	{ "middle", middle, NULL },
	{ "page-by-page", page_by_page, NULL },
	{ "several", several, NULL },
	{ "bad-arguments", bad_arguments, NULL },
	{ "past-the-end-of-file", past_the_end_of_file, NULL },
	{ "again-and-again", again_and_again, NULL },
	{ "many-come-and-go", many_come_and_go, NULL },
	{ 0 },
};
