/* SPDX-License-Identifier: MIT */
/*
 * The list of copies.
 */
#include "copies.h"

#include "mm.h"
#include "state.h"

#include <stdlib.h>
#include <unistd.h>

/* Under the lock of tracees.h. */
static struct copy *first;

struct copy *copies_find(const struct part *part)
{
	for (struct copy *copy = first; copy; copy = copy->next)
		if ((copy->made.shared || copy->filling) && copied_shows(&copy->made, part)) {
			copy->holders++;
			return copy;
		}
	return NULL;
}

struct copy *copies_add(const struct part *part)
{
	struct copy *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = (struct copy){
		.made.part = *part, .next = first, .holders = 1, .fd = -1, .filling = true
	};
	first = copy;
	return copy;
}

void copy_hold(struct copy *copy)
{
	copy->holders++;
}

void copy_drop(struct copy *copy)
{
	struct copy **link = &first;

	if (--copy->holders)
		return;
	while (*link != copy)
		link = &(*link)->next;
	*link = copy->next;
	if (copy->fd >= 0)
		close(copy->fd);
	free(copy);
}

static bool is_first_of_its_copy(const struct mm *mm, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (mm->ranges[i].copy == mm->ranges[at].copy)
			return false;
	return true;
}

bool copies_allow(const struct mm *mm, uint64_t bytes, bool in_memory)
{
	const struct settings *settings = state_settings();
	uint64_t taken[2] = { mm->reserved[0], mm->reserved[1] };

	for (size_t i = 0; i < mm->count; i++) {
		const struct copy *copy = mm->ranges[i].copy;

		if (copy && is_first_of_its_copy(mm, i))
			taken[copy->made.in_memory] += copied_room(&copy->made);
	}
	if (bytes > settings->buffer_limit || taken[0] + taken[1] > settings->buffer_limit - bytes)
		return false;
	return !in_memory ||
	       (bytes <= state_memory_limit() && taken[1] <= state_memory_limit() - bytes);
}

bool copies_have(struct identity file)
{
	for (const struct copy *copy = first; copy; copy = copy->next)
		if (copy->fd >= 0 && identity_equal(copy->made.self, file))
			return true;
	return false;
}
