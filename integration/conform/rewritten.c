/* SPDX-License-Identifier: MIT */
/*
 * Conformance: files that are rewritten or replaced and mapped again at once. The new mapping shows
 * the new bytes, whatever copies exist of the old ones.
 */
#include "conform.h"

#include <time.h>

#include "children.h"

/*
 * A file may share a copy as long as its size and times are the same, if it was seen long enough
 * before. So every few rounds, this makes a copy that can be shared.
 */
static void map_old_enough(int fd, size_t size)
{
	const struct timespec moment = { .tv_nsec = 70 * 1000 * 1000 };

	map_shared(fd, size);
	nanosleep(&moment, NULL);
	map_shared(fd, size);
}

static void set_back_time(const char *name)
{
	/* Not a whole second: the server might stamp with whole seconds only. */
	static const struct timespec long_ago[2] = { { 1000000, 5000000 }, { 1000000, 5000000 } };

	MUST(utimensat(AT_FDCWD, name, long_ago, 0) == 0);
}

enum { SIZE = 3 * CONFORM_PAGE - 100, ROUNDS = 200, FEW = 25 };

/*
 * Rewrites a file with the same size, and maps it again at once: an old copy must not be used,
 * however little time has passed. KEEP: keeps the old mappings.
 */
static void rewrite(bool keep, bool age)
{
	int fd = make_file("file", SIZE, 0, O_RDWR);
	char *old = map_shared(fd, SIZE);
	unsigned char bytes[SIZE];
	int fine = 0;

	for (unsigned int seed = 1; seed <= ROUNDS; seed++) {
		char *at;

		for (size_t i = 0; i < SIZE; i++)
			bytes[i] = byte_of(i, seed);
		MUST(pwrite(fd, bytes, SIZE, 0) == SIZE);
		if (age)
			set_back_time("file");
		at = map_shared(fd, SIZE);
		fine += strcmp(compare(at, 0, SIZE, seed), "as the file") == 0;
		if (keep && seed % FEW == 0) {
			map_old_enough(fd, SIZE);
		} else {
			MUST(munmap(old, SIZE) == 0);
			old = at;
		}
	}
	answer("new bytes seen: %d of 200", fine);
}

static void at_once(void)
{
	rewrite(false, false);
}

static void live(void)
{
	rewrite(true, false);
}

static void set_back(void)
{
	rewrite(true, true);
}

/* Another process changes one page of many, through another descriptor. */
static void rewrite_page(void *argument)
{
	const char *letters = argument;
	int fd = open("file", O_WRONLY | O_CLOEXEC);
	char page[PAGE];

	memset(page, letters[1], PAGE);
	MUST(pwrite(fd, page, PAGE, letters[0] % 10 * (off_t)PAGE) == (ssize_t)PAGE);
}

static void by_another(void)
{
	int file = make_letters("file", 10, O_RDONLY);
	int fine = 0;

	map_shared(file, 10 * PAGE);
	for (int i = 0; i < 100; i++) {
		char letters[] = { (char)i, (char)('A' + i % 26), 0 };
		const char *at;

		in_child(rewrite_page, letters);
		at = map_shared(file, 10 * PAGE);
		fine += at[(size_t)(i % 10) * PAGE] == letters[1];
		if (i > 20)
			MUST(munmap((void *)(uintptr_t)at, 10 * PAGE) == 0);
	}
	answer("new page seen: %d of 100", fine);
}

/* --- another file at the same path, maybe with the same inode number --- */

static void replace(bool by_rename, bool age)
{
	int fine = 0;

	conform_settles = false; /* map_old_enough() waits only every few rounds */
	for (unsigned int seed = 1; seed <= ROUNDS; seed++) {
		const char *name = by_rename ? "new" : "file";
		void *at;
		int fd;

		MUST(by_rename || unlink("file") == 0 || errno == ENOENT);
		fd = make_file(name, SIZE, seed, O_RDONLY);
		if (age)
			set_back_time(name);
		MUST(!by_rename || rename("new", "file") == 0);
		at = map_shared(fd, SIZE);
		fine += strcmp(compare(at, 0, SIZE, seed), "as the file") == 0;
		MUST(munmap(at, SIZE) == 0);
		if (seed % FEW == 0)
			map_old_enough(fd, SIZE);
		MUST(close(fd) == 0);
	}
	answer("the new file seen: %d of 200", fine);
}

static void recreated(void)
{
	replace(false, false);
}

static void recreated_set_back(void)
{
	replace(false, true);
}

static void renamed_over(void)
{
	replace(true, false);
}

static void renamed_over_set_back(void)
{
	replace(true, true);
}

const struct conform_case conform_rewritten[] = {
	{ "at-once", at_once, NULL },
	{ "live", live, NULL },
	{ "set-back", set_back, NULL },
	{ "by-another", by_another, NULL },
	{ "recreated", recreated, NULL },
	{ "recreated-set-back", recreated_set_back, NULL },
	{ "renamed-over", renamed_over, NULL },
	{ "renamed-over-set-back", renamed_over_set_back, NULL },
	{ 0 },
};
