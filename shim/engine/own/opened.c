/* SPDX-License-Identifier: MIT */
/*
 * Keeps the engine's descriptors out of children.
 */
#include "opened.h"

#include "inode.h"
#include "kernel.h"

#include <stdatomic.h>

enum {
	ROOM = 64,
	STEP_NS = 50 * 1000, /* a wait sleeps that long, about as long again, and looks */
	STEPS = 10000,
};

/*
 * How many threads are between opened_begin() and opened_end(), and how many fork. Each side first
 * writes its own counter and then reads the other one, so that at least one sees the other.
 */
static _Atomic int open_now, forking;

struct opened {
	_Atomic int state; /* 0: free, 1: being written, 2: complete */
	int fd;
	struct identity file;
};

/* Each is taken and freed by one atomic operation. The child of a fork clears its copies. */
static struct opened all[ROOM];

/* False if that takes too long: a holder was killed, or waits for the thread that waits here. */
static bool wait_for_none(const _Atomic int *count)
{
	static const word step[2] = { 0, STEP_NS };

	for (int i = 0; i < STEPS; i++) {
		if (!atomic_load(count))
			return true;
		kernel(SYS_ppoll, NULL, 0, step, NULL, KERNEL_SIGNALS);
	}
	return false;
}

void opened_begin(void)
{
	bool in_time = true;

	atomic_fetch_add(&open_now, 1);
	while (in_time && atomic_load(&forking)) {
		atomic_fetch_sub(&open_now, 1);
		in_time = wait_for_none(&forking);
		atomic_fetch_add(&open_now, 1);
	}
}

void opened_end(void)
{
	atomic_fetch_sub(&open_now, 1);
}

void opened_before_fork(void)
{
	atomic_fetch_add(&forking, 1);
	wait_for_none(&open_now);
}

void opened_in_parent(void)
{
	atomic_fetch_sub(&forking, 1);
}

struct opened *opened_add(int fd, struct identity file)
{
	for (struct opened *opened = all; opened < all + ROOM; opened++) {
		int state = 0;

		if (!atomic_compare_exchange_strong(&opened->state, &state, 1))
			continue;
		opened->fd = fd;
		opened->file = file;
		atomic_store(&opened->state, 2);
		return opened;
	}
	return NULL;
}

void opened_forget(struct opened *opened)
{
	if (opened)
		atomic_store(&opened->state, 0);
}

/* The threads that were counted do not exist in the child. */
void opened_in_child(void)
{
	atomic_store(&open_now, 0);
	atomic_store(&forking, 0);
	for (struct opened *opened = all; opened < all + ROOM; opened++) {
		struct inode found;

		if (atomic_load(&opened->state) == 2 && inode_look(opened->fd, &found) &&
		    identity_equal(found.now.file, opened->file))
			kernel(SYS_close, opened->fd);
		atomic_store(&opened->state, 0);
	}
}
