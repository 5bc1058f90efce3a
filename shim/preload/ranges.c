/* SPDX-License-Identifier: MIT */
/*
 * The table of ranges: a skip list, ordered by address, without overlaps.
 *
 * Invariants, true between any two stores, because a fork may copy the table at any of them:
 *   - the list of level 0 holds every range, in order; a higher level holds some of them;
 *   - a node is complete before it is linked, and linked at level 0 first; it is unlinked at
 *     level 0 last; so level 0 decides, the others are short cuts;
 *   - while a range is cut in two, both halves are in the list before the first is shortened.
 * Nodes are reused but their memory is never unmapped, so a reader that was overtaken reads
 * nonsense at worst, sees that `changes` moved, and starts again.
 * Every load here acquires and every store releases: that keeps the order of the stores, for
 * readers and for forks, without fences (which ThreadSanitizer does not follow).
 */
#include "live.h"

#include "copies.h"
#include "lock.h"
#include "memory.h"

#include <stdatomic.h>
#include <stddef.h>

enum {
	LEVELS = 8, /* a quarter of the nodes reaches each next one: good for 4^8 ranges */
	CHUNK = 64 * 1024,
	RESERVE = 64,  /* nodes: more than threads that add at once, and each may split a range */
	PATIENCE = 64, /* overtaken that often, a reader takes the lock */
};

struct node {
	_Atomic uintptr_t start, end;
	_Atomic uint64_t device, inode;
	_Atomic(struct copy *) copy;
	_Atomic uintptr_t origin;
	_Atomic bool no_exec;
	_Atomic uint64_t added; /* the generation it was added */
	_Atomic(struct node *) next[LEVELS];
};

enum { NODES = (CHUNK - sizeof(size_t)) / sizeof(struct node) };

/* The nodes behind those used are fresh: zero, and never touched. */
struct chunk {
	_Atomic size_t used;
	struct node nodes[NODES];
};

/* The lock, in memory that a child of fork does not inherit (memory.h); NULL until the first range.
 */
static _Atomic(void *) lock;

/* Odd while a writer is at work, and in a child that was forked meanwhile, until its first change.
 */
static _Atomic uint32_t changes;

/* Read by all, changed under the lock only; by single stores, in the order told above. */
static struct node head;
struct ranges_now ranges_now = { .generation = 1 };

/* Used under the lock only. A fork between two stores may lose free nodes, never share one. */
static _Atomic(struct node *) free_nodes;
static _Atomic(struct chunk *) fresh; /* one store takes the next chunk, or none of it */
/* Free and fresh ones, never more than there are; read without the lock as well. */
static _Atomic size_t available;
static uint32_t dice = 0x9e3779b9;

static struct node *follow(struct node *node, int level)
{
	return atomic_load_explicit(&node->next[level], memory_order_acquire);
}

static uintptr_t start_of(struct node *node)
{
	return atomic_load_explicit(&node->start, memory_order_acquire);
}

static uintptr_t end_of(struct node *node)
{
	return atomic_load_explicit(&node->end, memory_order_acquire);
}

/* The last node of each level that starts before address: where a change has to be made. */
static void find_before(uintptr_t address, struct node *before[LEVELS])
{
	struct node *node = &head;

	for (int level = LEVELS - 1; level >= 0; level--) {
		struct node *next;

		while ((next = follow(node, level)) && start_of(next) < address)
			node = next;
		before[level] = node;
	}
}

/* Under the lock: node's memory may be used for another range. */
static void give_node(struct node *node)
{
	/* No reader that stands on it shall walk on through the free ones. */
	atomic_store_explicit(&node->start, UINTPTR_MAX, memory_order_release);
	atomic_store_explicit(&node->next[0],
			      atomic_load_explicit(&free_nodes, memory_order_relaxed),
			      memory_order_release);
	atomic_store_explicit(&free_nodes, node, memory_order_release);
	atomic_fetch_add(&available, 1);
}

static size_t fresh_nodes(struct chunk *chunk)
{
	return chunk ? NODES - atomic_load(&chunk->used) : 0;
}

/* Under the lock. */
static bool more_nodes(void)
{
	struct chunk *old = atomic_load(&fresh);
	struct chunk *chunk = memory_kept(sizeof(*chunk));

	if (!chunk)
		return false;
	for (size_t left = fresh_nodes(old); left; left--) {
		if (atomic_load(&available))
			atomic_fetch_sub(&available, 1);
		give_node(&old->nodes[atomic_fetch_add(&old->used, 1)]);
	}
	atomic_store(&fresh, chunk);
	atomic_fetch_add(&available, NODES);
	return true;
}

/* Under the lock: a node for a new range, NULL if there is no memory. */
static struct node *take_node(void)
{
	struct node *node = atomic_load_explicit(&free_nodes, memory_order_relaxed);
	struct chunk *chunk;

	if (!node && !fresh_nodes(atomic_load(&fresh)) && !more_nodes())
		return NULL;
	/* In a child, forked while one was given back, it may be 0 although there are some. */
	if (atomic_load(&available))
		atomic_fetch_sub(&available, 1);
	if (node) {
		atomic_store_explicit(&free_nodes, follow(node, 0), memory_order_release);
		return node;
	}
	chunk = atomic_load(&fresh);
	return &chunk->nodes[atomic_fetch_add(&chunk->used, 1)];
}

static int throw_height(void)
{
	int height = 1;

	dice ^= dice << 13;
	dice ^= dice >> 17;
	dice ^= dice << 5;
	for (uint32_t bits = dice; height < LEVELS && !(bits & 3); bits >>= 2)
		height++;
	return height;
}

static void hold(const struct range *range)
{
	copy_hold(range->copy);
	if (range->start == range->origin)
		copy_is_at(range->copy, range->origin);
}

/* Under the lock. added: the generation of the range, or of the one it is a part of. */
static bool insert(const struct range *range, uint64_t added)
{
	struct node *before[LEVELS];
	struct node *node = take_node();
	int height = throw_height();

	if (!node)
		return false;
	find_before(range->start, before);
	atomic_store_explicit(&node->start, range->start, memory_order_release);
	atomic_store_explicit(&node->end, range->end, memory_order_release);
	atomic_store_explicit(&node->device, range->file.device, memory_order_release);
	atomic_store_explicit(&node->inode, range->file.inode, memory_order_release);
	atomic_store_explicit(&node->copy, range->copy, memory_order_release);
	atomic_store_explicit(&node->origin, range->origin, memory_order_release);
	atomic_store_explicit(&node->no_exec, range->copy && range->copy->made.no_exec,
			      memory_order_release);
	atomic_store_explicit(&node->added, added, memory_order_release);
	for (int level = 0; level < LEVELS; level++)
		atomic_store_explicit(&node->next[level],
				      level < height ? follow(before[level], level) : NULL,
				      memory_order_release);
	if (range->copy)
		hold(range);
	/* Counted first: who forks in between may look up in vain, but not pass by. */
	atomic_fetch_add(&ranges_now.live, 1);
	for (int level = 0; level < height; level++)
		atomic_store_explicit(&before[level]->next[level], node, memory_order_release);
	return true;
}

/* Under the lock: takes node out of the list. A fork may have linked it at some levels only. */
static void take_out(struct node *node)
{
	struct node *before[LEVELS];
	struct copy *copy;

	find_before(start_of(node), before);
	for (int level = LEVELS - 1; level >= 0; level--)
		if (follow(before[level], level) == node)
			atomic_store_explicit(&before[level]->next[level], follow(node, level),
					      memory_order_release);
	atomic_fetch_sub(&ranges_now.live, 1);
	copy = atomic_load(&node->copy);
	give_node(node);
	if (copy)
		copy_drop(copy);
}

static struct range range_of(struct node *node)
{
	return (struct range){
		.start = start_of(node),
		.end = end_of(node),
		.file = { atomic_load_explicit(&node->device, memory_order_acquire),
			  atomic_load_explicit(&node->inode, memory_order_acquire) },
		.copy = atomic_load_explicit(&node->copy, memory_order_acquire),
		.origin = atomic_load_explicit(&node->origin, memory_order_acquire),
		.no_exec = atomic_load_explicit(&node->no_exec, memory_order_acquire),
		.added = atomic_load_explicit(&node->added, memory_order_acquire),
	};
}

/* The first node that ends behind address: the one that holds it, or the next one. */
static struct node *first_behind(uintptr_t address)
{
	struct node *before[LEVELS];

	find_before(address, before);
	if (before[0] != &head && end_of(before[0]) > address)
		return before[0];
	return follow(before[0], 0);
}

/* Under the lock: takes [start, end) away from node, which overlaps it. */
static void cut(struct node *node, uintptr_t start, uintptr_t end)
{
	struct range old = range_of(node);

	if (old.start < start && old.end > end) {
		struct range rest = old;

		rest.start = end;
		/* No memory for the second half: known too much is right, too little is not. */
		if (!insert(&rest, old.added))
			return;
	}
	if (old.start < start)
		atomic_store_explicit(&node->end, start, memory_order_release);
	else if (old.end > end)
		atomic_store_explicit(&node->start, end, memory_order_release);
	else
		take_out(node);
}

static void forget_locked(uintptr_t start, uintptr_t end, uint64_t until)
{
	struct node *node = first_behind(start);

	while (node && start_of(node) < end) {
		struct node *next = follow(node, 0);

		if (atomic_load(&node->added) < until)
			cut(node, start, end);
		node = next;
	}
}

/* The lock, taken; blocked: as lock_take() has it. NULL without memory, or below a handler. */
static struct lock *begin_change(struct lock_held *held, struct signals *blocked)
{
	struct lock *taken = memory_wiped(&lock, sizeof(*taken));

	if (!taken || !lock_take(taken, held, blocked))
		return NULL;
	/* Odd already if its last writer died at work, or is not in this child. */
	atomic_fetch_or(&changes, 1);
	return taken;
}

static void end_change(struct lock *taken, const struct lock_held *held)
{
	atomic_fetch_add(&changes, 1);
	lock_release(taken, held);
}

uint64_t ranges_generation(void)
{
	return live_generation();
}

static bool reserve(size_t count, struct signals *blocked)
{
	struct lock_held held;
	struct lock *taken;
	bool enough;

	if (atomic_load(&available) >= RESERVE + count)
		return true;
	taken = begin_change(&held, blocked);
	if (!taken)
		return false;
	do
		enough = atomic_load(&available) >= RESERVE + count;
	while (!enough && more_nodes());
	end_change(taken, &held);
	return enough;
}

bool ranges_reserve_within(struct signals *blocked)
{
	return reserve(0, blocked);
}

bool ranges_reserve_for(size_t count)
{
	return reserve(count, NULL);
}

bool ranges_add_within(const struct range *range, struct signals *blocked)
{
	struct lock_held held;
	struct lock *taken = begin_change(&held, blocked);
	bool added;

	if (!taken)
		return false;
	forget_locked(range->start, range->end, UINT64_MAX);
	added = insert(range, atomic_load(&ranges_now.generation));
	/* Afterwards: who sees it change finds the range, who does not was before it. */
	atomic_fetch_add(&ranges_now.generation, 1);
	end_change(taken, &held);
	return added;
}

bool ranges_add(const struct range *range)
{
	return ranges_add_within(range, &(struct signals){ .thread = 0 });
}

void ranges_forget(uintptr_t start, uintptr_t end, uint64_t until)
{
	struct lock_held held;
	struct range found;
	struct lock *taken;

	if (!ranges_find(start, end, &found))
		return;
	taken = begin_change(&held, NULL);
	if (!taken)
		return;
	forget_locked(start, end, until);
	end_change(taken, &held);
}

static bool find(uintptr_t start, uintptr_t end, struct range *found)
{
	struct node *node = first_behind(start);

	if (!node)
		return false;
	*found = range_of(node);
	return start < end && found->start < end;
}

bool ranges_find_whole(uintptr_t start, uintptr_t end, struct range *found)
{
	struct lock_held held;
	struct lock *taken;
	bool hit;

	if (!ranges_live())
		return false;
	for (int tries = 0; tries < PATIENCE; tries++) {
		uint32_t before = atomic_load(&changes);

		if (before & 1)
			continue;
		hit = find(start, end, found);
		if (atomic_load(&changes) == before)
			return hit;
	}
	taken = begin_change(&held, NULL);
	hit = find(start, end, found);
	if (taken)
		end_change(taken, &held);
	return hit;
}

bool ranges_find(uintptr_t start, uintptr_t end, struct range *found)
{
	if (!ranges_find_whole(start, end, found))
		return false;
	if (found->start < start)
		found->start = start;
	if (found->end > end)
		found->end = end;
	return true;
}

bool ranges_hold(uintptr_t start, uintptr_t end, struct range *found)
{
	while (ranges_find(start, end, found)) {
		if (!found->copy || copy_hold_if_live(found->copy))
			return true;
		start = found->end;
	}
	return false;
}

void ranges_let_go(const struct range *range)
{
	if (range->copy)
		copy_drop(range->copy);
}
