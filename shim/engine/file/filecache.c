/* SPDX-License-Identifier: MIT */
/*
 * Remembers facts about files.
 *
 * Each fact is one word: a time, and a sum of everything that identifies the file and shows whether
 * it changed. So no thread can see a half-written fact, and a file that changes needs no clean-up:
 * it has another word then.
 */
#include "filecache.h"

#include "ticks.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

enum {
	SET_BITS = 6,
	WAYS = 8,	   /* a word may be in any place of its set, which is a cache line */
	WHEN_BITS = 24,	   /* of a word; 19 hours are half of it */
	WHEN_NS = 1 << 23, /* the unit of the time */
};

#define WHEN ((UINT64_C(1) << WHEN_BITS) - 1)

/*
 * How long ago a time was, in its unit. Above LONGEST it was so long ago that it is not known, or
 * another thread has stored a later time than this one read: then now takes its place.
 */
#define LONGEST (WHEN / 2)

static uint64_t since(uint64_t now, uint64_t there)
{
	return (now - there) & WHEN;
}

enum what { AS_STAT = 1, SEEN, GIT, NAME, PLAIN };

/* Atomic words, each independent of all others: safe across threads, fork and signals. */
static struct set {
	_Alignas(64) _Atomic uint64_t words[WAYS];
} sets[1 << SET_BITS];

/* The word of a full set to be replaced next. Threads may count in any order. */
static _Atomic unsigned int turn;

static uint64_t mix(uint64_t sum, uint64_t part)
{
	sum = (sum ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

/* Mixes eight bytes at a time. */
static uint64_t mix_bytes(uint64_t sum, const char *bytes, size_t length)
{
	uint64_t part = 0;

	for (; length >= sizeof(part); bytes += sizeof(part), length -= sizeof(part)) {
		memcpy(&part, bytes, sizeof(part));
		sum = mix(sum, part);
	}
	part = length;
	for (size_t i = 0; i < length; i++)
		part = part << 8 | (unsigned char)bytes[i];
	return mix(sum, part);
}

static uint64_t sum_of(enum what what, const struct snapshot *file)
{
	uint64_t sum = mix(what, file->file.device);

	sum = mix(sum, file->file.inode);
	sum = mix(sum, file->size);
	sum = mix(sum, (uint64_t)file->modified.seconds);
	sum = mix(sum, file->modified.nanoseconds);
	sum = mix(sum, (uint64_t)file->changed.seconds);
	sum = mix(sum, file->changed.nanoseconds);
	return mix(sum, what) & ~WHEN;
}

static struct set *set_of(uint64_t sum)
{
	return &sets[sum >> (64 - SET_BITS)];
}

static uint64_t read_word(const struct set *set, size_t way)
{
	return atomic_load_explicit(&set->words[way], memory_order_relaxed);
}

/* The way whose word equals sum in these bits; WAYS if there is none. */
static size_t way_of(const struct set *set, uint64_t bits, uint64_t sum)
{
	size_t way = 0;

	while (way < WAYS && (read_word(set, way) & bits) != sum)
		way++;
	return way;
}

/* The word with that sum, 0 if there is none. */
static uint64_t find(uint64_t sum)
{
	const struct set *set = set_of(sum);
	size_t way = way_of(set, ~WHEN, sum);

	return way < WAYS ? read_word(set, way) : 0;
}

/* Replaces the word with the same sum, if there is one. */
static void add(uint64_t sum, uint64_t when)
{
	struct set *set = set_of(sum);
	size_t way = way_of(set, ~WHEN, sum);

	if (way == WAYS)
		way = way_of(set, ~UINT64_C(0), 0);
	if (way == WAYS)
		way = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % WAYS;
	atomic_store_explicit(&set->words[way], sum | when, memory_order_relaxed);
}

uint64_t filecache_first_seen(const struct snapshot *file, uint64_t now)
{
	uint64_t sum = sum_of(SEEN, file);
	uint64_t there = find(sum);
	uint64_t unit = now / WHEN_NS, ago;

	ago = since(unit, there);
	if (!there || ago > LONGEST) {
		add(sum, unit & WHEN);
		return now;
	}
	/* It may have been as late as the end of that unit. */
	return ago ? (unit - ago + 1) * WHEN_NS : now;
}

void filecache_was_seen(const struct snapshot *file, uint64_t when, uint64_t now)
{
	uint64_t sum = sum_of(SEEN, file);
	uint64_t longest = LONGEST / 2 * WHEN_NS; /* and still known for the next 9 hours */

	if (!find(sum))
		add(sum, (now - when < longest ? when : now - longest) / WHEN_NS & WHEN);
}

static uint64_t sum_of_name(struct identity file, const char *path)
{
	return mix_bytes(mix(mix(GIT, file.device), file.inode), path, strlen(path)) & ~WHEN;
}

bool filecache_git(struct identity file, const char *path, bool *git)
{
	uint64_t there = find(sum_of_name(file, path));

	*git = there & 1;
	return there != 0;
}

void filecache_set_git(struct identity file, const char *path, bool git)
{
	add(sum_of_name(file, path), git);
}

uint64_t filecache_name(uint64_t device, const char *path, size_t length, const char *name)
{
	uint64_t sum = mix_bytes(mix(NAME, device), path, length);

	return mix_bytes(sum, name, strlen(name)) & ~WHEN;
}

/*
 * The lowest bit says whether the name existed, the next ones how often the time for which that
 * holds was doubled, the others when it was looked up.
 */
enum {
	DOUBLED_MOST = 4,
	DOUBLED_BITS = 3,
	LOOKED_AT = 1 + DOUBLED_BITS,
	LOOKED_TICKS = TICKS_SHORT / 3, /* its unit: it wraps after nine hours, at 2 GHz */
};

static uint64_t doubled(uint64_t word)
{
	return word >> 1 & ((1 << DOUBLED_BITS) - 1);
}

/* How many times the time for which it holds has passed since then, rounded down. */
static uint64_t times_over(uint64_t word, uint64_t now)
{
	uint64_t ago = (now / LOOKED_TICKS - (word >> LOOKED_AT)) & WHEN >> LOOKED_AT;

	return ago / (TICKS_SHORT / LOOKED_TICKS) >> doubled(word);
}

bool filecache_lately(uint64_t name, uint64_t now, bool *there)
{
	uint64_t found = find(name);

	*there = found & 1;
	return found && !times_over(found, now);
}

void filecache_set_lately(uint64_t name, uint64_t now, bool there, bool again)
{
	uint64_t found = find(name), times = 0;

	if (again && found && (found & 1) == there && times_over(found, now) < 2)
		times = doubled(found) + (doubled(found) < DOUBLED_MOST);
	add(name, ((now / LOOKED_TICKS) << LOOKED_AT & WHEN) | times << 1 | there);
}

/* All bits set: known to be plain. Else the time when a plain start was first read. */
bool filecache_is_plain(const struct snapshot *file)
{
	return (find(sum_of(PLAIN, file)) & WHEN) == WHEN;
}

void filecache_was_plain(const struct snapshot *file, uint64_t ticks)
{
	uint64_t sum = sum_of(PLAIN, file);
	uint64_t there = find(sum);
	uint64_t when = ticks & WHEN;

	when -= when == WHEN;
	if (!there || since(when, there) > LONGEST)
		add(sum, when);
	else if (since(when, there) > snapshot_grain(file) / TICK_SHORTEST + 1)
		add(sum, WHEN);
}

bool filecache_as_stat(const struct snapshot *file)
{
	return find(sum_of(AS_STAT, file)) != 0;
}

void filecache_is_as_stat(const struct snapshot *file)
{
	add(sum_of(AS_STAT, file), 0);
}
