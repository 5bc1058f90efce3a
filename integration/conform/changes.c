/* SPDX-License-Identifier: MIT */
/*
 * Conformance: files that change, grow, disappear or appear while they are mapped.
 */
#include "conform.h"

#include <sched.h>
#include <sys/mount.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)

/* Opens the name for writing, besides the descriptor that is mapped. */
static int writer_of(const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	MUST(fd >= 0);
	return fd;
}

/* Writes COUNT pages of LETTER at page FIRST. */
static void write_pages(int fd, size_t first, size_t count, char letter)
{
	static char page[PAGE];

	memset(page, letter, PAGE);
	for (size_t i = first; i < first + count; i++)
		MUST(pwrite(fd, page, PAGE, (off_t)(i * PAGE)) == (ssize_t)PAGE);
}

/* Shows a new mapping of PAGES pages, and unmaps it. */
static void say_new(const char *when, int fd, size_t pages)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	answer("%s, mapped anew: %s", when, said_map(at));
	if (at == MAP_FAILED)
		return;
	answer("%s, seen anew: %s", when, view(at, pages));
	MUST(munmap(at, pages * PAGE) == 0);
}

static void unlinked(void)
{
	int file = make_letters("file", 3, O_RDONLY);
	char *at = map_shared(file, 3 * PAGE);

	MUST(unlink("file") == 0);
	answer("unlinked: %s", view(at, 3));
	say_new("unlinked", file, 3);
	MUST(close(file) == 0);
	answer("closed: %s", view(at, 3));
	answer("writable: %s", said(mprotect(at, 3 * PAGE, READ_WRITE)));
	answer("unmapped: %s", said(munmap(at, 3 * PAGE)));
}

static void renamed(void)
{
	int file = make_letters("file", 3, O_RDONLY);
	char *at = map_shared(file, 3 * PAGE);

	MUST(mkdir("directory", 0755) == 0 && rename("file", "directory/other") == 0);
	answer("renamed: %s", view(at, 3));
	say_new("renamed", file, 3);
	MUST(rename("directory", "elsewhere") == 0);
	say_new("directory renamed", file, 3);
	answer("writable: %s", said(mprotect(at, 3 * PAGE, READ_WRITE)));
}

static void replaced(void)
{
	int file = make_letters("file", 2, O_RDONLY);
	char *at = map_shared(file, 2 * PAGE);
	int other = make_letters("other", 3, O_RDONLY);
	int now;

	MUST(rename("other", "file") == 0);
	now = open("file", O_RDONLY | O_CLOEXEC);
	MUST(now >= 0);
	answer("the old one: %s", view(at, 2));
	say_new("the old one", file, 2);
	say_new("the new one", now, 3);
	say_new("the new one, from before", other, 3);
}

static void hard_links(void)
{
	int first = make_letters("first", 3, O_RDONLY), second;
	char *at = map_shared(first, 3 * PAGE), *beside;

	MUST(link("first", "second") == 0);
	second = open("second", O_RDONLY | O_CLOEXEC);
	MUST(second >= 0);
	beside = map_shared(second, 3 * PAGE);
	MUST(unlink("first") == 0 && close(first) == 0);
	answer("by both names: %s %s", view(at, 3), view(beside, 3));
	answer("unmapped: %s", said(munmap(at, 3 * PAGE)));
	answer("by the other: %s", view(beside, 3));
	say_new("linked", second, 3);
}

/* --- changes of a mapped file: copies keep their bytes --- */

static void truncated(void)
{
	int file = make_letters("file", 3, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, 3 * PAGE);

	MUST(view(at, 3)[2] == 'c' && ftruncate(writer, PAGE) == 0);
	answer("%s", view(at, 3));
}

static void truncated_in_page(void)
{
	int file = make_letters("file", 1, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, PAGE);

	MUST(at[100] == 'a' && ftruncate(writer, 100) == 0);
	answer("%s", peek(at + 100));
}

static void growing(void)
{
	int file = make_letters("file", 1, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, 3 * PAGE);

	write_pages(writer, 1, 2, 'z');
	answer("%s", view(at, 3));
}

/* A mapping as long as the file, which grows after the file has grown. */
static void growing_remapped(void)
{
	int file = make_letters("file", 1, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, PAGE);

	write_pages(writer, 1, 2, 'z');
	at = mremap(at, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	answer("%s", at == MAP_FAILED ? errno_word(errno) : view(at, 3));
}

static void written(void)
{
	int file = make_letters("file", 3, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, 3 * PAGE);

	MUST(view(at, 2)[1] == 'b');
	write_pages(writer, 0, 1, 'x');
	write_pages(writer, 2, 1, 'y');
	answer("%s", view(at, 3));
}

static void punched(void)
{
	int file = make_letters("file", 3, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, 3 * PAGE);

	MUST(view(at, 3)[1] == 'b');
	MUST(fallocate(writer, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE) == 0);
	answer("%s", view(at, 3));
}

/* An old mapping may show old bytes, but may not become writable; a new one shows the new bytes. */
static void changed_anew(void)
{
	int file = make_letters("file", 3, O_RDONLY), writer = writer_of("file");
	char *at = map_shared(file, 3 * PAGE);

	write_pages(writer, 0, 1, 'x');
	say_new("written", file, 3);
	MUST(fallocate(writer, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE) == 0);
	say_new("punched", file, 3);
	MUST(fallocate(writer, 0, 3 * PAGE, PAGE) == 0);
	say_new("allocated", file, 5);
	write_pages(writer, 4, 1, 'z');
	say_new("grown", file, 6);
	MUST(ftruncate(writer, PAGE) == 0);
	say_new("truncated", file, 2);
	MUST(ftruncate(writer, 0) == 0);
	say_new("truncated to nothing", file, 1);
	MUST(ftruncate(writer, 2 * PAGE) == 0);
	say_new("and longer again", file, 3);
	answer("writable: %s", said(mprotect(at, 3 * PAGE, READ_WRITE)));
	answer("unmapped: %s", said(munmap(at, 3 * PAGE)));
}

/* Only new mappings: these are equal everywhere. */
static void truncated_between(void)
{
	int file = make_letters("file", 3, O_RDONLY), writer = writer_of("file");

	say_new("whole", file, 3);
	for (size_t bytes = 3 * PAGE; bytes > PAGE; bytes -= 1000) {
		char *at;

		MUST(ftruncate(writer, (off_t)bytes) == 0);
		at = map_shared(file, 3 * PAGE);
		answer("%zu bytes: %s, the last %s, then %s", bytes, view(at, 3),
		       peek(at + bytes - 1), bytes % PAGE ? peek(at + bytes) : "no more");
		MUST(munmap(at, 3 * PAGE) == 0);
	}
	file = open("file", O_RDONLY | O_TRUNC | O_CLOEXEC);
	MUST(file >= 0);
	say_new("opened with O_TRUNC", file, 2);
}

/*
 * The file grows by one page each time, and is mapped again while the older mappings stay: no older
 * copy may be used.
 */
static void growing_often(void)
{
	int file = make_letters("file", 1, O_RDONLY), writer = writer_of("file");
	int fine = 0;

	for (size_t pages = 2; pages <= 60; pages++) {
		char *at;

		write_pages(writer, pages - 1, 1, (char)('A' + pages % 26));
		at = map_shared(file, pages * PAGE);
		fine += at[0] == 'a' && at[pages * PAGE - 1] == (char)('A' + pages % 26);
	}
	answer("with their last page: %d of 59", fine);
}

/* --- bytes that change --- */

/* --- the same file by two mounts --- */

static void bind_mount(void)
{
	int file = make_letters("file", 3, O_RDONLY), bound, writer;
	char *at = map_shared(file, 3 * PAGE), *beside;

	if (!is_root())
		return;
	MUST(mkdir("bound", 0755) == 0);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(".", "bound", NULL, MS_BIND, NULL)) {
		answer("no mounts here");
		return;
	}
	bound = open("bound/file", O_RDONLY | O_CLOEXEC);
	writer = writer_of("bound/file");
	MUST(bound >= 0);
	beside = map_shared(bound, 3 * PAGE);
	answer("by both: %s %s", view(at, 3), view(beside, 3));
	answer("writable: %s", said(mprotect(beside, 3 * PAGE, READ_WRITE)));
	write_pages(writer, 1, 1, 'y');
	say_new("written to", file, 3);
	say_new("written to, bound", bound, 3);
	close(writer);
	MUST(umount2("bound", MNT_DETACH) == 0);
	say_new("unmounted", bound, 3);
	answer("unmounted: %s", view(beside, 1));
}

const struct conform_case conform_changes[] = {
	{ "unlinked", unlinked, NULL },
	{ "renamed", renamed, NULL },
	{ "replaced", replaced, NULL },
	{ "hard-links", hard_links, NULL },
	{ "truncated", truncated, NULL },
	{ "truncated-in-page", truncated_in_page, NULL },
	{ "truncated-between", truncated_between, NULL },
	{ "growing", growing, NULL },
	{ "growing-remapped", growing_remapped, NULL },
	{ "growing-often", growing_often, NULL },
	{ "written", written, NULL },
	{ "punched", punched, NULL },
	{ "changed-anew", changed_anew, NULL },
	{ "bind-mount", bind_mount, NULL },
	{ 0 },
};
