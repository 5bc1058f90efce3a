/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mappings under resource limits, which count the program's mappings and none of
 * privmap.
 */
#include "conform.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

enum { PAGES = 256, SEED = 11 };
static const size_t SIZE = PAGES * PAGE;

/* Of the running case; each case has its own process. */
static int file;

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit both = { soft, hard };

	MUST(setrlimit((__rlimit_resource_t)which, &both) == 0);
}

static void *map_all(void)
{
	return mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
}

/*
 * Maps, looks and unmaps. After this, the library has its memory for the first mapping of a
 * process.
 */
static void map_and_say(const char *when)
{
	void *at = map_all();

	answer("%s: %s", when, said_map(at));
	if (at == MAP_FAILED)
		return;
	answer("%s, holds: %s", when, compare(at, 0, SIZE, SEED));
	answer("%s, writable: %s", when, said(mprotect(at, SIZE, READ_WRITE)));
	answer("%s, unmapped: %s", when, said(munmap(at, SIZE)));
}

/* --- address space --- */

static size_t pages_mapped(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	MUST(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return (size_t)atol(text);
}

static void limit_pages(size_t more)
{
	rlim_t bytes = (pages_mapped() + more) * PAGE;

	limit(RLIMIT_AS, bytes, RLIM_INFINITY);
}

static void address_space(void)
{
	void *at;
	int fine = 0;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	map_and_say("without a limit");
	limit_pages(PAGES);
	for (int i = 0; i < 10; i++) {
		at = map_all();
		fine += at != MAP_FAILED && munmap(at, SIZE) == 0;
	}
	answer("exactly as much as it takes: %d of 10", fine);
	limit_pages(PAGES - 1);
	answer("a page less: %s", said_map(map_all()));
	limit_pages(PAGES);
	at = map_all();
	answer("again: %s", said_map(at));
	answer("one more: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0)));
	answer("grown: %s", said_map(mremap(at, SIZE, SIZE + PAGE, MREMAP_MAYMOVE)));
	answer("shrunk: %s", said_map(mremap(at, SIZE, SIZE - PAGE, 0)));
	answer("one more: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0)));
	answer("unmapped: %s", said(munmap(at, SIZE - PAGE)));
	answer("anonymous: %s", said_map(mmap(NULL, SIZE - PAGE, READ_WRITE, ANONYMOUS, -1, 0)));
}

/* Pages that MAP_FIXED replaces make room for the new ones. */
static void address_space_fixed(void)
{
	char *room;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	map_and_say("without a limit");
	room = reserve(PAGES);
	limit_pages(0);
	answer("over as many pages: %s",
	       said_map(mmap(room, SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0)));
	answer("holds: %s", compare(room, 0, SIZE, SEED));
	answer("over a part: %s", said_map(mmap(room + PAGE, PAGE, PROT_READ,
						MAP_SHARED | MAP_FIXED, file, 5 * PAGE)));
	answer("holds: %s", compare(room + PAGE, 5 * PAGE, PAGE, SEED));
	answer("one page longer: %s", said_map(mmap(room, SIZE + PAGE, PROT_READ,
						    MAP_SHARED | MAP_FIXED, file, 0)));
}

/* --- data: a private writable mapping counts, this one does not --- */

static void data(void)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	map_and_say("without a limit");
	limit(RLIMIT_DATA, PAGE, PAGE);
	answer("anonymous: %s", said_map(mmap(NULL, SIZE, READ_WRITE, ANONYMOUS, -1, 0)));
	map_and_say("with next to none");
	map_and_say("again");
}

static void data_at_first(void)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	limit(RLIMIT_DATA, PAGE, PAGE);
	map_and_say("the first mapping");
	map_and_say("again");
}

static void data_and_many(void)
{
	enum { MANY = 3000 };
	static char *maps[MANY];
	int made = 0, right = 0, denied = 0, gone = 0;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	limit(RLIMIT_DATA, PAGE, PAGE);
	for (; made < MANY; made++) {
		/* No two neighbours become one area. */
		off_t offset = (off_t)((size_t)made * 7 % PAGES * PAGE);

		maps[made] = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, offset);
		if (maps[made] == MAP_FAILED)
			break;
	}
	answer("mapped: %d, then %s", made, made == MANY ? "enough" : errno_word(errno));
	for (int i = 0; i < made; i++) {
		right += !strcmp(compare(maps[i], (size_t)i * 7 % PAGES * PAGE, PAGE, SEED),
				 "as the file");
		denied += mprotect(maps[i], PAGE, READ_WRITE) == -1 && errno == EACCES;
	}
	for (int i = 0; i < made; i++)
		gone += munmap(maps[i], PAGE) == 0;
	answer("hold what is in the file: %d, not writable: %d, unmapped: %d", right, denied, gone);
}

/* --- descriptors --- */

static void no_descriptors(void)
{
	struct rlimit before;
	char *at;

	MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
	file = make_file("file", SIZE, SEED, O_RDONLY);
	limit(RLIMIT_NOFILE, 0, before.rlim_max);
	answer("open: %s", said(open("file", O_RDONLY)));
	map_and_say("the first mapping");
	map_and_say("again");
	at = map_all();
	MUST(at != MAP_FAILED);
	answer("MAP_FIXED: %s", said_map(mmap(at, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file,
					      7 * PAGE)));
	answer("holds: %s", compare(at, 7 * PAGE, PAGE, SEED));
	answer("grown: %s", said_map(at = mremap(at + PAGE, SIZE - PAGE, SIZE + PAGE,
						 MREMAP_MAYMOVE)));
	answer("holds: %s", compare(at, PAGE, SIZE - PAGE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("replaced: %s", said_map(mmap(at, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0)));
	answer("writable: %s", said(mprotect(at, PAGE, READ_WRITE)));
	limit(RLIMIT_NOFILE, before.rlim_cur, before.rlim_max);
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	map_and_say("with descriptors again");
}

/* Without a descriptor, the library cannot check whether a range has changed. */
static void no_descriptors_raw(void)
{
	struct rlimit before;
	char *at;

	MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
	file = make_file("file", SIZE, SEED, O_RDONLY);
	at = map_all();
	limit(RLIMIT_NOFILE, 0, before.rlim_max);
	MUST(syscall(SYS_mmap, at, SIZE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == (long)at);
	answer("%s", said(mprotect(at, SIZE, READ_WRITE)));
}

static void all_descriptors_used(void)
{
	struct rlimit before;
	int last = -1, fd;

	MUST(getrlimit(RLIMIT_NOFILE, &before) == 0);
	limit(RLIMIT_NOFILE, 64, before.rlim_max);
	file = make_file("file", SIZE, SEED, O_RDONLY);
	while ((fd = dup(file)) >= 0)
		last = fd;
	answer("the last: %d", last);
	map_and_say("none left");
	MUST(close(last) == 0);
	map_and_say("one left");
	MUST(close(last - 1) == 0);
	map_and_say("two left");
}

/* --- locked memory; root has no such limit --- */

static void locks(void *unused)
{
	char *at, *beside;

	(void)unused;
	limit(RLIMIT_MEMLOCK, SIZE, SIZE);
	MUST(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED | MAP_LOCKED, file, 0);
	answer("MAP_LOCKED up to the limit: %s", said_map(at));
	answer("MAP_LOCKED, one more: %s", said_map(mmap(NULL, PAGE, PROT_READ,
							 MAP_SHARED | MAP_LOCKED, file, 0)));
	answer("not locked: %s", said_map(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0)));
	answer("MAP_FIXED, locked, over it: %s",
	       said_map(mmap(at, SIZE, PROT_READ, MAP_SHARED | MAP_LOCKED | MAP_FIXED, file, 0)));
	answer("grown: %s", said_map(mremap(at, SIZE, SIZE + PAGE, MREMAP_MAYMOVE)));
	MUST(munmap(at, SIZE) == 0);
	at = map_all();
	MUST(at != MAP_FAILED);
	answer("mlock: %s", said(mlock(at, SIZE)));
	/* The same pages again: a shared copy must not bring its lock along. */
	beside = map_all();
	answer("mapped beside it: %s", said_map(beside));
	answer("mlock, too much: %s", said(mlock(beside, PAGE)));
	answer("mlock2, too much: %s", said(mlock2(beside, PAGE, MLOCK_ONFAULT)));
	answer("munlock: %s", said(munlock(at, PAGE)));
	answer("mlock2: %s", said(mlock2(beside, PAGE, MLOCK_ONFAULT)));
	MUST(munlock(at, SIZE) == 0);
	answer("mlockall: %s", said(mlockall(MCL_FUTURE)));
	answer("mapped: %s", said_map(mmap(NULL, SIZE - PAGE, PROT_READ, MAP_SHARED, file, 0)));
	answer("mapped, too much: %s", said_map(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0)));
}

/* There is room for a second one; unlocked, it takes none of it. */
static void locks_one(void *unused)
{
	char *at, *beside, *page;

	(void)unused;
	limit(RLIMIT_MEMLOCK, 2 * SIZE, 2 * SIZE);
	MUST(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	at = map_all();
	MUST(at != MAP_FAILED && mlock(at, SIZE) == 0);
	beside = map_all();
	page = mmap(NULL, SIZE, READ_WRITE, ANONYMOUS, -1, 0);
	MUST(beside != MAP_FAILED && page != MAP_FAILED);
	answer("the rest locked: %s", said(mlock(page, SIZE)));
	answer("a page more: %s", said(mlock(beside, PAGE)));
}

static void as_nobody(void (*run)(void *))
{
	if (!is_root())
		return;
	file = make_file("file", SIZE, SEED, O_RDONLY);
	answer("child: %s", in_child(run, NULL));
}

static void memory_locked(void)
{
	as_nobody(locks);
}

static void memory_locked_beside(void)
{
	as_nobody(locks_one);
}

/* --- the size of files: no file of the program grows --- */

static void file_size(void)
{
	static const rlim_t sizes[] = { 4096, 0 };
	struct rlimit now;
	sigset_t pending;
	int fd;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	fd = open("other", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	MUST(fd >= 0);
	for (size_t i = 0; i < 2; i++) {
		limit(RLIMIT_FSIZE, sizes[i], RLIM_INFINITY);
		map_and_say("with small files only");
		MUST(getrlimit(RLIMIT_FSIZE, &now) == 0);
		answer("limit: %s", now.rlim_cur == sizes[i] ? "as before" : "changed");
	}
	signal(SIGXFSZ, SIG_IGN);
	map_and_say("SIGXFSZ ignored");
	MUST(sigpending(&pending) == 0);
	answer("pending: %s", sigismember(&pending, SIGXFSZ) ? "SIGXFSZ" : "no");
	answer("write: %s", said(write(fd, "x", 1)));
	signal(SIGXFSZ, SIG_DFL);
	MUST(write(fd, "x", 1) < 0);
}

/* --- others --- */

static int again_maps(int argc, char **argv)
{
	(void)argc, (void)argv;
	file = open("file", O_RDONLY | O_CLOEXEC);
	MUST(file >= 0);
	map_and_say("it");
	return 0;
}

/* With an unlimited stack, the kernel places mappings from below. */
static void stack(void)
{
	struct rlimit before;

	MUST(getrlimit(RLIMIT_STACK, &before) == 0);
	file = make_file("file", SIZE, SEED, O_RDONLY);
	limit(RLIMIT_STACK, 16 * PAGE, before.rlim_max);
	map_and_say("with little stack");
	exec_again(BY_FORK, "limits.stack", "");
	limit(RLIMIT_STACK, before.rlim_max, before.rlim_max);
	exec_again(BY_FORK, "limits.stack", "");
}

/* As many mappings as the kernel allows, then some fewer. */
static void mappings(void)
{
	enum { COUNT = 90000, ROOM = 20 };
	char *at, *maps[ROOM + 1];
	int made = 0;
	char *room;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	map_and_say("with few mappings");
	room = reserve(COUNT);
	for (at = room; at < room + COUNT * PAGE && mprotect(at, PAGE, PROT_READ) == 0;)
		at += 2 * PAGE;
	if (at >= room + COUNT * PAGE) {
		answer("no limit near");
		return;
	}
	answer("as many as there may be: %s", errno_word(errno));
	/* The last one may join with a neighbour, so the number is not compared. */
	at = map_all();
	answer("after some are given back: %s",
	       said(mprotect(room, 2 * ROOM * PAGE, PROT_NONE)));
	for (; made <= ROOM; made++) {
		maps[made] = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
		if (maps[made] == MAP_FAILED)
			break;
		if (strcmp(compare(maps[made], 0, PAGE, SEED), "as the file") != 0)
			answer("wrong bytes");
	}
	answer("then %s are made, then %s", made >= ROOM / 2 ? "some" : "few",
	       made > ROOM ? "more" : errno_word(errno));
	while (made-- > 0)
		MUST(munmap(maps[made], PAGE) == 0);
	map_and_say("these unmapped");
}

const struct conform_case conform_limits[] = {
	{ "address-space", address_space, NULL },
	{ "address-space-fixed", address_space_fixed, NULL },
	{ "data", data, NULL },
	{ "data-at-first", data_at_first, NULL },
	{ "data-and-many", data_and_many, NULL },
	{ "no-descriptors", no_descriptors, NULL },
	{ "no-descriptors-raw", no_descriptors_raw, NULL },
	{ "all-descriptors-used", all_descriptors_used, NULL },
	{ "memory-locked", memory_locked, NULL },
	{ "memory-locked-beside", memory_locked_beside, NULL },
	{ "file-size", file_size, NULL },
	{ "stack", stack, again_maps },
	{ "mappings", mappings, NULL },
	{ 0 },
};
