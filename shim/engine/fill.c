/* SPDX-License-Identifier: MIT */
/*
 * Reads a part of a file into the backing of a copy.
 *
 * By pread and pwrite: mapped pages of a new file are cleared before they are read into, and each
 * costs a fault; through a piece of memory that stays in the processor's cache it takes two
 * thirds of the time. The piece is whole pages, at whole pages, as O_DIRECT wants it.
 */
#include "fill.h"

#include "database.h"
#include "filecache.h"
#include "inode.h"
#include "kernel.h"
#include "mapping.h"
#include "memory.h"
#include "state.h"

#include <sys/mman.h>
#include <time.h>

enum { CHANGES = 3 };

struct work {
	int fd;
	struct backing *backing;
	char *piece;
	size_t piece_size;
	bool whole; /* the piece holds all of it, to be written at the end */
	bool database;
	/* Of our CLOCK_MONOTONIC: before it does, what is read may change without a trace. */
	uint64_t now, settles;
	uint64_t racy; /* bytes from the start that were read before */
};

static uint64_t clock_now(void)
{
	word now[2] = { 0, 0 }; /* struct timespec of this system call */

	kernel(SYS_clock_gettime, CLOCK_MONOTONIC, now);
	return (uint64_t)now[0] * 1000000000 + (uint64_t)now[1];
}

/* It has just been seen as file says; the clock is read after that. */
static void look_at_clock(struct work *work, const struct snapshot *file)
{
	work->now = clock_now();
	work->settles = filecache_first_seen(file, work->now) + snapshot_grain(file);
}

/* Shared, for a limit on data segments does not count it, and no child of fork shall have it. */
static bool get_piece(struct work *work, uint64_t bytes)
{
	word addr;

	work->piece_size = bytes < FILL_PIECE ? mapping_span((size_t)bytes, state_page()) :
						FILL_PIECE;
	addr = KERNEL_MMAP(memory_place(work->piece_size), work->piece_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (kernel_failed(addr))
		return false;
	kernel(SYS_madvise, addr, work->piece_size, MADV_DONTFORK);
	work->piece = (char *)addr;
	return true;
}

/* Bytes of the part from done on, at *at in the piece, or -errno. */
static word read_piece(const struct work *work, const struct part *part, uint64_t done,
		       uint64_t rest, char **at)
{
	size_t size = work->piece_size;
	word count;

	*at = work->whole ? work->piece + done : work->piece;
	size -= (size_t)(*at - work->piece);
	if (rest < size && mapping_span((size_t)rest, state_page()) < size)
		size = mapping_span((size_t)rest, state_page());
	count = inode_read(work->fd, *at, size, part->offset + done);
	return count > 0 && (uint64_t)count > rest ? (word)rest : count;
}

/* Reads the first end bytes of the part; *done tells how many there were. 0 or an errno. */
static int read_once(struct work *work, const struct part *part, uint64_t end, uint64_t *done)
{
	work->racy = 0;
	for (*done = 0; *done < end;) {
		bool racy = work->now < work->settles;
		char *at;
		word count = read_piece(work, part, *done, end - *done, &at);
		int error;

		if (count <= 0)
			return (int)-count;
		if (!*done && !part->offset)
			work->database = database_header((unsigned char *)at, (size_t)count);
		error = work->whole ? 0 : backing_write(work->backing, at, (size_t)count, *done);
		if (error)
			return error;
		*done += (uint64_t)count;
		if (racy) {
			work->racy = *done;
			/* Later than all that was read: that is known without a look. */
			if (*done < end)
				work->now = clock_now();
		}
	}
	return 0;
}

static int read_until_stable(struct work *work, struct part *part, bool share, bool *settled)
{
	uint64_t room = part->bytes;
	uint64_t end = room;
	int changes = 0;

	*settled = false;
	if (share)
		look_at_clock(work, &part->file);
	for (;;) {
		struct inode after;
		uint64_t done;
		int error = read_once(work, part, end, &done);

		if (error)
			return error;
		if (!inode_asked(work->fd, &after) ||
		    !identity_equal(after.now.file, part->file.file))
			return EBADF;
		if (done == end && snapshot_equal(&after.now, &part->file)) {
			*settled = share && !work->racy;
			if (!work->racy || work->now < work->settles)
				break;
			end = work->racy;
			continue;
		}
		part->bytes = done;
		if (changes++ == CHANGES)
			break;
		part->file = after.now;
		if (share)
			look_at_clock(work, &part->file);
		part->bytes = end = snapshot_bytes(&after.now, part->offset, room);
	}
	if (work->whole)
		return backing_fill(work->backing, work->piece, (size_t)part->bytes);
	return changes ? backing_shorten(work->backing, part->bytes) : 0;
}

int fill(int fd, struct part *part, struct backing *backing, bool share, struct filled *filled)
{
	struct work work = { .fd = fd, .backing = backing, .whole = backing->fd < 0 };
	int error;

	/* Nothing of an empty part can be stale. */
	*filled = (struct filled){ .settled = share };
	if (!part->bytes)
		return work.whole ? backing_fill(backing, "", 0) : 0;
	if (!get_piece(&work, part->bytes))
		return ENOMEM;
	error = read_until_stable(&work, part, share, &filled->settled);
	filled->database = work.database;
	kernel(SYS_munmap, work.piece, work.piece_size);
	memory_leave(work.piece, work.piece_size);
	return error;
}
