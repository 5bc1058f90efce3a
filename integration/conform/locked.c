/* SPDX-License-Identifier: MIT */
/*
 * Conformance: locking into memory, by mlock, mlock2, MAP_LOCKED and mlockall, and the locked size
 * that the kernel shows.
 */
#include "conform.h"

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)

/* Returns "l" for each page of the mapping that the kernel shows as locked. */
static const char *locks(const char *at, size_t count)
{
	static char text[64];
	char line[512];
	char *start = NULL, *end = NULL;
	FILE *smaps = fopen("/proc/self/smaps", "re");

	MUST(smaps && count < sizeof(text));
	memset(text, '.', count);
	text[count] = 0;
	while (fgets(line, sizeof(line), smaps)) {
		void *from, *to;

		if (sscanf(line, "%p-%p ", &from, &to) == 2) {
			start = from;
			end = to;
		} else if (strncmp(line, "VmFlags:", 8) == 0) {
			for (size_t i = 0; i < count; i++)
				if (at + i * PAGE >= start && at + i * PAGE < end)
					text[i] = strstr(line, " lo") ? 'l' : '-';
		}
	}
	fclose(smaps);
	return text;
}

static long locked_kb(void)
{
	char line[256];
	long got = -1;
	FILE *status = fopen("/proc/self/status", "re");

	MUST(status);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "VmLck: %ld", &got);
	fclose(status);
	return got;
}

static void lock_and_unlock(void)
{
	char *at = map_shared_at(reserve(6), make_letters("file", 5, O_RDONLY), 5 * PAGE, 0);

	answer("%s", locks(at, 6));
	answer("middle: %s", said(mlock(at + PAGE, 2 * PAGE)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
	answer("all: %s", said(mlock(at, 5 * PAGE)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
	answer("%s", view(at, 6));
	answer("+W: %s", said(mprotect(at, PAGE, WRITABLE)));
	answer("DONTNEED: %s", said(madvise(at, PAGE, MADV_DONTNEED)));
	answer("unlock a byte: %s", said(munlock(at + PAGE, 1)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
	answer("munmap of one: %s", said(munmap(at, PAGE)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
	answer("a hole: %s", said(mlock(at, 3 * PAGE)));
	answer("unlock over a hole: %s", said(munlock(at, 5 * PAGE)));
	answer("all that is left: %s", said(munlock(at + PAGE, 4 * PAGE)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
}

static void bad_arguments(void)
{
	char *at = map_shared_at(reserve(6), make_letters("file", 5, O_RDONLY), 5 * PAGE, 0);

	answer("nothing: %s", said(mlock(at, 0)));
	answer("%s", locks(at, 6));
	answer("unaligned: %s", said(mlock(at + PAGE + 100, 10)));
	answer("%s", locks(at, 6));
	answer("too long: %s", said(mlock(at, SIZE_MAX)));
	answer("all there is: %s", said(mlock(at, SIZE_MAX - PAGE + 1)));
	answer("unknown flag: %s", said(mlock2(at, PAGE, 64)));
	answer("munlock, too long: %s", said(munlock(at, SIZE_MAX - PAGE + 1)));
	answer("mlockall, no flag: %s", said(mlockall(0)));
	answer("mlockall, unknown flag: %s", said(mlockall(64)));
	answer("%s", view(at, 6));
}

static void past_the_end(void)
{
	char *at = map_shared_at(reserve(6), make_letters("file", 2, O_RDONLY), 5 * PAGE, 0);

	answer("mlock: %s", said(mlock(at, 5 * PAGE)));
	answer("%s, %ld kB", locks(at, 6), locked_kb());
	answer("%s", view(at, 6));
	answer("munlock: %s", said(munlock(at, 5 * PAGE)));
}

static void not_readable(void)
{
	char *at = map_shared_at(reserve(3), make_letters("file", 3, O_RDONLY), 3 * PAGE, 0);

	MUST(mprotect(at + PAGE, PAGE, PROT_NONE) == 0);
	answer("mlock: %s", said(mlock(at, 3 * PAGE)));
	answer("%s, %ld kB", locks(at, 3), locked_kb());
	answer("read: %s", said(mprotect(at + PAGE, PAGE, PROT_READ)));
	answer("%s, %s", locks(at, 3), view(at, 3));
}

static void on_fault(void)
{
	char *at = map_shared_at(reserve(3), make_letters("file", 3, O_RDONLY), 3 * PAGE, 0);

	answer("mlock2: %s", said(mlock2(at, 2 * PAGE, MLOCK_ONFAULT)));
	answer("%s, %ld kB", locks(at, 3), locked_kb());
	answer("%s", view(at, 3));
	answer("mlock2, 0: %s", said(mlock2(at, 3 * PAGE, 0)));
	answer("%s, %ld kB", locks(at, 3), locked_kb());
}

/* Two mappings of the same part are locked separately; later ones are not locked. */
static void each_for_itself(void)
{
	int fd = make_letters("file", 3, O_RDONLY);
	char *one = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	char *two = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	char *three;

	answer("mlock: %s", said(mlock(one, 3 * PAGE)));
	three = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	answer("%s", locks(one, 3));
	answer("%s", locks(two, 3));
	answer("%s", locks(three, 3));
	answer("%ld kB", locked_kb());
	answer("munmap: %s", said(munmap(one, 3 * PAGE)));
	answer("%s, %ld kB", locks(two, 3), locked_kb());
}

static void map_locked(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	const int flags = MAP_SHARED | MAP_FIXED | MAP_LOCKED;
	char *at = mmap(reserve(4), 3 * PAGE, PROT_READ, flags, fd, 0), *two;

	answer("%s", said_map(at));
	answer("%s, %ld kB", locks(at, 4), locked_kb());
	two = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	answer("%s, %ld kB", locks(two, 3), locked_kb());
	at = mremap(at, 3 * PAGE, 2 * PAGE, 0);
	answer("shrunk: %s", said_map(at));
	answer("%s, %ld kB", locks(at, 4), locked_kb());
	at = mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	answer("grown: %s", said_map(at));
	answer("%s, %ld kB", locks(at, 4), locked_kb());
	answer("%s", view(at, 4));
	answer("munmap: %s", said(munmap(at, 3 * PAGE)));
	answer("%ld kB", locked_kb());
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_LOCKED, fd, 2 * (off_t)PAGE);
	answer("again: %s", said_map(at));
	answer("%s, %s, %ld kB", locks(at, 2), view(at, 2), locked_kb());
}

/* mlockall: present mappings, future ones, and those after munlockall. */
static void all_and_future(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *before = map_shared_at(reserve(4), fd, 4 * PAGE, 0);
	char *at;

	answer("future: %s", said(mlockall(MCL_FUTURE)));
	at = map_shared_at(reserve(4), fd, 3 * PAGE, 0);
	answer("%s", locks(before, 4));
	answer("%s", locks(at, 3));
	answer("%s %s", view(before, 4), view(at, 4));
	at = map_shared_at(reserve(4), fd, 2 * PAGE, 2 * (off_t)PAGE);
	answer("%s, %s", locks(at, 2), view(at, 4));
	answer("current: %s", said(mlockall(MCL_CURRENT)));
	answer("%s", locks(before, 4));
	answer("munlockall: %s", said(munlockall()));
	answer("%s", locks(before, 4));
	answer("%s", locks(at, 2));
	at = map_shared_at(reserve(4), fd, 3 * PAGE, 0);
	answer("%s, %s, %ld kB", locks(at, 3), view(at, 4), locked_kb());
	answer("+W: %s", said(mprotect(at, PAGE, WRITABLE)));
}

const struct conform_case conform_locked[] = {
	{ "lock-and-unlock", lock_and_unlock, NULL },
	{ "bad-arguments", bad_arguments, NULL },
	{ "past-the-end", past_the_end, NULL },
	{ "not-readable", not_readable, NULL },
	{ "on-fault", on_fault, NULL },
	{ "each-for-itself", each_for_itself, NULL },
	{ "map-locked", map_locked, NULL },
	{ "all-and-future", all_and_future, NULL },
	{ 0 },
};
