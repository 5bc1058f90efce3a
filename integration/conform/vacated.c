/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mappings at the former place of a shared one; most are private mappings of the same
 * file, which may be written.
 */
#include "conform.h"

#include "children.h"

#include <sys/syscall.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)

static const char *where(const char *got, const char *hint)
{
	if (got == MAP_FAILED)
		return errno_word(errno);
	return got == hint ? "there" : "elsewhere";
}

/* The address is only a hint. */
static void hint_where_it_was(void)
{
	int fd = make_letters("file", 5, O_RDONLY);
	char *at = map_shared(fd, 5 * PAGE), *got;

	answer("munmap: %s", said(munmap(at + PAGE, 4 * PAGE)));
	got = mmap(at + 2 * PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * (off_t)PAGE);
	answer("by a hint: %s", where(got, at + 2 * PAGE));
	answer("+W: %s", said(mprotect(got, 2 * PAGE, WRITABLE)));
	answer("+W of what is left: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
	got = mmap(at + PAGE + 100, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);
	answer("by a hint in the page: %s", where(got, at + PAGE));
	answer("+W: %s", said(mprotect(got, PAGE, WRITABLE)));
	got = mmap(at, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	answer("where something is: %s", got == at ? "there" : "elsewhere");
	answer("+W: %s", said(mprotect(got, PAGE, WRITABLE)));
	answer("+W of what was there: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("%s %s", view(at, 4), view_writable(at, 4));
}

/* --- a hole stays free for the program --- */

enum { LONGER = 300 }; /* pages: longer than any hole */

static void map_beside(void *argument)
{
	const size_t *pages = argument;
	const size_t size = *pages * PAGE;
	char *room = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *hole = room + PAGE, *at;
	int fd = open("file", O_RDONLY);

	MUST(room != MAP_FAILED && fd >= 0 && munmap(hole, size) == 0);
	at = map_shared(fd, LONGER * PAGE);
	answer("%zu pages: asked for: %s", *pages,
	       where(mmap(hole, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0),
		     hole));
	MUST(munmap(hole, size) == 0);
	answer("hinted at: %s",
	       where(mmap(hole, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), hole));
	MUST(munmap(hole, size) == 0 && munmap(at, LONGER * PAGE) == 0);
	at = map_shared(fd, LONGER * PAGE);
	answer("after another mapping: %s, %s",
	       where(mmap(hole, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0),
		     hole),
	       compare(at, 0, LONGER * PAGE, 3));
}

/* Each runs in a process that has mapped nothing before. */
static void hole_of_the_program(void)
{
	static const size_t sizes[] = { 1, 2, 3, 16, 17, 64, 256, 272 };

	close(make_file("file", LONGER * PAGE, 3, O_RDONLY));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		answer("%s", in_child(map_beside, (void *)&sizes[i]));
}

/* A shared mapping comes back to its old place. */
static void shared_where_it_was(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *at = map_shared(fd, 3 * PAGE), *got;

	MUST(munmap(at, 3 * PAGE) == 0);
	got = mmap(at, 3 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	answer("%s", where(got, at));
	answer("+W: %s", said(mprotect(got, 3 * PAGE, WRITABLE)));
	answer("%s %s", view(got, 3), view_writable(got, 3));
	answer("munmap: %s", said(munmap(got, 3 * PAGE)));
	got = mmap(at, 3 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	answer("+W: %s", said(mprotect(got, 3 * PAGE, WRITABLE)));
	answer("%s", view_writable(got, 3));
}

/* The neighbour grows into it. */
static void grown_where_it_was(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = map_shared(fd, 4 * PAGE), *got;

	MUST(munmap(at, 4 * PAGE) == 0);
	got = mmap(at, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	answer("by a hint: %s", where(got, at));
	answer("grown: %s", where(mremap(got, PAGE, 4 * PAGE, 0), got));
	answer("+W: %s", said(mprotect(got, 4 * PAGE, WRITABLE)));
	answer("%s %s", view(got, 4), view_writable(got, 4));
}

/* libc passes an address only together with MREMAP_FIXED. */
static void not_unmapped_where_it_was(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *from = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	char *at = map_shared(fd, 4 * PAGE), *got;

	MUST(munmap(at, 4 * PAGE) == 0);
	got = (char *)syscall(SYS_mremap, from, 2 * PAGE, 2 * PAGE,
			      MREMAP_MAYMOVE | MREMAP_DONTUNMAP, at + PAGE);
	answer("by a hint: %s", where(got, at + PAGE));
	answer("+W: %s", said(mprotect(got, 2 * PAGE, WRITABLE)));
	answer("%s %s", view(got, 2), view_writable(got, 2));
}

static void moved_where_it_was(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *from = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	char *at = map_shared(fd, 4 * PAGE), *got;

	MUST(munmap(at, 4 * PAGE) == 0);
	got = mremap(from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE);
	answer("%s", where(got, at + PAGE));
	answer("+W: %s", said(mprotect(got, 2 * PAGE, WRITABLE)));
	answer("%s %s", view(got, 2), view_writable(got, 2));
}

const struct conform_case conform_vacated[] = {
	{ "hint", hint_where_it_was, NULL },
	{ "hole", hole_of_the_program, NULL },
	{ "shared", shared_where_it_was, NULL },
	{ "grown", grown_where_it_was, NULL },
	{ "not-unmapped", not_unmapped_where_it_was, NULL },
	{ "moved", moved_where_it_was, NULL },
	{ 0 },
};
