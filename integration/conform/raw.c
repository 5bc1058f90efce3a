/* SPDX-License-Identifier: MIT */
/*
 * Conformance: raw system calls, which a preloaded library does not see, replace, move or protect
 * ranges.
 */
#include "conform.h"

#include <sys/syscall.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static int file;

/* Maps four pages of letters, with one free page on each side. */
static char *map_letters(void)
{
	file = make_letters("file", 4, O_RDONLY);
	return map_shared_at((char *)reserve(6) + PAGE, file, 4 * PAGE, 0);
}

static int raw_munmap(void *at, size_t length)
{
	return (int)syscall(SYS_munmap, at, length);
}

static void *raw_mmap(void *at, size_t length, int prot, int flags, int fd)
{
	return (void *)syscall(SYS_mmap, at, length, prot, flags | MAP_FIXED, fd, 0);
}

static void *raw_mremap(void *at, size_t length, void *to)
{
	return (void *)syscall(SYS_mremap, at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

static void say_writable(const char *what, char *at, size_t pages)
{
	answer("%s, made writable: %s", what, said(mprotect(at, pages * PAGE, READ_WRITE)));
}

static void unmapped(void)
{
	char *at = map_letters();

	MUST(raw_munmap(at + PAGE, PAGE) == 0);
	answer("sees %s", view(at, 4));
	say_writable("the hole", at + PAGE, 1);
	say_writable("the hole and what follows", at + PAGE, 2);
	MUST(mmap(at + PAGE, PAGE, PROT_READ, ANONYMOUS, -1, 0) == at + PAGE);
	answer("mapped again: %s", view(at, 4));
	say_writable("that", at + PAGE, 1);
	say_writable("from there to the end", at + PAGE, 3);
	say_writable("all", at, 4);
	answer("written: %s", view_writable(at, 4));
	answer("unmapped: %s", said(munmap(at, 4 * PAGE)));
	answer("sees %s", view(at, 4));
}

static void replaced(void)
{
	char *at = map_letters();

	MUST(raw_mmap(at + PAGE, 2 * PAGE, PROT_READ, ANONYMOUS, -1) == at + PAGE);
	answer("sees %s", view(at, 4));
	say_writable("a replaced page", at + PAGE, 1);
	answer("written: %s", view_writable(at, 4));
	say_writable("both", at + PAGE, 2);
	answer("written: %s", view_writable(at, 4));
	say_writable("one of the file's before", at, 2);
	say_writable("one of the file's behind", at + 2 * PAGE, 2);
	answer("written: %s", view_writable(at, 4));
	MUST(raw_mmap(at, 4 * PAGE, PROT_READ, ANONYMOUS, -1) == at);
	say_writable("when all is replaced, all", at, 4);
	answer("written: %s", view_writable(at, 4));
}

static void replaced_by_another_file(void)
{
	char *at = map_letters();
	int other = make_file("other", 2 * PAGE, 3, O_RDONLY);

	MUST(raw_mmap(at + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE, other) == at + PAGE);
	answer("another file: %s", compare(at + PAGE, 0, 2 * PAGE, 3));
	say_writable("its private mapping", at + PAGE, 2);
	answer("written: %s", view_writable(at, 4));
	say_writable("all", at, 4);
}

/* A memory file of the program, shared and then writable, as an allocator may do. */
static void replaced_by_memory(void)
{
	char *at = map_letters();
	int memory = memfd_create("program's", MFD_CLOEXEC);

	MUST(memory >= 0 && ftruncate(memory, 2 * PAGE) == 0);
	MUST(raw_mmap(at + PAGE, 2 * PAGE, PROT_READ, MAP_SHARED, memory) == at + PAGE);
	say_writable("its memory", at + PAGE, 2);
	answer("written: %s", view_writable(at, 4));
	say_writable("all", at, 4);
}

/* Such a mapping differs from one of privmap only by its address. */
static void replaced_by_itself(void)
{
	char *at = map_letters();

	MUST(raw_mmap(at + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE, file) == at + PAGE);
	answer("%s", said(mprotect(at + PAGE, 2 * PAGE, READ_WRITE)));
}

static void moved_away(void)
{
	char *at = map_letters();
	char *to = reserve(4);

	MUST(raw_mremap(at + PAGE, 2 * PAGE, to + PAGE) == to + PAGE);
	answer("sees %s and %s", view(at, 4), view(to, 4));
	say_writable("where it was", at + PAGE, 2);
	MUST(mmap(at + PAGE, 2 * PAGE, PROT_READ, ANONYMOUS, -1, 0) == at + PAGE);
	say_writable("what is there now", at + PAGE, 2);
	say_writable("what stayed", at, 1);
	answer("sees %s and %s", view(at, 4), view(to, 4));
}

static void moved_here(void)
{
	char *at = map_letters();
	char *to = reserve(4);

	MUST(raw_mremap(at + PAGE, 2 * PAGE, to + PAGE) == to + PAGE);
	answer("%s", said(mprotect(to + PAGE, 2 * PAGE, READ_WRITE)));
}

static void protected(void)
{
	char *at = map_letters();

	answer("%s", said(syscall(SYS_mprotect, at, PAGE, READ_WRITE)));
}

static void inaccessible(void)
{
	char *at = map_letters();

	answer("raw PROT_NONE: %s", said(syscall(SYS_mprotect, at, 4 * PAGE, PROT_NONE)));
	answer("sees %s", view(at, 4));
	say_writable("all", at, 4);
	answer("PROT_READ: %s", said(mprotect(at, 4 * PAGE, PROT_READ)));
	answer("sees %s", view(at, 4));
	say_writable("a page", at + 2 * PAGE, 1);
}

/* Raw calls that do not change a range's file work as well. */
static void others(void)
{
	char *at = map_letters();

	answer("raw madvise: %s", said(syscall(SYS_madvise, at, 4 * PAGE, MADV_DONTNEED)));
	answer("sees %s", view(at, 4));
	answer("raw mlock: %s", said(syscall(SYS_mlock, at, 2 * PAGE)));
	answer("raw msync: %s", said(syscall(SYS_msync, at, 4 * PAGE, MS_SYNC)));
	answer("raw munmap of all: %s", said(raw_munmap(at, 4 * PAGE)));
	answer("munmap after it: %s", said(munmap(at, 4 * PAGE)));
	say_writable("nothing", at, 4);
	at = map_shared_at(at, file, 4 * PAGE, 0);
	answer("mapped there again: %s", view(at, 4));
	say_writable("that", at, 4);
}

/* Many ranges, every other one replaced; the table stays correct. */
static void many(void)
{
	enum { COUNT = 100 };
	char *at = reserve(2 * COUNT);
	int fine = 0, denied = 0;

	file = make_letters("file", 4, O_RDONLY);
	for (size_t i = 0; i < COUNT; i++)
		map_shared_at(at + 2 * i * PAGE, file, 2 * PAGE, 0);
	for (size_t i = 0; i < COUNT; i += 2)
		MUST(raw_mmap(at + 2 * i * PAGE, 2 * PAGE, PROT_READ, ANONYMOUS, -1) ==
		     at + 2 * i * PAGE);
	for (size_t i = 0; i < COUNT; i++) {
		int got = mprotect(at + 2 * i * PAGE, 2 * PAGE, READ_WRITE);

		fine += i % 2 == 0 && got == 0;
		denied += i % 2 == 1 && got == -1 && errno == EACCES;
	}
	answer("replaced ones made writable: %d of 50, others denied: %d of 50", fine, denied);
}

const struct conform_case conform_raw[] = {
	{ "unmapped", unmapped, NULL },
	{ "replaced", replaced, NULL },
	{ "replaced-by-another-file", replaced_by_another_file, NULL },
	{ "replaced-by-memory", replaced_by_memory, NULL },
	{ "replaced-by-itself", replaced_by_itself, NULL },
	{ "moved-away", moved_away, NULL },
	{ "moved-here", moved_here, NULL },
	{ "protected", protected, NULL },
	{ "inaccessible", inaccessible, NULL },
	{ "others", others, NULL },
	{ "many", many, NULL },
	{ 0 },
};
