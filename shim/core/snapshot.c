/*
 * What a file was like at one moment. Called by the buffers of each engine; pure.
 */
#include "snapshot.h"

enum {
	TICK = 20 * 1000 * 1000, /* nanoseconds: two ticks of the slowest kernel clock, 100 Hz */
	SECONDS = 2,		 /* where stamps have no finer unit; FAT counts in two of them */
};

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

static bool is_past(struct stamp then, struct stamp now)
{
	int64_t seconds = now.seconds - then.seconds;

	if (!then.nanoseconds)
		return seconds > SECONDS;
	if (seconds < 0 || seconds > 1)
		return seconds > 0;
	return seconds * 1000000000 + now.nanoseconds - then.nanoseconds > TICK;
}

/* mtime can be set back (touch -d), ctime cannot; but some servers have no ctime. */
bool snapshot_is_settled(const struct snapshot *snapshot, struct stamp now)
{
	return is_past(snapshot->modified, now) && is_past(snapshot->changed, now);
}

uint64_t snapshot_bytes(const struct snapshot *snapshot, uint64_t offset, uint64_t span)
{
	uint64_t rest = snapshot->size > offset ? snapshot->size - offset : 0;

	return rest < span ? rest : span;
}
