/* SPDX-License-Identifier: MIT */
/*
 * mapothers FILE: tries what must be the same in every world: mappings of other things than files
 * on a disk, those a loader makes, and calls that are wrong in themselves. One line for each:
 * `what: ` and OK or the errno's number.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static size_t page;

static void try(const char *what, void *addr, size_t length, int prot, int flags, int fd,
		off_t offset)
{
	void *map = mmap(addr, length, prot, flags, fd, offset);

	if (map == MAP_FAILED) {
		printf("%s: errno %d\n", what, errno);
		return;
	}
	printf("%s: OK\n", what);
	if (!(flags & MAP_FIXED))
		munmap(map, length);
}

static void try_others(void)
{
	int memory = memfd_create("memory", MFD_CLOEXEC);
	int shared = shm_open("/privmap-mapothers", O_RDWR | O_CREAT | O_EXCL, 0600);
	int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	int proc = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	int directory = open("/", O_RDONLY | O_CLOEXEC);
	int ends[2];

	shm_unlink("/privmap-mapothers");
	if (memory < 0 || shared < 0 || zero < 0 || proc < 0 || directory < 0 || pipe(ends) ||
	    ftruncate(memory, (off_t)page) || ftruncate(shared, (off_t)page))
		perror("mapothers");
	try("memfd, shared", NULL, page, PROT_READ, MAP_SHARED, memory, 0);
	try("memfd, private", NULL, page, PROT_READ, MAP_PRIVATE, memory, 0);
	try("shared memory", NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
	try("/dev/zero", NULL, page, PROT_READ, MAP_SHARED, zero, 0);
	try("anonymous, shared", NULL, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	try("anonymous, private", NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	try("/proc/self/maps", NULL, page, PROT_READ, MAP_SHARED, proc, 0);
	try("directory", NULL, page, PROT_READ, MAP_PRIVATE, directory, 0);
	try("pipe", NULL, page, PROT_READ, MAP_SHARED, ends[0], 0);
}

static void try_loaders(int reader)
{
	const int loader = MAP_PRIVATE | MAP_DENYWRITE;

	try("code", NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, reader, 0);
	try("loader's code", NULL, page, PROT_READ | PROT_EXEC, loader, reader, 0);
	try("loader's data", NULL, page, PROT_READ | PROT_WRITE, loader, reader, 0);
}

static void try_wrong(const char *path, int reader)
{
	int writer = open(path, O_WRONLY | O_CLOEXEC);
	int both = open(path, O_RDWR | O_CLOEXEC);
	char *old = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int flags = 0; flags <= MAP_SHARED_VALIDATE; flags++) {
		printf("map type %d\n", flags);
		try("length 0", NULL, 0, PROT_READ, flags, both, 0);
		try("enormous length", NULL, ~(size_t)0, PROT_READ, flags, both, 0);
		try("too long", NULL, (size_t)1 << 62, PROT_READ, flags, both, 0);
		try("offset 1", NULL, page, PROT_READ, flags, both, 1);
		try("offset too large", NULL, page, PROT_READ, flags, both, (off_t) ~(page - 1));
		try("no fd", NULL, page, PROT_READ, flags, -1, 0);
		try("closed fd", NULL, page, PROT_READ, flags, 1000, 0);
		try("write-only fd", NULL, page, PROT_READ, flags, writer, 0);
		try("fixed, unaligned", old + 1, page, PROT_READ, flags | MAP_FIXED, both, 0);
		try("fixed, no address", (void *)~(page - 1), page, PROT_READ, flags | MAP_FIXED,
		    both, 0);
		try("not over another", old, page, PROT_READ, flags | MAP_FIXED_NOREPLACE, both, 0);
		try("huge page of a file", NULL, page, PROT_READ, flags | MAP_HUGETLB, both, 0);
		try("growing", NULL, page, PROT_READ, flags | MAP_GROWSDOWN, both, 0);
	}
	try("write, read-only fd", NULL, page, PROT_WRITE, MAP_SHARED, reader, 0);
	try("write, write-only fd", NULL, page, PROT_WRITE, MAP_SHARED, writer, 0);
	try("unknown flag", NULL, page, PROT_READ, MAP_SHARED_VALIDATE | 1 << 25, both, 0);
}

int main(int argc, char **argv)
{
	int reader;

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (argc != 2 || (reader = open(argv[1], O_RDONLY | O_CLOEXEC)) < 0) {
		fputs("usage: mapothers FILE\n", stderr);
		return 2;
	}
	try_others();
	try_loaders(reader);
	try_wrong(argv[1], reader);
	return 0;
}
