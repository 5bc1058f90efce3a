/* SPDX-License-Identifier: MIT */
/*
 * What does not fit on a stack is mapped, and given back after a call that fails. After an exec
 * that does not fail nobody is left to do so; and if that was a vfork child, its parent has it
 * still. So the kernel is asked to clear a word at that moment (set_tid_address(2): also at an
 * exec, where memory is shared). Then the place is free, and whoever takes it gives back what is
 * there: never more than PLACES are left over.
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
	size_t place;	 /* PLACES: none */
	int32_t *before; /* what the kernel would have cleared without us */
	char *bytes[];
};

/*
 * in_use is taken from 0 to 1 by one thread, and becomes 0 by it or by the kernel; mapped is
 * exchanged, so that one only gives back what was there. A child of fork has copies that it may
 * leave as they are.
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

/* Pages may be larger, never smaller. */
enum { PAGE = 4096 };

/* The kernel copies a mask of signals before it finds that it does not know what is to be done. */
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
