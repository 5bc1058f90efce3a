/* SPDX-License-Identifier: MIT */
/*
 * Conformance: calls that do a part of their work, and then fail; and other calls on several
 * mappings. Their partial changes stay: no write to these may be lost.
 */
#include "children.h"

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)
#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

static const char *went(const void *got, const void *from)
{
	if (got == MAP_FAILED)
		return errno_word(errno);
	return got == from ? "in place" : "moved";
}

static void denied(char *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		answer("+W of page %zu: %s", i, said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, count), view_writable(at, count));
}

static void *anonymous_at(void *at, size_t length)
{
	void *got = mmap(at, length, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	MUST(got == at);
	return got;
}

/* --- mremap(2), from Linux 6.17 on of several mappings at once --- */

/*
 * Makes mappings that may not move with others: sealed (Linux 6.10), or watched by a userfaultfd.
 */
static bool seal(void *at)
{
	anonymous_at(at, PAGE);
	return syscall(SYS_mseal, at, PAGE, 0) == 0;
}

static bool watch(void *at)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register page = {
		.range = { (uintptr_t)anonymous_at(at, PAGE), PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0 &&
	       ioctl(fd, UFFDIO_REGISTER, &page) == 0;
}

/* Maps pages a, a hole, x and b, c of another file; then anonymous memory and an immovable page. */
static char *row(bool (*stop)(void *at))
{
	char *at = reserve(8);
	int other = make_letters("other", 3, O_RDONLY);

	map_shared_at(at, make_letters("file", 3, O_RDONLY), PAGE, 0);
	MUST(munmap(at + PAGE, PAGE) == 0);
	map_shared_at(at + 2 * PAGE, other, PAGE, 2 * (off_t)PAGE);
	map_shared_at(at + 3 * PAGE, other, 2 * PAGE, 0);
	*(char *)anonymous_at(at + 5 * PAGE, PAGE) = 'M';
	return stop && !stop(at + 6 * PAGE) ? NULL : at;
}

static void stopped(bool (*stop)(void *at), int flags)
{
	char *at = row(stop), *to = reserve(8);

	if (!at) {
		answer("nothing stops it");
		return;
	}
	answer("%s", went(mremap(at, 7 * PAGE, 7 * PAGE, flags, to), at));
	answer("%s %s", view(at, 6), view(to, 8));
	denied(to, 5);
	denied(at, 5);
}

static void moved_to_a_seal(void)
{
	stopped(seal, MOVE);
}

static void moved_to_a_userfaultfd(void)
{
	stopped(watch, MOVE);
}

static void kept_to_a_seal(void)
{
	stopped(seal, MOVE | MREMAP_DONTUNMAP);
}

/* Pages at the hole's target stay, and so do those that the call has not reached. */
static void moved_onto_others(void)
{
	char *at = row(seal), *to = reserve(8);
	int fd = make_letters("there", 8, O_RDONLY);

	if (!at) {
		answer("nothing stops it");
		return;
	}
	map_shared_at(to, fd, 8 * PAGE, 0);
	answer("%s", went(mremap(at, 7 * PAGE, 7 * PAGE, MOVE, to), at));
	answer("%s %s", view(at, 6), view(to, 8));
	for (size_t i = 0; i < 8; i++)
		if (i != 5)
			answer("+W of page %zu: %s", i,
			       said(mprotect(to + i * PAGE, PAGE, WRITABLE)));
	answer("%s", view_writable(to, 8));
}

static void moved_with_a_hole_onto_another(void)
{
	char *at = row(NULL), *to = reserve(8);

	map_shared_at(to, make_letters("there", 8, O_RDONLY), 8 * PAGE, 0);
	answer("%s", went(mremap(at, 5 * PAGE, 5 * PAGE, MOVE, to), at));
	answer("%s %s", view(at, 6), view(to, 8));
	denied(to, 8);
	fill_with_file(at, 5, 0);
}

/* Without MREMAP_FIXED, the call moves only one mapping; Linux 6.1 looks at the address even so. */
static void kept_anywhere(void)
{
	char *at = row(NULL);

	answer("%s", went(mremap(at + 2 * PAGE, 3 * PAGE, 3 * PAGE,
				 MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL),
			  at));
	answer("%s", view(at, 6));
	denied(at + 2 * PAGE, 3);
}

/* So long that it begins outside of our window, and reaches a mapping in it, over a hole. */
static void moved_from_afar(void)
{
	/* More than fits between the mappings of the program itself. */
	const size_t room = (size_t)64 << 20, far = (size_t)700 << 30, length = far + room;
	char *at = map_shared(make_letters("file", 3, O_RDONLY), room);
	char *from = at - far, *to = from - 2 * far, *got;

	MUST(mmap(from, PAGE, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
	     from);
	got = mremap(from, length, length, MOVE, to);
	if (got == MAP_FAILED && errno == EFAULT) {
		answer("one at a time");
		return;
	}
	answer("%s", went(got, from));
	answer("%s", view(to + far, 1));
	answer("+W: %s", said(mprotect(to + far, PAGE, WRITABLE)));
	answer("%s", view_writable(to + far, 1));
}

/* More mappings than one page of any table can hold. */
static void moved_by_the_thousand(void)
{
	enum { COUNT = 1500 };
	int fd = make_letters("file", 1, O_RDONLY);
	char *at = reserve(COUNT), *to = reserve(COUNT);
	size_t mapped = 0, kept = 0;

	for (size_t i = 0; i < COUNT; i++)
		map_shared_at(at + i * PAGE, fd, PAGE, 0);
	answer("%s", went(mremap(at, COUNT * PAGE, COUNT * PAGE, MOVE, to), at));
	for (size_t i = 0; i < COUNT; i++) {
		mapped += to[i * PAGE] == 'a';
		kept += mprotect(to + i * PAGE, PAGE, WRITABLE) == -1 && errno == EACCES;
	}
	answer("%zu there, +W denied for %zu", mapped, kept);
}

/* --- mprotect(2), while another thread maps the file at the place that the call has reached --- */

enum { THREADS = 2 };

/* Of the running case; each case has its own process. */
static char *page;
static size_t protected_length;
static int key = -1; /* pkey_mprotect(2), if not -1 */
static atomic_bool stop, hold;
static atomic_int held;

static void *protects_always(void *unused)
{
	(void)unused;
	while (!stop) {
		if (hold) {
			held++;
			while (hold && !stop)
				sched_yield();
			held--;
		}
		if (key == -1)
			mprotect(page, protected_length, WRITABLE);
		else
			pkey_mprotect(page, protected_length, WRITABLE, key);
	}
	return NULL;
}

/* Calls that began before have ended: writable pages stay writable. */
static bool writes(void)
{
	bool yes;

	hold = true;
	while (held < THREADS)
		sched_yield();
	yes = strcmp(poke(page), "written") == 0;
	hold = false;
	while (held)
		sched_yield();
	return yes;
}

static void protects_two_pages(void)
{
	const time_t end = time(NULL) + 2;
	int fd = make_file("file", PAGE, 1, O_RDONLY), mapped = 0, moved = 0;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		MUST(pthread_create(&threads[i], NULL, protects_always, NULL) == 0);
	for (int i = 0; i < 1500 && time(NULL) < end; i++) {
		char *map;

		MUST(mmap(page, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		     page);
		map_shared_at(page, fd, PAGE, 0);
		mapped += writes();
		map = map_shared(fd, PAGE);
		MUST(mremap(map, PAGE, PAGE, MOVE, page) == page);
		moved += writes();
	}
	stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	answer("writable after MAP_FIXED: %d, after MREMAP_FIXED: %d", mapped, moved);
}

static void protected_to_a_hole(void)
{
	page = reserve(2);
	protected_length = 2 * PAGE;
	MUST(munmap(page + PAGE, PAGE) == 0);
	answer("%s", said(mprotect(page, 2 * PAGE, WRITABLE)));
	protects_two_pages();
}

/* The mapping of the second page may never become writable. */
static void protected_to_another(void)
{
	page = reserve(2);
	protected_length = 2 * PAGE;
	map_shared_at(page + PAGE, make_file("other", PAGE, 2, O_RDONLY), PAGE, 0);
	answer("%s", said(mprotect(page, 2 * PAGE, WRITABLE)));
	protects_two_pages();
}

static void protected_with_a_key(void)
{
	key = pkey_alloc(0, 0);
	if (key == -1)
		key = 0; /* the default key */
	page = reserve(2);
	protected_length = 2 * PAGE;
	MUST(munmap(page + PAGE, PAGE) == 0);
	protects_two_pages();
}

/* CROWD threads are in mprotect(2) each time that a process maps its first file. */
enum { CROWD = 6, FIRSTS = 60 };

static void maps_its_first(void *written)
{
	int fd = open("file", O_RDONLY);
	pthread_t thread;

	page = reserve(2);
	protected_length = 2 * PAGE;
	MUST(munmap(page + PAGE, PAGE) == 0);
	hold = true;
	for (int i = 0; i < CROWD; i++)
		MUST(pthread_create(&thread, NULL, protects_always, NULL) == 0);
	while (held < CROWD)
		sched_yield();
	hold = false;
	while (held)
		sched_yield();
	map_shared_at(page, fd, PAGE, 0);
	hold = true;
	while (held < CROWD)
		sched_yield();
	*(int *)written += strcmp(poke(page), "written") == 0;
	_exit(0);
}

static void protected_before_the_first(void)
{
	const time_t end = time(NULL) + 2;
	int *written = mmap(NULL, PAGE, WRITABLE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST(written != MAP_FAILED);
	make_file("file", PAGE, 1, O_RDONLY);
	for (int i = 0; i < FIRSTS && time(NULL) < end; i++)
		in_child(maps_its_first, written);
	answer("written to %d", *written);
}

const struct conform_case conform_halfway[] = {
	{ "moved-to-a-seal", moved_to_a_seal, NULL },
	{ "moved-to-a-userfaultfd", moved_to_a_userfaultfd, NULL },
	{ "kept-to-a-seal", kept_to_a_seal, NULL },
	{ "moved-onto-others", moved_onto_others, NULL },
	{ "moved-with-a-hole-onto-another", moved_with_a_hole_onto_another, NULL },
	{ "kept-anywhere", kept_anywhere, NULL },
	{ "moved-from-afar", moved_from_afar, NULL },
	{ "moved-by-the-thousand", moved_by_the_thousand, NULL },
	{ "protected-to-a-hole", protected_to_a_hole, NULL },
	{ "protected-to-another", protected_to_another, NULL },
	{ "protected-before-the-first", protected_before_the_first, NULL },
	{ "protected-with-a-key", protected_with_a_key, NULL },
	{ 0 },
};
