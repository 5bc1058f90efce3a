/*
 * What was learned of files. Called by file.c and shown.c.
 *
 * One word for each: when, and a sum of everything that says which file it is and whether it has
 * changed. So there is nothing that a thread could see half written, and nothing to drop when a
 * file changes: its word is another one then.
 */
#include "known.h"

#include "kernel.h"

#include <stdatomic.h>
#include <time.h>

enum {
	SET_BITS = 6,
	WAYS = 8, /* a word may stand in each place of its set, which is a line of the cache */
	WHEN_BITS = 24,	   /* of a word: it wraps after two weeks */
	WHEN_NS = 1 << 26, /* its unit, 67 ms */
};

#define WHEN ((UINT64_C(1) << WHEN_BITS) - 1)

/* Each is read and written as one value. */
static struct set {
	_Alignas(64) _Atomic uint64_t words[WAYS];
} sets[1 << SET_BITS];

static uint64_t mix(uint64_t sum, uint64_t part)
{
	sum = (sum ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

static uint64_t sum_of(uint64_t what, const struct snapshot *file)
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

/* Where it is, or else the place of what was learned first, and in the first place of nothing. */
static size_t place_in(const struct set *set, uint64_t sum)
{
	size_t oldest = 0;

	for (size_t way = 0; way < WAYS; way++) {
		uint64_t there = read_word(set, way);

		if ((there & ~WHEN) == sum)
			return way;
		if ((there & WHEN) < (read_word(set, oldest) & WHEN))
			oldest = way;
	}
	return oldest;
}

static struct stamp clock_of(int which)
{
	word now[2] = { 0, 0 }; /* struct timespec of this system call */

	kernel(SYS_clock_gettime, which, now);
	return (struct stamp){ now[0], (uint32_t)now[1] };
}

static uint64_t when(void)
{
	struct stamp now = clock_of(CLOCK_MONOTONIC_COARSE);
	uint64_t ns = (uint64_t)now.seconds * 1000000000 + now.nanoseconds;

	return ns / WHEN_NS & WHEN;
}

/* A file written just now may be written again without a trace in its stamps. */
void known_add(uint64_t what, const struct snapshot *file)
{
	uint64_t sum = sum_of(what, file);
	struct set *set = set_of(sum);

	if (snapshot_is_settled(file, clock_of(CLOCK_REALTIME_COARSE)))
		atomic_store_explicit(&set->words[place_in(set, sum)], sum | when(),
				      memory_order_relaxed);
}

/* Its word, 0 if there is none. */
static uint64_t word_of(uint64_t what, const struct snapshot *file)
{
	uint64_t sum = sum_of(what, file);
	const struct set *set = set_of(sum);
	uint64_t there = read_word(set, place_in(set, sum));

	return (there & ~WHEN) == sum ? there : 0;
}

bool known_ever(uint64_t what, const struct snapshot *file)
{
	return word_of(what, file) != 0;
}

enum known_since known_since(uint64_t what, const struct snapshot *file)
{
	uint64_t there = word_of(what, file);

	if (!there)
		return KNOWN_NEVER;
	return ((when() - there) & WHEN) <= 1 ? KNOWN_JUST_NOW : KNOWN_ONCE;
}
