/* SPDX-License-Identifier: MIT */
/*
 * Maps memory that does not fit on the stack, and unmaps it after a call that fails. After a
 * successful exec nobody is left to do so; if a vfork child made it, its parent still has the
 * memory. So the kernel clears a word at that exec (set_tid_address(2): at an exec, if memory is
 * shared). Then the place is free, and the next thread that takes it unmaps the old memory: at most
 * PLACES are left over.
 */
#include "memory.h"

#include "kernel.h"

#include <limits.h>
#include <linux/prctl.h>
#include <stdatomic.h>
#include <string.h>

enum { PLACES = 8 };

struct mapped {
	size_t size;
	size_t place;	 /* PLACES means none */
	int32_t *before; /* the word that the kernel would clear without this */
	char *bytes[];
};

/*
 * One thread changes in_use from 0 to 1, and that thread or the kernel back to 0. mapped is
 * exchanged, so that only one thread unmaps the old memory. A child of fork may ignore its copies.
 */
static struct {
	_Atomic int32_t in_use;
	_Atomic(struct mapped *) mapped;
} places[PLACES];

static void unmap(struct mapped *mapped)
{
	if (mapped)
		kernel(SYS_munmap, mapped, mapped->size);
}

static void leave_to_kernel(struct mapped *mapped)
{
	if (kernel(SYS_prctl, PR_GET_TID_ADDRESS, &mapped->before))
		return;
	for (size_t i = 0; i < PLACES; i++) {
		int32_t none = 0;

		if (!atomic_compare_exchange_strong(&places[i].in_use, &none, 1))
			continue;
		mapped->place = i;
		unmap(atomic_exchange(&places[i].mapped, mapped));
		kernel(SYS_set_tid_address, &places[i].in_use);
		return;
	}
}

void *room_take(struct room *room, size_t size, bool execs)
{
	struct mapped *mapped;

	room->mapped = NULL;
	if (size <= sizeof(room->small))
		return room->small;
	size += sizeof(*mapped);
	mapped = kernel_memory(size);
	if (!mapped)
		return NULL;
	mapped->size = size;
	mapped->place = PLACES;
	if (execs)
		leave_to_kernel(mapped);
	room->mapped = mapped;
	return mapped->bytes;
}

void room_give(struct room *room)
{
	struct mapped *mapped = room->mapped;

	if (mapped && mapped->place < PLACES) {
		kernel(SYS_set_tid_address, mapped->before);
		atomic_store(&places[mapped->place].mapped, NULL);
		atomic_store(&places[mapped->place].in_use, 0);
	}
	unmap(mapped);
	room->mapped = NULL;
}

/* The smallest page; real ones may be larger. */
enum { PAGE = 4096 };

/* The kernel reads the mask before it rejects -1 as unknown operation. */
bool memory_there(const void *at, uintptr_t *page)
{
	uintptr_t address = (uintptr_t)at & -(uintptr_t)KERNEL_SIGNALS;

	if ((address & -(uintptr_t)PAGE) == *page && *page)
		return true;
	if (kernel(SYS_rt_sigprocmask, -1, address, NULL, KERNEL_SIGNALS) != -EINVAL)
		return false;
	*page = address & -(uintptr_t)PAGE;
	return true;
}

bool memory_name_there(const char *name)
{
	uintptr_t page = 0;

	for (const char *at = name; at - name < PATH_MAX;) {
		size_t rest = PAGE - (uintptr_t)at % PAGE;

		if (!memory_there(at, &page))
			return false;
		if (memchr(at, '\0', rest))
			return true;
		at += rest;
	}
	return false;
}
