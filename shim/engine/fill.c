/* SPDX-License-Identifier: MIT */
/*
 * Reads a part of a file into the backing of a copy.
 *
 * By pread and pwrite: mapped pages of a new file are cleared before they are read into, and each
 * costs a fault; through a piece of memory that stays in the processor's cache it takes two
 * thirds of the time. The piece is whole pages, at whole pages, as O_DIRECT wants it.
 */
#include "fill.h"

#include "inode.h"
#include "kernel.h"
#include "known.h"
#include "mapping.h"
#include "memory.h"
#include "state.h"

#include <sys/mman.h>
#include <time.h>

enum {
	PIECE = 1024 * 1024, /* bytes: FUSE asks its server for that many at once */
	CHANGES = 3,
};

struct work {
	int fd;
	struct backing *backing;
	char *piece;
	size_t piece_size;
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
	work->settles = known_first_seen(file, work->now) + snapshot_grain(file);
}

/* Shared, for a limit on data segments does not count it, and no child of fork shall have it. */
static bool get_piece(struct work *work, uint64_t bytes)
{
	word addr;

	work->piece_size = bytes < PIECE ? mapping_span((size_t)bytes, state_page()) : PIECE;
	addr = KERNEL_MMAP(memory_place(work->piece_size), work->piece_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (kernel_failed(addr))
		return false;
	kernel(SYS_madvise, addr, work->piece_size, MADV_DONTFORK);
	work->piece = (char *)addr;
	return true;
}

/* Reads the first end bytes of the part; *done tells how many there were. 0 or an errno. */
static int read_once(struct work *work, const struct part *part, uint64_t end, uint64_t *done)
{
	work->racy = 0;
	for (*done = 0; *done < end;) {
		bool racy = work->now < work->settles;
		uint64_t rest = end - *done;
		size_t size = work->piece_size;
		word count;
		int error;

		if (rest < size)
			size = mapping_span((size_t)rest, state_page());
		count = inode_read(work->fd, work->piece, size, part->offset + *done);
		if (count < 0)
			return (int)-count;
		if (!count)
			return 0;
		if ((uint64_t)count > rest)
			count = (word)rest;
		error = backing_write(work->backing, work->piece, (size_t)count, *done);
		if (error)
			return error;
		*done += (uint64_t)count;
		if (racy) {
			work->racy = *done;
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
	return changes ? backing_shorten(work->backing, part->bytes) : 0;
}

int fill(int fd, struct part *part, struct backing *backing, bool share, bool *settled)
{
	struct work work = { .fd = fd, .backing = backing };
	int error;

	/* Nothing of an empty part can be stale. */
	*settled = share;
	if (!part->bytes)
		return 0;
	if (!get_piece(&work, part->bytes))
		return ENOMEM;
	error = read_until_stable(&work, part, share, settled);
	kernel(SYS_munmap, work.piece, work.piece_size);
	memory_leave(work.piece, work.piece_size);
	return error;
}
