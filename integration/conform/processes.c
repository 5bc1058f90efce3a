/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mappings and child processes, of every way to make one.
 */
#include "conform.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)

/*
 * Of the running case; each case has its own process. Static, because a vfork child must not write
 * into its parent's frame.
 */
static int file;
static char *at;

/* Maps three pages of letters, with nothing near them. */
static void map_letters(void)
{
	file = make_letters("file", 3, O_RDONLY);
	at = map_shared_at((char *)reserve(5) + PAGE, file, 3 * PAGE, 0);
}

static void say_state(const char *who)
{
	answer("%s sees %s", who, view(at, 3));
	answer("%s makes it writable: %s", who, said(mprotect(at, 3 * PAGE, READ_WRITE)));
}

static void child_reads(void *unused)
{
	(void)unused;
	say_state("child");
	answer("child unmaps the second page: %s", said(munmap(at + PAGE, PAGE)));
	say_state("child");
	answer("child unmaps all: %s", said(munmap(at, 3 * PAGE)));
	say_state("child");
}

static void forked(void)
{
	map_letters();
	answer("child: %s", in_child(child_reads, NULL));
	say_state("parent");
	answer("parent unmaps: %s", said(munmap(at, 3 * PAGE)));
	say_state("parent");
}

static void grandchild(void *unused)
{
	char *again;

	(void)unused;
	answer("grandchild sees %s", view(at, 3));
	answer("grandchild makes the child's page writable: %s",
	       said(mprotect(at + PAGE, PAGE, READ_WRITE)));
	say_state("grandchild");
	again = map_shared(file, PAGE);
	answer("grandchild maps: %s", view(again, 1));
	answer("grandchild makes that writable: %s", said(mprotect(again, PAGE, READ_WRITE)));
}

static void child_replaces(void *unused)
{
	(void)unused;
	MUST(mmap(at + PAGE, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	     at + PAGE);
	at[PAGE] = '*';
	MUST(mprotect(at + PAGE, PAGE, PROT_READ) == 0);
	answer("grandchild: %s", in_child(grandchild, NULL));
	say_state("child");
}

static void grandchildren(void)
{
	map_letters();
	answer("child: %s", in_child(child_replaces, NULL));
	say_state("parent");
}

static void child_without(void *unused)
{
	(void)unused;
	say_state("child");
	MUST(mmap(at, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == at);
	say_state("child with 2 pages of its own there");
	answer("child makes these writable: %s", said(mprotect(at, 2 * PAGE, READ_WRITE)));
	answer("child writes: %s", view_writable(at, 3));
}

static void dontfork(void)
{
	map_letters();
	answer("MADV_DONTFORK: %s", said(madvise(at, 3 * PAGE, MADV_DONTFORK)));
	answer("child: %s", in_child(child_without, NULL));
	say_state("parent");
	answer("MADV_DOFORK: %s", said(madvise(at, 3 * PAGE, MADV_DOFORK)));
	answer("child: %s", in_child(child_reads, NULL));
	answer("MADV_WIPEONFORK: %s", said(madvise(at, 3 * PAGE, MADV_WIPEONFORK)));
}

/* Mapped again after MADV_DONTFORK on another mapping of the same file: that one is inherited. */
static void dontfork_elsewhere(void)
{
	char *first;

	map_letters();
	first = at;
	MUST(madvise(first, 3 * PAGE, MADV_DONTFORK) == 0);
	at = map_shared_at((char *)reserve(5) + PAGE, file, 3 * PAGE, 0);
	answer("child: %s", in_child(child_reads, NULL));
	answer("the other one: %s", view(first, 3));
}

static void in_shared_memory(const char *who)
{
	char *room = (char *)reserve(8) + PAGE;

	at = map_shared_at(room, file, 3 * PAGE, 0);
	say_state(who);
	answer("%s unmaps the third page: %s", who, said(munmap(at + 2 * PAGE, PAGE)));
	answer("%s moves the second: %s", who,
	       said_map(mremap(at + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			       room + 4 * PAGE)));
	answer("%s sees %s", who, view(room, 6));
}

static void after_shared_memory(void)
{
	say_state("parent");
	answer("parent makes the moved page writable: %s",
	       said(mprotect(at + 4 * PAGE, PAGE, READ_WRITE)));
	answer("parent sees %s", view(at, 6));
}

static void vfork_exits(void)
{
	pid_t pid;

	file = make_letters("file", 3, O_RDONLY);
	pid = vfork();
	if (pid == 0) {
		in_shared_memory("child");
		_exit(3);
	}
	answer("child: %s", wait_end(pid));
	after_shared_memory();
}

static void vfork_executes(void)
{
	pid_t pid;

	file = make_letters("file", 3, O_RDONLY);
	pid = vfork();
	if (pid == 0) {
		in_shared_memory("child");
		execl("/proc/self/exe", "conform", "--again", "processes.vfork-executes", NULL);
		_exit(99);
	}
	answer("child: %s", wait_end(pid));
	after_shared_memory();
}

static int again_ends(int argc, char **argv)
{
	(void)argc, (void)argv;
	return 5;
}

static int in_clone(void *unused)
{
	(void)unused;
	in_shared_memory("clone");
	return 4;
}

enum { CLONE_STACK = 1 << 18 };

/* Without CLONE_SETTLS, the child shares our errno: we only wait meanwhile. */
static void cloned(int flags)
{
	char *stack = malloc(CLONE_STACK);

	MUST(stack);
	file = make_letters("file", 3, O_RDONLY);
	answer("clone: %s", wait_end(clone(in_clone, stack + CLONE_STACK, flags | SIGCHLD, NULL)));
	after_shared_memory();
	answer("child: %s", in_child(child_reads, NULL));
}

static void clone_memory(void)
{
	cloned(CLONE_VM);
}

static void clone_nearly_all(void)
{
	cloned(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM);
}

static int reads_in_clone(void *unused)
{
	child_reads(unused);
	return 6;
}

static void clone_copy(void)
{
	char *stack = malloc(CLONE_STACK);

	MUST(stack);
	map_letters();
	answer("clone: %s", wait_end(clone(reads_in_clone, stack + CLONE_STACK,
					   CLONE_FILES | SIGCHLD, NULL)));
	say_state("parent");
}

/* A thread that libc knows nothing of. */
static void clone_thread(void)
{
	static _Atomic pid_t thread;
	char *stack = malloc(CLONE_STACK);

	MUST(stack);
	file = make_letters("file", 3, O_RDONLY);
	MUST(clone(in_clone, stack + CLONE_STACK,
		   CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			   CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		   NULL, &thread, NULL, &thread) > 0);
	while (atomic_load(&thread))
		sched_yield();
	after_shared_memory();
}

static int again_maps(int argc, char **argv)
{
	(void)argc, (void)argv;
	file = open("file", O_RDONLY);
	MUST(file >= 0);
	at = map_shared(file, 3 * PAGE);
	say_state("it");
	answer("unmap: %s", said(munmap(at, 3 * PAGE)));
	return 0;
}

static void spawned(void)
{
	map_letters();
	exec_again(BY_SPAWN, "processes.spawned", "");
	say_state("parent");
	exec_again(BY_VFORK, "processes.spawned", "");
	say_state("parent");
}

/* --- fork while other threads map: the child gets the table in any state --- */

static atomic_bool stop;
static atomic_uint wrong;

static bool one_round(void)
{
	char *map = mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, file, 0);
	bool fine = map != MAP_FAILED && map[0] == 'a' && map[3 * PAGE - 1] == 'c';

	if (map == MAP_FAILED)
		return false;
	fine &= mprotect(map, 3 * PAGE, READ_WRITE) == -1 && errno == EACCES;
	fine &= munmap(map + PAGE, PAGE) == 0 && map[2 * PAGE] == 'c';
	return munmap(map, 3 * PAGE) == 0 && fine;
}

static void *maps_until_stopped(void *unused)
{
	(void)unused;
	while (!stop)
		if (!one_round())
			wrong++;
	return NULL;
}

static void child_of_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 5; i++)
		if (!one_round())
			_exit(1);
}

static void fork_while_mapping(void)
{
	pthread_t threads[3];
	int fine = 0;

	file = make_letters("file", 3, O_RDONLY);
	for (int i = 0; i < 3; i++)
		MUST(pthread_create(&threads[i], NULL, maps_until_stopped, NULL) == 0);
	for (int i = 0; i < 60; i++)
		fine += strcmp(in_child(child_of_many, NULL), "exit 0") == 0;
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	answer("children that map: %d of 60; wrong in the threads: %u", fine, wrong);
	answer("afterwards: %s", one_round() ? "right" : "wrong");
}

const struct conform_case conform_processes[] = {
	{ "fork", forked, NULL },
	{ "grandchildren", grandchildren, NULL },
	{ "dontfork", dontfork, NULL },
	{ "dontfork-elsewhere", dontfork_elsewhere, NULL },
	{ "vfork-exits", vfork_exits, NULL },
	{ "vfork-executes", vfork_executes, again_ends },
	{ "clone-memory", clone_memory, NULL },
	{ "clone-nearly-all", clone_nearly_all, NULL },
	{ "clone-copy", clone_copy, NULL },
	{ "clone-thread", clone_thread, NULL },
	{ "spawned", spawned, again_maps },
	{ "fork-while-mapping", fork_while_mapping, NULL },
	{ 0 },
};
