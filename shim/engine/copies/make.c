/* SPDX-License-Identifier: MIT */
/*
 * Reads a part of a file into a backing: a kept one if wanted, else in memory, else in the spool,
 * each within its limits.
 *
 * It uses pread and pwrite: if the new file were mapped, each page would cost a fault and be
 * cleared first. A piece of memory that stays in the processor's cache takes two thirds of that
 * time. The piece is aligned to pages and has whole pages, as O_DIRECT wants it.
 */
#include "make.h"

#include "database.h"
#include "engine.h"
#include "filecache.h"
#include "inode.h"
#include "kept.h"
#include "kernel.h"
#include "mapping.h"
#include "memory.h"
#include "record.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#define LONG_WAIT UINT64_C(1000000000) /* nanoseconds */

enum {
	FILL_PIECE = 1024 * 1024, /* bytes read at once: FUSE asks its server for that many */
	KEPT_PIECE = 32 * 1024,
	SLOW_PART = 64 * 1024 * 1024, /* takes about as long as a file to settle */
	HUGE = 2 * 1024 * 1024,	      /* the size of a huge page of most machines */
	HUGE_ROOM = 2 * HUGE,	      /* has one at any address */
	CHANGES = 3,
};

/*
 * A piece that is kept for short copies, after a word that says whether a thread has it. The word
 * changes by single atomic operations. A child of fork does not inherit the piece.
 */
static _Atomic(void *) kept_piece;

struct work {
	int fd;
	struct backing *backing;
	char *piece;
	size_t piece_size;
	void *borrowed;	    /* the memory around a huge piece, or NULL */
	_Atomic bool *kept; /* the word of the kept piece, if that is used; else NULL */
	bool whole;	    /* the piece takes the whole part, and is written at the end */
	bool database;
	/* Local CLOCK_MONOTONIC. Before settles, the file may change without a trace. */
	uint64_t now, settles;
	uint64_t racy; /* bytes from the start that were read before settles */
};

static uint64_t clock_now(void)
{
	word now[2] = { 0, 0 }; /* struct timespec of this system call */

	kernel(SYS_clock_gettime, CLOCK_MONOTONIC, now);
	return (uint64_t)now[0] * 1000000000 + (uint64_t)now[1];
}

/* The file has just been seen in that state; the clock must be read after that. */
static void look_at_clock(struct work *work, const struct snapshot *file)
{
	work->now = clock_now();
	work->settles = filecache_first_seen(file, work->now) + snapshot_grain(file);
}

/* In one huge page, if there is one, the kernel finds the addresses faster: a twentieth of all. */
static bool get_huge_piece(struct work *work)
{
	work->borrowed = memory_borrow(HUGE_ROOM);
	if (!work->borrowed)
		return false;
	work->piece = (char *)mapping_span((uintptr_t)work->borrowed, HUGE);
	kernel(SYS_madvise, work->borrowed, HUGE_ROOM, MADV_DONTFORK);
	kernel(SYS_madvise, work->piece, HUGE, MADV_HUGEPAGE);
	return true;
}

/*
 * A shared mapping does not count against the limit on data segments. No child of fork gets it. All
 * of it is going to be used: populated, it costs no fault for each page.
 */
static bool get_piece(struct work *work, uint64_t bytes)
{
	const size_t page = state_page();
	word addr;

	work->piece_size = bytes < FILL_PIECE ? mapping_span((size_t)bytes, state_page()) :
						FILL_PIECE;
	if (work->piece_size <= KEPT_PIECE)
		work->kept = memory_wiped(&kept_piece, page + KEPT_PIECE);
	if (work->kept && !atomic_exchange(work->kept, true)) {
		work->piece = (char *)mapping_span((uintptr_t)work->kept, page);
		return true;
	}
	work->kept = NULL;
	if (bytes >= SLOW_PART && get_huge_piece(work))
		return true;
	addr = KERNEL_MMAP(memory_place(work->piece_size), work->piece_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE, -1, 0);
	if (kernel_failed(addr))
		return false;
	kernel(SYS_madvise, addr, work->piece_size, MADV_DONTFORK);
	work->piece = (char *)addr;
	return true;
}

static void give_piece_back(const struct work *work)
{
	if (work->kept) {
		atomic_store(work->kept, false);
		return;
	}
	if (work->borrowed) {
		memory_give_back(work->borrowed, HUGE_ROOM);
		return;
	}
	kernel(SYS_munmap, work->piece, work->piece_size);
	memory_leave(work->piece, work->piece_size);
}

/* Reads bytes of the part from done on to *at in the piece. How many, or -errno. */
static word read_piece(const struct work *work, const struct part *part, uint64_t done,
		       uint64_t rest, char **at)
{
	size_t size = work->piece_size;
	word count;

	*at = work->whole ? work->piece + done : work->piece;
	size -= (size_t)(*at - work->piece);
	if (rest < size && mapping_span((size_t)rest, state_page()) < size)
		size = mapping_span((size_t)rest, state_page());
	record_looks(part->file.file);
	count = inode_read(work->fd, *at, size, part->offset + done);
	record_looked(part->file.file);
	return count > 0 && (uint64_t)count > rest ? (word)rest : count;
}

/* Reads the first end bytes of the part; *done becomes how many exist. 0 or an errno. */
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
			/* After the last read no later time is needed. */
			if (*done < end)
				work->now = clock_now();
		}
	}
	return 0;
}

/*
 * What is read before the file is settled is read twice. Until then memory is allocated: that is
 * most of what a write to a new file costs. If it fails, a write will tell.
 */
static void allocate_until_settled(struct work *work, uint64_t bytes)
{
	if (!work->backing->in_memory || bytes < SLOW_PART)
		return;
	for (uint64_t at = 0; at < bytes && work->now < work->settles; at += FILL_PIECE) {
		uint64_t rest = bytes - at;

		if (backing_allocate(work->backing, at, rest < FILL_PIECE ? rest : FILL_PIECE))
			break;
		work->now = clock_now();
	}
}

static int read_until_stable(struct work *work, struct part *part, bool share, bool *settled)
{
	uint64_t room = part->bytes;
	uint64_t end = room;
	int changes = 0;

	*settled = false;
	if (share) {
		look_at_clock(work, &part->file);
		allocate_until_settled(work, end);
	}
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

/*
 * Reads made->part of fd, a file that was in the state part.file a moment ago. If it changes
 * meanwhile, it is read again, at most three times, and then used as read; never more bytes than
 * part.bytes at first. Afterwards part is what was read. share: find out whether the copy may be
 * shared (snapshot_grain()); without it the copy may not. The bytes of a file that were read before
 * it was settled are read a second time, unless all were, because that would take a wait. A backing
 * that is opened late (backing.h) takes FILL_PIECE at most. 0 or the errno of the failed read or
 * write. All signals must be blocked: a timer of the program could interrupt each read.
 */
static int fill(int fd, bool share, struct copied *made, struct backing *backing)
{
	struct work work = { .fd = fd, .backing = backing, .whole = backing->fd < 0 };
	int error;

	/* An empty part cannot be stale. */
	made->shared = share;
	made->database = false;
	if (!made->part.bytes) {
		/* A rule that does not ask the kernel must fail as well if fd cannot read. */
		error = (int)-inode_read(fd, NULL, 0, 0);
		return !error && work.whole ? backing_fill(backing, "", 0) : error;
	}
	if (!get_piece(&work, made->part.bytes))
		return ENOMEM;
	error = read_until_stable(&work, &made->part, share, &made->shared);
	made->database = work.database;
	give_piece_back(&work);
	return error;
}

bool make_part(const struct mapping *call, int fd, struct part *part)
{
	struct inode now;

	if (!inode_asked(fd, &now))
		return false;
	*part = (struct part){
		.file = now.now,
		.offset = call->offset,
		.bytes = snapshot_bytes(&now.now, call->offset,
					mapping_span(call->length, state_page())),
	};
	return true;
}

/* 0 or an errno. After a failure nothing is open or reserved. */
static int make_in(bool in_memory, int fd, bool share, struct copied *made, struct backing *backing)
{
	uint64_t wanted = made->part.bytes;
	int error;

	/* A short part is read before a descriptor is open for it. */
	if (in_memory && wanted <= FILL_PIECE)
		error = backing_open_late(backing, wanted);
	else
		error = backing_open(backing, in_memory ? BACKING_MEMORY : BACKING_SPOOL, wanted);
	backing->none = error;
	if (!error)
		error = fill(fd, share, made, backing);
	if (!error)
		error = backing_seal(backing);
	if (error)
		backing_close(backing);
	made->self = backing->self;
	made->in_memory = in_memory;
	engine_give_back(error ? wanted : wanted - made->part.bytes, in_memory);
	return error;
}

static int make_somewhere(int fd, bool share, struct copied *made, struct backing *backing)
{
	const struct part wanted = made->part;
	int error = EFBIG;

	for (int memory = 1; memory >= 0; memory--) {
		if (!engine_reserve(wanted.bytes, memory))
			continue;
		made->part = wanted;
		error = make_in(memory, fd, share, made, backing);
		/* If reading failed, the other place cannot help. */
		if (!error || !backing->none)
			break;
	}
	return error;
}

/* Names only the copy of a settled file; of others it tells other processes when they were seen. */
static int name_it(int fd, struct copied *made, struct backing *backing)
{
	struct backing theirs;
	int error;

	if (!made->shared) {
		kept_seen(&made->part, filecache_first_seen(&made->part.file, clock_now()));
		return ESTALE;
	}
	if (!made->part.bytes)
		return ENODATA;
	error = kept_put(made, backing);
	if (error != EEXIST)
		return error;
	if (!kept_find(fd, made, &theirs, clock_now()))
		return kept_put(made, backing);
	backing_close(backing);
	*backing = theirs;
	return 0;
}

/* A copy that takes too much of the process's limit is worth a short wait. */
static bool is_worth_a_wait(const struct copied *made)
{
	return !made->shared && made->part.bytes > state_settings()->buffer_limit / 16 &&
	       snapshot_grain(&made->part.file) < LONG_WAIT;
}

/*
 * 0 or an errno. A copy that could not be named counts as one in the spool; EFBIG if there is no
 * room for that, or if a wait is better.
 */
static int make_kept_now(int fd, struct copied *made, struct backing *backing, bool may_wait)
{
	int error;

	if (kept_find(fd, made, backing, clock_now()))
		return 0;
	error = backing_open(backing, BACKING_KEPT, made->part.bytes);
	backing->none = error;
	if (error)
		return error;
	error = fill(fd, true, made, backing);
	if (!error)
		error = backing_seal(backing);
	if (!error) {
		made->self = backing->self;
		made->in_memory = false;
		made->kept = !name_it(fd, made, backing);
		if (!made->kept && ((may_wait && is_worth_a_wait(made)) ||
				    !engine_reserve(made->part.bytes, false)))
			error = EFBIG;
	}
	if (error)
		backing_close(backing);
	return error;
}

static void wait_until_settled(const struct snapshot *file)
{
	uint64_t now = clock_now();
	uint64_t settles = filecache_first_seen(file, now) + snapshot_grain(file);

	for (int tries = 0; now < settles && tries < 3; tries++) {
		const uint64_t rest = settles - now;
		const word step[2] = { (word)(rest / 1000000000), (word)(rest % 1000000000) };

		kernel(SYS_ppoll, NULL, 0, step, NULL, KERNEL_SIGNALS);
		now = clock_now();
	}
}

/* Waits once for a file that was never seen before: then all of its parts are settled. */
static int make_kept(int fd, struct copied *made, struct backing *backing)
{
	const struct part wanted = made->part;
	int error = make_kept_now(fd, made, backing, true);

	if (error != EFBIG || backing->none || made->shared)
		return error;
	wait_until_settled(&made->part.file);
	made->part = wanted;
	return make_kept_now(fd, made, backing, false);
}

static int make_one(int fd, bool share, struct copied *made, struct backing *backing)
{
	const struct part wanted = made->part;
	uint64_t limit = state_memory_limit();
	int error = make_somewhere(fd, share, made, backing);

	/* The spool has just turned out to be unusable, so memory may take its place. */
	if (error && limit != state_memory_limit()) {
		made->part = wanted;
		error = make_somewhere(fd, share, made, backing);
	}
	return error;
}

int make(int fd, bool share, struct copied *made, struct backing *backing)
{
	const struct part wanted = made->part;
	int error;

	made->kept = false;
	if (made->keep && kept_wanted(&made->part)) {
		error = make_kept(fd, made, backing);
		made->shared &= share;
		if (!error || !backing->none)
			return error;
		made->part = wanted;
	}
	return make_one(fd, share, made, backing);
}
