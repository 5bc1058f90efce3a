/* SPDX-License-Identifier: MIT */
/*
 * Conformance: private mappings, which some places refuse, too. Writes to one stay private, and it
 * may become writable.
 */
#include "conform.h"

#include <sys/syscall.h>

#include "children.h"

#define WRITABLE (PROT_READ | PROT_WRITE)

/* Of the running case; each case has its own process. */
static int file;

static char *map_private_at(void *at, int fd, size_t count, size_t first, int prot)
{
	char *map = mmap(at, count * PAGE, prot, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd,
			 (off_t)(first * PAGE));

	MUST(map != MAP_FAILED);
	return map;
}

static char *map_private(int fd, size_t count, int prot)
{
	return map_private_at(NULL, fd, count, 0, prot);
}

/* Shows a new mapping, through a new open file. */
static const char *in_file(size_t count)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);
	char *at = map_private(fd, count, PROT_READ);
	const char *seen = view(at, count);

	close(fd);
	MUST(munmap(at, count * PAGE) == 0);
	return seen;
}

static void reads(void)
{
	static const size_t sizes[] = { 1, PAGE - 1, PAGE, PAGE + 1, 70 * PAGE + 5 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = make_file("file", sizes[i], (unsigned)i, O_RDONLY);
		unsigned char *at = mmap(NULL, sizes[i] + 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
		size_t end = (sizes[i] + PAGE - 1) / PAGE * PAGE;

		close(fd);
		MUST(unlink("file") == 0);
		answer("%zu bytes: %s", sizes[i], said_map(at));
		answer("%s, the last %s", compare(at, 0, sizes[i], (unsigned)i),
		       peek(at + sizes[i] - 1));
		answer("of the last page: %s, behind: %s", peek(at + end - 1), peek(at + end));
	}
}

static void at_an_offset(void)
{
	int fd = make_letters("file", 9, O_RDONLY);

	for (size_t first = 0; first < 9; first += 2) {
		char *at = map_private_at(NULL, fd, 3, first, WRITABLE);

		at[0] = 'W';
		answer("from page %zu: %s", first, view(at, 3));
	}
	answer("the file: %s", in_file(9));
}

static void writes(void)
{
	static const int opened[] = { O_RDONLY, O_RDWR };

	for (int i = 0; i < 2; i++) {
		int fd = make_letters("file", 3, opened[i]);
		char *at = map_private(fd, 3, WRITABLE), *other = map_private(fd, 3, PROT_READ);

		at[PAGE] = 'W';
		answer("%s, another %s, the file %s", view(at, 3), view(other, 3), in_file(3));
		answer("msync: %s", said(msync(at, 3 * PAGE, MS_SYNC)));
		MUST(munmap(at, 3 * PAGE) == 0);
		answer("the file %s", in_file(3));
		MUST(unlink("file") == 0);
	}
}

static void becomes_writable(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = map_private(fd, 4, PROT_READ);

	answer("before: %s", poke(at));
	answer("+W of the middle: %s", said(mprotect(at + PAGE, 2 * PAGE, WRITABLE)));
	at[PAGE] = 'W';
	answer("%s", view(at, 4));
	answer("behind: %s", poke(at + 3 * PAGE));
	answer("-W: %s", said(mprotect(at, 4 * PAGE, PROT_READ)));
	answer("%s", view(at, 4));
	answer("written to: %s", poke(at + PAGE));
	answer("none: %s", said(mprotect(at, PAGE, PROT_NONE)));
	answer("%s", view(at, 4));
	answer("raw +W: %s", said(syscall(SYS_mprotect, at, 4 * PAGE, WRITABLE)));
	answer("%s", view_writable(at, 4));
	answer("the file %s", in_file(4));
}

static void with_other_rights(void)
{
	static const int rights[] = { PROT_NONE, PROT_WRITE, WRITABLE };
	int fd = make_letters("file", 2, O_RDONLY);

	for (int i = 0; i < 3; i++) {
		char *at = mmap(NULL, 2 * PAGE, rights[i], MAP_PRIVATE, fd, 0);

		answer("%d: %s", rights[i], said_map(at));
		answer("written to: %s", poke(at));
		answer("then: %s", said(mprotect(at, PAGE, PROT_READ)));
		answer("%s", view(at, 1));
	}
	fd = open("file", O_WRONLY | O_CLOEXEC);
	answer("of a file opened to be written: %s",
	       said_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)));
	close(fd);
	answer("of a closed one: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)));
	fd = open(".", O_RDONLY | O_CLOEXEC);
	answer("of a directory: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)));
}

static void wrong(void)
{
	int fd = make_letters("file", 2, O_RDONLY);
	char *room = reserve(2);

	answer("nothing: %s", said_map(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0)));
	answer("offset: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1)));
	answer("far: %s",
	       said_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, INT64_MAX - (off_t)PAGE + 1)));
	answer("address: %s",
	       said_map(mmap(room + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0)));
	answer("taken: %s",
	       said_map(mmap(room, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0)));
	answer("no type: %s", said_map(mmap(NULL, PAGE, PROT_READ, 0, fd, 0)));
	answer("%s", view(room, 2));
}

static void at_a_place(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = reserve(8), *hinted;

	map_private_at(at + PAGE, fd, 4, 0, WRITABLE);
	at[PAGE] = 'W';
	answer("%s", view(at, 8));
	map_private_at(at + 3 * PAGE, fd, 2, 0, PROT_READ);
	answer("over itself: %s", view(at, 8));
	MUST(munmap(at + 2 * PAGE, 2 * PAGE) == 0);
	fill(at + 2 * PAGE, 2);
	answer("filled: %s", view(at, 8));
	map_private_at(at, fd, 4, 0, PROT_READ);
	answer("over all: %s, %s", view(at, 8), poke(at));
	answer("unmapped: %s", said(munmap(at + PAGE, 6 * PAGE)));
	hinted = mmap(at + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);
	answer("hint: %s, %s", hinted == at + PAGE ? "taken" : "not taken", view(hinted, 2));
	hinted = mmap(at + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);
	answer("free: %s, %s", hinted == at + 4 * PAGE ? "taken" : "not taken", view(at, 8));
}

static void unmapped(void)
{
	int fd = make_letters("file", 5, O_RDONLY);
	char *at = map_private_at(reserve(5), fd, 5, 0, WRITABLE);

	answer("head: %s", said(munmap(at, PAGE)));
	answer("middle: %s", said(munmap(at + 2 * PAGE, PAGE)));
	answer("%s", view(at, 5));
	fill(at + 2 * PAGE, 1);
	answer("%s", view_writable(at, 5));
	answer("all: %s", said(munmap(at, 5 * PAGE)));
	answer("%s", view(at, 5));
	for (int i = 0; i < 300; i++) {
		at = map_private(fd, 5, WRITABLE);
		at[0] = 'W';
		MUST(munmap(at, 5 * PAGE) == 0);
	}
	answer("the file %s", in_file(5));
}

static void moved(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = map_private_at(reserve(8), fd, 4, 0, WRITABLE);
	char *room = reserve(8), *to;

	at[PAGE] = 'W';
	answer("smaller: %s", said_map(mremap(at, 4 * PAGE, 3 * PAGE, 0)));
	answer("%s", view(at, 4));
	to = mremap(at, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	answer("moved: %s %s, left %s", said_map(to), view(room, 4), view(at, 4));
	answer("+W: %s", said(mprotect(room, 3 * PAGE, WRITABLE)));
	answer("%s", view_writable(room, 3));
	to = mremap(room, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 6 * PAGE);
	answer("a part: %s %s", said_map(to), view(room, 8));
	answer("a second time: %s", said_map(mremap(room + PAGE, 0, PAGE, MREMAP_MAYMOVE)));
	answer("the file %s", in_file(4));
}

/* Up to the file's end, which the mapping did not reach before. */
static void grown_in_its_pages(void)
{
	int fd = make_file("file", PAGE + 100, 7, O_RDONLY);
	char *at = map_private_at(reserve(4), fd, 2, 0, WRITABLE), *to;

	at[PAGE] = 'W';
	to = mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	answer("%s: %s, behind the end %s", said_map(to), peek(to + PAGE), peek(to + 2 * PAGE));
}

static void in_the_child(void *argument)
{
	char *at = argument;

	answer("child: %s", view(at, 3));
	at[0] = 'C';
	answer("writes: %s", view(at, 3));
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("unmaps: %s", said(munmap(at, 3 * PAGE)));
	at = map_private(open("file", O_RDONLY | O_CLOEXEC), 3, WRITABLE);
	at[2 * PAGE] = 'C';
	answer("maps anew: %s", view(at, 3));
}

static void forked(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *at = map_private(fd, 3, WRITABLE);

	at[PAGE] = 'P';
	answer("%s", in_child(in_the_child, at));
	answer("parent: %s, the file %s", view(at, 3), in_file(3));
}

static void *maps_and_writes(void *number)
{
	size_t right = 0;

	(void)number;
	for (int i = 0; i < 100; i++) {
		char *at = mmap(NULL, 3 * PAGE, WRITABLE, MAP_PRIVATE, file, 0);

		right += at != MAP_FAILED && memcmp(at + PAGE, "bbbb", 4) == 0;
		memset(at, 'W', 3 * PAGE);
		munmap(at, 3 * PAGE);
	}
	return (void *)right;
}

static void threaded(void)
{
	file = make_letters("file", 3, O_RDONLY);
	answer("right: %zu", in_threads(4, maps_and_writes));
	answer("the file %s", in_file(3));
}

static void advised(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *at = map_private(fd, 3, WRITABLE);

	memset(at, 'W', 3 * PAGE);
	answer("dropped: %s", said(madvise(at, 2 * PAGE, MADV_DONTNEED)));
	answer("%s", view(at, 3));
	answer("locked: %s", said(mlock(at, 3 * PAGE)));
	answer("removed: %s", said(madvise(at, PAGE, MADV_REMOVE)));
	at = mmap(NULL, 3 * PAGE, WRITABLE, MAP_PRIVATE | MAP_POPULATE | MAP_NORESERVE, fd, 0);
	answer("populated: %s", view(at, 3));
}

static int after_exec(int argc, char **argv)
{
	char *at = map_private(open("file", O_RDONLY | O_CLOEXEC), 3, WRITABLE);

	(void)argc, (void)argv;
	at[0] = 'E';
	answer("then %s, the file %s", view(at, 3), in_file(3));
	return 0;
}

static void executed(void)
{
	char *at = map_private(make_letters("file", 3, O_RDONLY), 3, WRITABLE);

	at[0] = 'W';
	exec_again(BY_FORK, "private.executed", "");
	exec_again(BY_VFORK, "private.executed", "");
	answer("before %s", view(at, 3));
}

const struct conform_case conform_private[] = {
	{ "reads", reads, NULL },
	{ "at-an-offset", at_an_offset, NULL },
	{ "writes", writes, NULL },
	{ "becomes-writable", becomes_writable, NULL },
	{ "with-other-rights", with_other_rights, NULL },
	{ "wrong", wrong, NULL },
	{ "at-a-place", at_a_place, NULL },
	{ "unmapped", unmapped, NULL },
	{ "moved", moved, NULL },
	{ "grown-in-its-pages", grown_in_its_pages, NULL },
	{ "forked", forked, NULL },
	{ "threaded", threaded, NULL },
	{ "advised", advised, NULL },
	{ "executed", executed, after_exec },
	{ 0 },
};
