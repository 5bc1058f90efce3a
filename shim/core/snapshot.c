/* SPDX-License-Identifier: MIT */
/*
 * The state of a file at one moment. Pure.
 */
#include "snapshot.h"

/*
 * Nanoseconds. The slowest clocks that stamp files tick 64 times a second (Windows) and 100 times
 * (Linux). If the processor that counts the ticks does not run, as may happen in a virtual machine,
 * the others count only after five missing ticks (tick_sched_do_timer()). FAT has a resolution of
 * two seconds.
 */
#define FINE_GRAIN UINT64_C(60000000)
#define COARSE_GRAIN UINT64_C(2100000000)

bool identity_equal(struct identity a, struct identity b)
{
	return a.inode == b.inode && a.device == b.device;
}

static bool stamps_equal(struct stamp a, struct stamp b)
{
	return a.seconds == b.seconds && a.nanoseconds == b.nanoseconds;
}

bool snapshot_equal(const struct snapshot *a, const struct snapshot *b)
{
	return identity_equal(a->file, b->file) && a->size == b->size &&
	       stamps_equal(a->modified, b->modified) && stamps_equal(a->changed, b->changed);
}

/* Both times must be fine: some servers have no time of change, and show another in its place. */
uint64_t snapshot_grain(const struct snapshot *snapshot)
{
	return snapshot->modified.nanoseconds && snapshot->changed.nanoseconds ? FINE_GRAIN :
										 COARSE_GRAIN;
}

uint64_t snapshot_bytes(const struct snapshot *snapshot, uint64_t offset, uint64_t span)
{
	uint64_t rest = snapshot->size > offset ? snapshot->size - offset : 0;

	return rest < span ? rest : span;
}

uint64_t copied_room(const struct copied *copied)
{
	return copied->kept ? 0 : copied->part.bytes;
}

bool copied_shows(const struct copied *copied, const struct part *part)
{
	return copied->part.offset == part->offset && copied->part.bytes >= part->bytes &&
	       snapshot_equal(&copied->part.file, &part->file);
}

bool copied_lacks(const struct copied *copied, uint64_t end)
{
	const struct part *part = &copied->part;

	return end > part->bytes && part->offset + part->bytes < part->file.size;
}
