/* SPDX-License-Identifier: MIT */
/*
 * Makes room for a kept copy. The first pass over the directory reads only names, which contain the
 * sizes, because a program that maps a thousand small parts makes that many copies. If there is too
 * little room, each pass looks at all copies and remembers the oldest, so that one pass can remove
 * many small ones.
 */
#include "kept-room.h"

#include "kernel.h"
#include "mapping.h"
#include "memory.h"
#include "state.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	OLDEST = 32,
	ENTRIES = 16 * 1024, /* bytes of directory entries at once */
	SEEN_FOR = 60 * 60,  /* seconds; afterwards the file counts as never seen */
};

/* Offsets in struct linux_dirent64 of getdents64(2). */
enum { ENTRY_LENGTH = 16, ENTRY_NAME = 19 };

struct old {
	struct stamp used;
	uint64_t bytes;
	char name[KEPT_NAME];
};

struct scan {
	bool ages;	/* look at the copies, too */
	uint64_t total; /* bytes of all copies */
	unsigned count; /* of old */
	int64_t now;	/* seconds, by CLOCK_REALTIME, which stamps the directory's files */
	struct old old[OLDEST];
	char entries[ENTRIES];
};

static bool older(struct stamp a, struct stamp b)
{
	return a.seconds < b.seconds || (a.seconds == b.seconds && a.nanoseconds < b.nanoseconds);
}

/* The copy that was used last, or first. */
static struct old *extreme(struct scan *scan, bool last)
{
	struct old *found = scan->old;

	for (unsigned i = 1; i < scan->count; i++)
		if (older(scan->old[i].used, found->used) != last)
			found = &scan->old[i];
	return found;
}

/* Names may contain any number, so the sum must not wrap. */
static void add_to_total(struct scan *scan, uint64_t bytes)
{
	if (__builtin_add_overflow(scan->total, bytes, &scan->total))
		scan->total = UINT64_MAX;
}

static void remember(struct scan *scan, const char *name, const struct statx *file, uint64_t bytes)
{
	struct stamp used = { file->stx_atime.tv_sec, file->stx_atime.tv_nsec };
	struct old *old = &scan->old[scan->count];

	add_to_total(scan, bytes);
	if (scan->count < OLDEST)
		scan->count++;
	else if (older(used, (old = extreme(scan, true))->used))
		;
	else
		return;
	old->used = used;
	old->bytes = bytes;
	memcpy(old->name, name, strlen(name) + 1);
}

static void look_at(const struct kept_directory *directory, struct scan *scan, const char *name)
{
	bool this_boot = false;
	enum kept_kind kind = kept_kind_of(name, &directory->boot, &this_boot);
	struct statx file;
	bool useless;

	if (kind == KEPT_COPY && this_boot && !scan->ages) {
		add_to_total(scan, mapping_span((size_t)kept_bytes_of(name), state_page()));
		return;
	}
	if (kind == KEPT_NOT_OURS ||
	    kernel(SYS_statx, directory->fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &file))
		return;
	useless = !this_boot;
	if (kind == KEPT_SEEN)
		useless |= scan->now - file.stx_ctime.tv_sec > SEEN_FOR;
	else
		useless |= !S_ISREG(file.stx_mode);
	if (useless)
		kernel(SYS_unlinkat, directory->fd, name, 0);
	else if (kind == KEPT_COPY)
		remember(scan, name, &file, mapping_span((size_t)file.stx_size, state_page()));
}

static bool look_at_all(const struct kept_directory *directory, struct scan *scan)
{
	word count;

	scan->total = 0;
	scan->count = 0;
	if (kernel(SYS_lseek, directory->fd, 0, SEEK_SET) < 0)
		return false;
	while ((count = kernel(SYS_getdents64, directory->fd, scan->entries, ENTRIES)) > 0)
		for (word at = 0; at < count;) {
			const char *entry = scan->entries + at;
			uint16_t length;

			memcpy(&length, entry + ENTRY_LENGTH, sizeof(length));
			look_at(directory, scan, entry + ENTRY_NAME);
			at += length;
		}
	return !count;
}

/* Removes the oldest until there is room, or no remembered copy is left. */
static bool remove_oldest(const struct kept_directory *directory, struct scan *scan, uint64_t room)
{
	while (scan->total > room && scan->count) {
		struct old *old = extreme(scan, false);

		if (kernel(SYS_unlinkat, directory->fd, old->name, 0))
			return false;
		scan->total -= old->bytes;
		*old = scan->old[--scan->count];
	}
	return true;
}

static bool make_room(const struct kept_directory *directory, struct scan *scan, uint64_t room)
{
	word now[2] = { 0, 0 };

	kernel(SYS_clock_gettime, CLOCK_REALTIME, now);
	scan->now = now[0];
	scan->ages = false;
	while (look_at_all(directory, scan)) {
		if (scan->total <= room)
			return true;
		if (!scan->ages) {
			scan->ages = true;
			continue;
		}
		if (!scan->count || !remove_oldest(directory, scan, room))
			return false;
		if (scan->total <= room)
			return true;
	}
	return false;
}

bool kept_make_room(const struct kept_directory *directory, uint64_t bytes)
{
	uint64_t keep = state_settings()->buffer_keep;
	uint64_t wanted = mapping_span((size_t)bytes, state_page());
	struct scan *scan;
	bool made;

	if (wanted > keep)
		return false;
	scan = memory_borrow(sizeof(*scan));
	if (!scan)
		return false;
	made = make_room(directory, scan, keep - wanted);
	memory_give_back(scan, sizeof(*scan));
	return made;
}
