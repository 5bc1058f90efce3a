/* SPDX-License-Identifier: MIT */
/*
 * converted: the cost of mapping a file; maps the FILEs in turn, COUNT times. Shared, as an
 * affected client does; private, as a fixed one does; or by hand: shared, and private after a
 * refusal, which is the least that any conversion costs. For a refusing mount; the first one is
 * preloaded.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH = 8192, COUNT = 64, BATCHES = 16 };

static int files[COUNT], flags;
static bool by_hand;
static void *at[COUNT];

static void map(int i)
{
	at[i] = mmap(NULL, LENGTH, PROT_READ, flags, files[i], 0);
	if (at[i] == MAP_FAILED && by_hand)
		at[i] = mmap(NULL, LENGTH, PROT_READ, MAP_PRIVATE, files[i], 0);
	if (at[i] == MAP_FAILED)
		die("mmap");
}

static void unmap(int i)
{
	if (munmap(at[i], LENGTH))
		die("munmap");
}

/*
 * What privmap must ask about each file: its path and its identity, from the kernel. On FUSE it
 * asks for both at once, where the file is mapped (struct procmap_query in linux/fs.h, Linux 6.11).
 */
static void ask_maps(int i)
{
	char path[768];
	uint64_t query[13] = { [0] = sizeof(query), [2] = (uintptr_t)at[i] };
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	query[10] = sizeof(path);
	query[11] = (uintptr_t)path;
	if (maps < 0 || ioctl(maps, _IOWR('f', 17, query), query))
		die("/proc/self/maps");
	close(maps);
}

/* Elsewhere, or for the first file, it asks twice, by the name of the descriptor. */
static const char *own_name(int i)
{
	static char name[64];

	snprintf(name, sizeof(name), "/proc/thread-self/fd/%d", files[i]);
	return name;
}

static void ask_path(int i)
{
	char path[4096];

	if (readlink(own_name(i), path, sizeof(path)) < 0)
		die("readlink");
}

static void ask_known(int i)
{
	struct stat found;

	if (fstatat(AT_FDCWD, own_name(i), &found, AT_STATX_DONT_SYNC))
		die("fstatat");
}

/*
 * What it asks the server, if the name is not enough: has the file changed, and is it a database?
 */
static void ask(int i)
{
	struct stat found;

	if (fstat(files[i], &found))
		die("fstat");
}

static void ask_header(int i)
{
	char header[64];

	if (pread(files[i], header, sizeof(header), 0) < 0)
		die("pread");
}

/* Returns the seconds for one of those from FIRST on. */
static double all(void (*one)(int i), int first)
{
	double from = now();

	for (int i = first; i < COUNT; i++)
		one(i);
	return (now() - from) / (COUNT - first);
}

int main(int argc, char **argv)
{
	double from, map_times[BATCHES], unmap_times[BATCHES];

	if (argc < 3) {
		fputs("usage: converted shared|private|by-hand FILE...\n", stderr);
		return 2;
	}
	flags = strcmp(argv[1], "private") == 0 ? MAP_PRIVATE : MAP_SHARED;
	by_hand = strcmp(argv[1], "by-hand") == 0;
	for (int i = 0; i < COUNT; i++) {
		files[i] = open(argv[2 + i % (argc - 2)], O_RDONLY | O_CLOEXEC);
		if (files[i] < 0)
			die(argv[2 + i % (argc - 2)]);
	}
	from = now();
	map(0);
	report("first", now() - from);
	report("new", all(map, 1));
	all(unmap, 0);
	for (int batch = 0; batch < BATCHES; batch++) {
		map_times[batch] = all(map, 0);
		unmap_times[batch] = all(unmap, 0);
	}
	all(map, 0);
	report("maps", all(ask_maps, 0));
	all(unmap, 0);
	report("readlink", all(ask_path, 0));
	report("fstatat", all(ask_known, 0));
	report("fstat", all(ask, 0));
	report("pread", all(ask_header, 0));
	report("map", median(map_times, BATCHES));
	report("unmap", median(unmap_times, BATCHES));
	return 0;
}
