/* SPDX-License-Identifier: MIT */
/*
 * A skip list.
 *
 * Invariants, true between any two stores, because a fork may copy the list at any of them:
 *   - the list of level 0 has every range, in order; a higher level has some of them;
 *   - a node is complete before it is linked, and linked at level 0 first; it is unlinked at
 *     level 0 last; so level 0 decides, the others are shortcuts;
 *   - while a range is cut in two, both halves are in the list before the first is shortened.
 * Nodes are reused, but their memory is never unmapped, so a reader that was overtaken reads
 * nonsense at worst. Every load here acquires and every store releases. That keeps the stores in
 * order for readers and forks without fences, which ThreadSanitizer does not follow.
 */
#include "skiplist.h"

#include "copies.h"
#include "live.h"
#include "memory.h"

#include <stddef.h>

enum {
	LEVELS = 8, /* a quarter of a level's nodes is in the next one: enough for 4^8 ranges */
	CHUNK = 64 * 1024,
};

struct node {
	struct cell cell;
	_Atomic(struct node *) next[LEVELS];
};

#define SEED UINT32_C(0x9e3779b9)

enum { NODES = (CHUNK - sizeof(size_t)) / sizeof(struct node) };

/* The nodes after those used are fresh: zero, and never touched. */
struct chunk {
	_Atomic size_t used;
	struct node nodes[NODES];
};

/* Read by all; only the holder of the lock changes it, by single stores in the above order. */
static struct node head;

/* Used only under the lock. A fork between two stores may lose free nodes, but never shares one. */
static _Atomic(struct node *) free_nodes;
static struct chunk first_chunk;
/* The newest chunk, NULL: the first one. One store changes it. */
static _Atomic(struct chunk *) later_chunk;
/* Nodes in use, never too few, less NODES for each later chunk; read without the lock as well. */
static _Atomic long in_use;
static uint32_t dice;

static struct chunk *fresh_chunk(void)
{
	struct chunk *later = atomic_load(&later_chunk);

	return later ? later : &first_chunk;
}

static long available(void)
{
	return NODES - atomic_load(&in_use);
}

static struct node *follow(struct node *node, int level)
{
	return atomic_load_explicit(&node->next[level], memory_order_acquire);
}

static uintptr_t start_of(struct node *node)
{
	return atomic_load_explicit(&node->cell.start, memory_order_acquire);
}

static uintptr_t end_of(struct node *node)
{
	return atomic_load_explicit(&node->cell.end, memory_order_acquire);
}

/*
 * The last node that starts before address. before, if not NULL, gets that node of each level,
 * where a change must be made.
 */
static struct node *find_before(uintptr_t address, struct node **before)
{
	struct node *node = &head;

	for (int level = LEVELS - 1; level >= 0; level--) {
		struct node *next;

		while ((next = follow(node, level)) && start_of(next) < address)
			node = next;
		if (before)
			before[level] = node;
	}
	return node;
}

/* Under the lock: makes node available for another range. */
static void give_node(struct node *node)
{
	/* A reader that is at this node must not continue through the free ones. */
	atomic_store_explicit(&node->cell.start, UINTPTR_MAX, memory_order_release);
	atomic_store_explicit(&node->next[0],
			      atomic_load_explicit(&free_nodes, memory_order_relaxed),
			      memory_order_release);
	atomic_store_explicit(&free_nodes, node, memory_order_release);
	atomic_fetch_sub(&in_use, 1);
}

static size_t fresh_nodes(struct chunk *chunk)
{
	return NODES - atomic_load(&chunk->used);
}

/* Under the lock. */
static bool more_nodes(void)
{
	struct chunk *old = fresh_chunk();
	struct chunk *chunk = memory_kept(sizeof(*chunk));

	if (!chunk)
		return false;
	for (size_t left = fresh_nodes(old); left; left--) {
		if (available() > 0)
			atomic_fetch_add(&in_use, 1);
		give_node(&old->nodes[atomic_fetch_add(&old->used, 1)]);
	}
	atomic_store(&later_chunk, chunk);
	atomic_fetch_sub(&in_use, NODES);
	return true;
}

/* Under the lock: a node for a new range, NULL if there is no memory. */
static struct node *take_node(void)
{
	struct node *node = atomic_load_explicit(&free_nodes, memory_order_relaxed);
	struct chunk *chunk;

	if (!node && !fresh_nodes(fresh_chunk()) && !more_nodes())
		return NULL;
	/* In a child that was forked during give_node() it may be 0 although there are nodes. */
	if (available() > 0)
		atomic_fetch_add(&in_use, 1);
	if (node) {
		atomic_store_explicit(&free_nodes, follow(node, 0), memory_order_release);
		return node;
	}
	chunk = fresh_chunk();
	return &chunk->nodes[atomic_fetch_add(&chunk->used, 1)];
}

static int throw_height(void)
{
	uint32_t bits = dice ^ SEED;
	int height = 1;

	bits ^= bits << 13;
	bits ^= bits >> 17;
	bits ^= bits << 5;
	dice = bits ^ SEED;
	for (; height < LEVELS && !(bits & 3); bits >>= 2)
		height++;
	return height;
}

struct range cell_read(struct cell *cell)
{
	return (struct range){
		.start = atomic_load_explicit(&cell->start, memory_order_acquire),
		.end = atomic_load_explicit(&cell->end, memory_order_acquire),
		.file = { atomic_load_explicit(&cell->device, memory_order_acquire),
			  atomic_load_explicit(&cell->inode, memory_order_acquire) },
		.copy = atomic_load_explicit(&cell->copy, memory_order_acquire),
		.origin = atomic_load_explicit(&cell->origin, memory_order_acquire),
		.no_exec = atomic_load_explicit(&cell->no_exec, memory_order_acquire),
		.added = atomic_load_explicit(&cell->added, memory_order_acquire),
	};
}

void cell_write(struct cell *cell, const struct range *range)
{
	atomic_store_explicit(&cell->start, range->start, memory_order_release);
	atomic_store_explicit(&cell->end, range->end, memory_order_release);
	atomic_store_explicit(&cell->device, range->file.device, memory_order_release);
	atomic_store_explicit(&cell->inode, range->file.inode, memory_order_release);
	atomic_store_explicit(&cell->copy, range->copy, memory_order_release);
	atomic_store_explicit(&cell->origin, range->origin, memory_order_release);
	atomic_store_explicit(&cell->no_exec, range->no_exec, memory_order_release);
	atomic_store_explicit(&cell->added, range->added, memory_order_release);
}

/* Before the range can be found: a child forked in between may look up in vain, but does look. */
void cell_counts(const struct range *range)
{
	if (range->copy)
		copy_hold(range->copy);
	if (range->copy && range->start == range->origin)
		copy_is_at(range->copy, range->origin);
	atomic_fetch_add(&ranges_now.live, 1);
}

void cell_counts_no_more(struct copy *copy)
{
	atomic_fetch_sub(&ranges_now.live, 1);
	if (copy)
		copy_drop(copy);
}

bool skiplist_insert(const struct range *range)
{
	struct node *before[LEVELS];
	struct node *node = take_node();
	int height = throw_height();

	if (!node)
		return false;
	find_before(range->start, before);
	cell_write(&node->cell, range);
	for (int level = 0; level < LEVELS; level++)
		atomic_store_explicit(&node->next[level],
				      level < height ? follow(before[level], level) : NULL,
				      memory_order_release);
	cell_counts(range);
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
	copy = atomic_load(&node->cell.copy);
	give_node(node);
	cell_counts_no_more(copy);
}

/* The first node that ends above address: the one that contains it, or the next one. */
static struct node *first_behind(uintptr_t address)
{
	struct node *before = find_before(address, NULL);

	if (before != &head && end_of(before) > address)
		return before;
	return follow(before, 0);
}

/* Under the lock: takes [start, end) away from node, which overlaps it. */
static void cut(struct node *node, uintptr_t start, uintptr_t end)
{
	struct range old = cell_read(&node->cell);

	if (old.start < start && old.end > end) {
		struct range rest = old;

		rest.start = end;
		/* No memory for the second half: the table may know too much, never too little. */
		if (!skiplist_insert(&rest))
			return;
	}
	if (old.start < start)
		atomic_store_explicit(&node->cell.end, start, memory_order_release);
	else if (old.end > end)
		atomic_store_explicit(&node->cell.start, end, memory_order_release);
	else
		take_out(node);
}

void skiplist_forget(uintptr_t start, uintptr_t end, uint64_t until)
{
	struct node *node = first_behind(start);

	while (node && start_of(node) < end) {
		struct node *next = follow(node, 0);

		if (atomic_load(&node->cell.added) < until)
			cut(node, start, end);
		node = next;
	}
}

bool skiplist_find(uintptr_t start, uintptr_t end, struct range *found)
{
	struct node *node = first_behind(start);

	if (!node)
		return false;
	*found = cell_read(&node->cell);
	return start < end && found->start < end;
}

bool skiplist_apart(uintptr_t start, uintptr_t end)
{
	struct node *node = first_behind(start);

	return !node || start_of(node) >= end;
}

bool skiplist_has_room(size_t count)
{
	return available() >= (long)count;
}

bool skiplist_make_room(size_t count)
{
	while (!skiplist_has_room(count))
		if (!more_nodes())
			return false;
	return true;
}
