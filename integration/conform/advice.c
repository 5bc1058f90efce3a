/* SPDX-License-Identifier: MIT */
/*
 * Conformance: advice and questions. madvise, mincore, msync, remap_file_pages: the answer, and
 * what the mapping shows afterwards.
 */
#include "conform.h"

#include <sys/wait.h>

#define WRITABLE (PROT_READ | PROT_WRITE)

#define ADVICE(name, number)                                                                       \
	{                                                                                          \
#name, number                                                                      \
	}
/* Numbers, because not every libc has all names. Without those that poison the machine's memory. */
static const struct advice {
	const char *name;
	int number;
} all_advice[] = {
	ADVICE(NORMAL, 0),	     ADVICE(RANDOM, 1),		ADVICE(SEQUENTIAL, 2),
	ADVICE(WILLNEED, 3),	     ADVICE(DONTNEED, 4),	ADVICE(FREE, 8),
	ADVICE(REMOVE, 9),	     ADVICE(DONTFORK, 10),	ADVICE(DOFORK, 11),
	ADVICE(MERGEABLE, 12),	     ADVICE(UNMERGEABLE, 13),	ADVICE(HUGEPAGE, 14),
	ADVICE(NOHUGEPAGE, 15),	     ADVICE(DONTDUMP, 16),	ADVICE(DODUMP, 17),
	ADVICE(WIPEONFORK, 18),	     ADVICE(KEEPONFORK, 19),	ADVICE(COLD, 20),
	ADVICE(PAGEOUT, 21),	     ADVICE(POPULATE_READ, 22), ADVICE(POPULATE_WRITE, 23),
	ADVICE(DONTNEED_LOCKED, 24), { "unknown 99", 99 },	{ "unknown -1", -1 },
};
enum { ADVICES = sizeof(all_advice) / sizeof(all_advice[0]) };

static void each(void)
{
	int fd = make_letters("file", 4, O_RDONLY);

	for (size_t i = 0; i < ADVICES; i++) {
		char *at = map_shared(fd, 4 * PAGE);

		answer("%s: %s", all_advice[i].name,
		       said(madvise(at, 4 * PAGE, all_advice[i].number)));
		answer("%s: of a part: %s", all_advice[i].name,
		       said(madvise(at + PAGE, 1, all_advice[i].number)));
		answer("%s", view(at, 4));
		answer("+W: %s", said(mprotect(at, 4 * PAGE, WRITABLE)));
		answer("%s %s", view(at, 4), view_writable(at, 4));
		MUST(munmap(at, 4 * PAGE) == 0);
	}
}

/* Past the file's end, unaligned, over a hole, and on unreadable memory. */
static void each_elsewhere(void)
{
	int fd = make_letters("file", 3, O_RDONLY);

	for (size_t i = 0; i < ADVICES; i++) {
		int number = all_advice[i].number;
		const char *name = all_advice[i].name;
		char *at = map_shared_at(reserve(6), fd, 5 * PAGE, 0);

		answer("%s: past the end: %s", name, said(madvise(at, 5 * PAGE, number)));
		answer("%s: unaligned: %s", name, said(madvise(at + 1, PAGE, number)));
		answer("%s: nothing: %s", name, said(madvise(at, 0, number)));
		answer("%s: too long: %s", name, said(madvise(at, SIZE_MAX, number)));
		MUST(munmap(at + PAGE, PAGE) == 0);
		answer("%s: a hole: %s", name, said(madvise(at, 3 * PAGE, number)));
		MUST(mprotect(at, PAGE, PROT_NONE) == 0);
		answer("%s: not readable: %s", name, said(madvise(at, PAGE, number)));
		answer("%s", view(at, 6));
		MUST(munmap(at, 6 * PAGE) == 0);
	}
}

/* Dropped pages are read again, from the file. */
static void dontneed(void)
{
	int fd = make_file("file", 64 * PAGE + 9, 2, O_RDONLY);
	char *at = map_shared(fd, 65 * PAGE);

	answer("%s", compare(at, 0, 64 * PAGE + 9, 2));
	for (int i = 0; i < 3; i++) {
		answer("DONTNEED: %s", said(madvise(at, 65 * PAGE, MADV_DONTNEED)));
		answer("%s", compare(at, 0, 64 * PAGE + 9, 2));
		answer("of a part: %s", said(madvise(at + 7 * PAGE, 5 * PAGE, MADV_DONTNEED)));
		answer("%s", compare(at, 0, 64 * PAGE + 9, 2));
		answer("tail: %s", peek(at + 65 * PAGE - 1));
	}
	answer("posix_madvise: %s", errno_word(posix_madvise(at, 65 * PAGE, POSIX_MADV_DONTNEED)));
	answer("posix_madvise, unaligned: %s",
	       errno_word(posix_madvise(at + 1, 65 * PAGE, POSIX_MADV_WILLNEED)));
	answer("%s", compare(at, 0, 64 * PAGE + 9, 2));
}

static void forked(const char *name, char *at, size_t count)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		answer("%s: in the child %s", name, view(at, count));
		for (size_t i = 0; i < count; i++)
			answer("+W of page %zu: %s", i,
			       said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
		_exit(0);
	}
	MUST(child > 0 && waitpid(child, &status, 0) == child);
	answer("%s", ended(status));
	answer("%s", view(at, count));
}

static void dontfork(void)
{
	char *at = map_shared(make_letters("file", 5, O_RDONLY), 5 * PAGE);

	MUST(madvise(at + PAGE, 2 * PAGE, MADV_DONTFORK) == 0);
	forked("part", at, 5);
	MUST(madvise(at, 5 * PAGE, MADV_DONTFORK) == 0);
	forked("all", at, 5);
	MUST(madvise(at, 5 * PAGE, MADV_DOFORK) == 0);
	forked("none", at, 5);
}

/* The advice for one mapping does not apply to the next one of the same part. */
static void dontfork_of_one(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *one = map_shared_at(reserve(3), fd, 3 * PAGE, 0), *two;

	MUST(madvise(one, 3 * PAGE, MADV_DONTFORK) == 0);
	two = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	forked("one", one, 3);
	forked("two", two, 3);
}

static void remove_of_a_writable_file(void)
{
	int fd = make_letters("file", 3, O_RDWR);
	char *at = map_shared(fd, 3 * PAGE);
	char byte;

	const char *result = said(madvise(at + PAGE, PAGE, MADV_REMOVE));

	MUST(pread(fd, &byte, 1, (off_t)PAGE) == 1);
	answer("%s, the file %s", result, byte ? "is unchanged" : "has a hole");
	MUST(strcmp(view(at, 3), byte ? "abc" : "a0c") == 0);
}

/* Advice that removes nothing from the file, though the descriptor is writable. */
static void of_a_writable_file(void)
{
	int fd = make_letters("file", 3, O_RDWR);

	for (size_t i = 0; i < ADVICES; i++) {
		char *at = map_shared(fd, 3 * PAGE);

		if (all_advice[i].number == MADV_REMOVE)
			continue;
		answer("%s: %s", all_advice[i].name,
		       said(madvise(at, 3 * PAGE, all_advice[i].number)));
		answer("%s", view(at, 3));
		MUST(munmap(at, 3 * PAGE) == 0);
	}
}

/* Guards go into the page table, whatever is mapped. By number; since Linux 6.15. */
static void guards(void)
{
	enum { GUARD_INSTALL = 102, GUARD_REMOVE = 103 };
	char *at = map_shared(make_letters("file", 3, O_RDONLY), 3 * PAGE);

	answer("install: %s", said(madvise(at + PAGE, PAGE, GUARD_INSTALL)));
	answer("%s", view(at, 3));
	answer("DONTNEED: %s", said(madvise(at, 3 * PAGE, MADV_DONTNEED)));
	answer("%s", view(at, 3));
	answer("remove: %s", said(madvise(at, 3 * PAGE, GUARD_REMOVE)));
	answer("%s", view(at, 3));
}

/* Only for pages that it has read: others may be in memory or not. */
static void resident(void)
{
	char *at = map_shared_at(reserve(6), make_letters("file", 5, O_RDONLY), 5 * PAGE, 0);
	unsigned char pages[8] = { 0 };

	answer("%s", view(at, 5));
	answer("mincore: %s", said(mincore(at, 5 * PAGE, pages)));
	for (size_t i = 0; i < 5; i++)
		pages[i] = pages[i] & 1 ? 'r' : '-';
	answer("%.5s", (const char *)pages);
	answer("a byte: %s", said(mincore(at + PAGE, 1, pages)));
	answer("nothing: %s", said(mincore(at, 0, pages)));
	answer("unaligned: %s", said(mincore(at + 1, PAGE, pages)));
	answer("no vector: %s", said(mincore(at, PAGE, NULL)));
	answer("too long: %s", said(mincore(at, SIZE_MAX, pages)));
	answer("the answer into it: %s", said(mincore(at, PAGE, (unsigned char *)at)));
	MUST(munmap(at + PAGE, PAGE) == 0);
	answer("a hole: %s", said(mincore(at, 3 * PAGE, pages)));
}

static void msync_flags(void)
{
	static const struct {
		const char *name;
		int flags;
	} flags[] = {
		{ "SYNC", MS_SYNC },
		{ "ASYNC", MS_ASYNC },
		{ "INVALIDATE", MS_INVALIDATE },
		{ "SYNC | INVALIDATE", MS_SYNC | MS_INVALIDATE },
		{ "ASYNC | INVALIDATE", MS_ASYNC | MS_INVALIDATE },
		{ "SYNC | ASYNC", MS_SYNC | MS_ASYNC },
		{ "0", 0 },
		{ "unknown 8", 8 },
	};
	int open_flags[] = { O_RDONLY, O_RDWR };

	for (int way = 0; way < 2; way++) {
		int fd = make_letters("file", 4, open_flags[way]);
		char *at = map_shared_at(reserve(4), fd, 4 * PAGE, 0);

		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
			answer("%s: %s", flags[i].name, said(msync(at, 4 * PAGE, flags[i].flags)));
			answer("%s", view(at, 4));
		}
		answer("unaligned: %s", said(msync(at + 1, PAGE, MS_SYNC)));
		answer("nothing: %s", said(msync(at, 0, MS_SYNC)));
		answer("too long: %s", said(msync(at, SIZE_MAX, MS_SYNC)));
		MUST(mlock(at, PAGE) == 0);
		answer("locked, INVALIDATE: %s", said(msync(at, PAGE, MS_INVALIDATE)));
		answer("locked, SYNC: %s", said(msync(at, PAGE, MS_SYNC)));
		MUST(munmap(at + PAGE, PAGE) == 0);
		answer("a hole: %s", said(msync(at, 4 * PAGE, MS_SYNC)));
		answer("a hole, ASYNC: %s", said(msync(at, 4 * PAGE, MS_ASYNC)));
		answer("%s", view(at, 4));
	}
}

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void file_pages(void)
{
	char *at = map_shared(make_letters("file", 4, O_RDONLY), 4 * PAGE);

	answer("%s", said(remap_file_pages(at, PAGE, 0, 3, 0)));
	answer("unaligned: %s", said(remap_file_pages(at + 1, PAGE, 0, 3, 0)));
	answer("+W: %s", said(remap_file_pages(at, PAGE, WRITABLE, 3, 0)));
	answer("nothing: %s", said(remap_file_pages(at, 0, 0, 3, 0)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

static void file_pages_of_a_writable_file(void)
{
	char *at = map_shared(make_letters("file", 4, O_RDWR), 4 * PAGE);

	answer("%s", said(remap_file_pages(at, PAGE, 0, 3, 0)));
	MUST(at[PAGE] == 'b');
}

const struct conform_case conform_advice[] = {
	{ "each", each, NULL },
	{ "each-elsewhere", each_elsewhere, NULL },
	{ "dontneed", dontneed, NULL },
	{ "dontfork", dontfork, NULL },
	{ "dontfork-of-one", dontfork_of_one, NULL },
	{ "remove-of-a-writable-file", remove_of_a_writable_file, NULL },
	{ "of-a-writable-file", of_a_writable_file, NULL },
	{ "guards", guards, NULL },
	{ "resident", resident, NULL },
	{ "msync", msync_flags, NULL },
	{ "file-pages", file_pages, NULL },
	{ "file-pages-of-a-writable-file", file_pages_of_a_writable_file, NULL },
	{ 0 },
};
