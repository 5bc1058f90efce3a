/* SPDX-License-Identifier: MIT */
/*
 * What was learned of files.
 *
 * One word for each: when, and a sum of everything that says which file it is and whether it has
 * changed. So there is nothing that a thread could see half written, and nothing to drop when a
 * file changes: its word is another one then.
 */
#include "filecache.h"

#include <stdatomic.h>
#include <stddef.h>

enum {
	SET_BITS = 6,
	WAYS = 8, /* a word may stand in each place of its set, which is a line of the cache */
	WHEN_BITS = 24,	   /* of a word: it wraps after 39 hours, and the file is then new again */
	WHEN_NS = 1 << 23, /* its unit */
};

#define WHEN ((UINT64_C(1) << WHEN_BITS) - 1)

enum what { AS_STAT = 1, SEEN, GIT };

/* Each is read and written as one value. */
static struct set {
	_Alignas(64) _Atomic uint64_t words[WAYS];
} sets[1 << SET_BITS];

/* Which word of a full set goes next: any order of threads is right. */
static _Atomic unsigned int turn;

static uint64_t mix(uint64_t sum, uint64_t part)
{
	sum = (sum ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
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

/* Its word, 0 if there is none. */
static uint64_t find(uint64_t sum)
{
	const struct set *set = set_of(sum);

	for (size_t way = 0; way < WAYS; way++) {
		uint64_t there = read_word(set, way);

		if ((there & ~WHEN) == sum)
			return there;
	}
	return 0;
}

static void add(uint64_t sum, uint64_t when)
{
	struct set *set = set_of(sum);
	size_t way = 0;

	while (way < WAYS && read_word(set, way))
		way++;
	if (way == WAYS)
		way = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed) % WAYS;
	atomic_store_explicit(&set->words[way], sum | when, memory_order_relaxed);
}

uint64_t filecache_first_seen(const struct snapshot *file, uint64_t now)
{
	uint64_t sum = sum_of(SEEN, file);
	uint64_t there = find(sum);
	uint64_t unit = now / WHEN_NS, ago;

	if (!there) {
		add(sum, unit & WHEN);
		return now;
	}
	ago = (unit - there) & WHEN;
	/* At the end of its unit, for all that is known. */
	return ago ? (unit - ago + 1) * WHEN_NS : now;
}

static uint64_t sum_of_name(struct identity file, const char *path)
{
	uint64_t sum = mix(mix(GIT, file.device), file.inode);

	for (; *path; path++)
		sum = mix(sum, (unsigned char)*path);
	return sum & ~WHEN;
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

bool filecache_as_stat(const struct snapshot *file)
{
	return find(sum_of(AS_STAT, file)) != 0;
}

void filecache_is_as_stat(const struct snapshot *file)
{
	add(sum_of(AS_STAT, file), 0);
}
