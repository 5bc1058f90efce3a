/* SPDX-License-Identifier: MIT */
/*
 * mapstorm FILE ROUNDS [SEED]: calls that fail half-way, with threads. Prints the result, and exits
 * with 1 if a write was lost. One thread maps, moves, replaces and unmaps a file in a row of pages,
 * so that calls fail after a part of their work. Others always make all of it writable, and write.
 * No mapping of the file may ever show these writes, and no writable mapping of it may stay that is
 * not shared.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)

enum { PAGE = 4096, PAGES = 8, WRITERS = 2, FILE_PAGES = 16, LONG = 64 * PAGE };

/* Two rows of pages, with room between them; the page after each row stops a call. */
static char *from, *to;
static char name[256]; /* of the file, as at the end of a line of maps */
static int file, zeros;

static atomic_ulong made_writable;

/* Writers share it; the thread that looks for lost writes holds it alone. */
static pthread_rwlock_t peace;

/* Returns the byte of the file on that page, which is never zero. */
static unsigned char byte_of(size_t page)
{
	return (unsigned char)('A' + page);
}

static void must(bool what, const char *text)
{
	if (what)
		return;
	perror(text);
	exit(2);
}

static unsigned next(unsigned *seed, unsigned count)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % count;
}

/* Writes zeros wherever it may, by read(2), which fails where a store would send a signal. */
static void *writes_always(void *number)
{
	unsigned seed = (unsigned)(uintptr_t)number;

	for (;;) {
		char *row = next(&seed, 2) ? from : to;
		size_t first = next(&seed, PAGES), count = 1 + next(&seed, PAGES + 2);
		char *at = row + first * PAGE;

		pthread_rwlock_rdlock(&peace);
		if (next(&seed, 2))
			mprotect(at, count * PAGE, WRITABLE);
		else
			pkey_mprotect(at, count * PAGE, WRITABLE, -1);
		for (size_t i = 0; i < count && first + i < PAGES; i++)
			made_writable += read(zeros, at + i * PAGE, 1) == 1;
		pthread_rwlock_unlock(&peace);
	}
	return NULL;
}

/* Maps and unmaps others, which are too long for any hole in the rows. */
static void *maps_always(void *unused)
{
	(void)unused;
	for (;;) {
		void *at = mmap(NULL, LONG, PROT_READ, MAP_SHARED, file, 0);

		while (at != MAP_FAILED && munmap(at, LONG))
			;
		usleep(50);
	}
	return NULL;
}

/* Each call may fail; its partial work is checked at the end. */
static void empty(char *row)
{
	while (mmap(row, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	       row)
		;
}

static void one_round(unsigned *seed)
{
	const int keep = next(seed, 4) ? 0 : MREMAP_DONTUNMAP;
	size_t first = next(seed, PAGES - 1), count = 2 + next(seed, PAGES - 1);
	char *at = from + first * PAGE;

	empty(from);
	empty(to);
	for (unsigned i = 1 + next(seed, 4); i; i--) {
		size_t page = next(seed, PAGES - 1), pages = 1 + next(seed, 2);

		mmap(from + page * PAGE, pages * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file,
		     (off_t)next(seed, FILE_PAGES - 1) * PAGE);
	}
	switch (next(seed, 6)) {
	case 0: /* the page after the row stops it */
	case 1:
		munmap(from + next(seed, PAGES) * PAGE, PAGE);
		mremap(at, (PAGES + 1 - first) * PAGE, (PAGES + 1 - first) * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED | keep, to + first * PAGE);
		break;
	case 2: /* not stopped */
		mremap(from, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | keep, to);
		break;
	case 3:
		munmap(at, count * PAGE);
		break;
	case 4:
		mmap(at, count * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	default:
		mprotect(at, count * PAGE, WRITABLE);
	}
}

/* True if the kernel shows a writable mapping of the file, or if one differs from the file. */
static bool lost(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	bool bad = false;
	char line[512];

	must(maps, "/proc/self/maps");
	while (fgets(line, sizeof(line), maps)) {
		unsigned long start, end, offset;
		char rights[5];

		if (sscanf(line, "%lx-%lx %4s %lx", &start, &end, rights, &offset) != 4 ||
		    end <= (uintptr_t)from || start >= (uintptr_t)to + PAGES * PAGE ||
		    (!strstr(line, name) && !strstr(line, "memfd:")))
			continue;
		bad |= rights[1] == 'w' && rights[3] == 'p';
		if (!strstr(line, name) || rights[0] != 'r')
			continue;
		for (size_t at = 0; at < end - start; at += PAGE)
			bad |= *(volatile unsigned char *)(start + at) !=
			       byte_of((offset + at) / PAGE);
		if (bad) {
			fputs(line, stdout);
			break;
		}
	}
	fclose(maps);
	return bad;
}

static bool lost_in_peace(void)
{
	bool bad;

	pthread_rwlock_wrlock(&peace);
	bad = lost();
	pthread_rwlock_unlock(&peace);
	return bad;
}

static void start_threads(void)
{
	pthread_rwlockattr_t attributes;
	pthread_t thread;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&peace, &attributes);
	for (uintptr_t i = 0; i < WRITERS; i++)
		must(pthread_create(&thread, NULL, writes_always, (void *)i) == 0, "thread");
	must(pthread_create(&thread, NULL, maps_always, NULL) == 0, "thread");
}

static void make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char page[PAGE];

	must(fd >= 0, path);
	for (size_t i = 0; i < FILE_PAGES; i++) {
		memset(page, byte_of(i), PAGE);
		must(write(fd, page, PAGE) == PAGE, path);
	}
	close(fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	snprintf(name, sizeof(name), "/%s\n", strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static void make_rows(void)
{
	char *all =
		mmap(NULL, (2 * PAGES + 8) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(all != MAP_FAILED, "mmap");
	from = all + PAGE;
	to = from + (PAGES + 4) * PAGE;
	/* Linux before 6.10 has no seals; before 6.17, it does not move several mappings anyway. */
	syscall(SYS_mseal, from + PAGES * PAGE, PAGE, 0);
	must(munmap(to + PAGES * PAGE, PAGE) == 0 || munmap(to + PAGES * PAGE, PAGE) == 0,
	     "munmap");
}

int main(int argc, char **argv)
{
	unsigned seed = 1;
	long rounds, bad = 0;

	if (argc < 3 || argc > 4)
		return 2;
	if (argc == 4)
		seed = (unsigned)atol(argv[3]);
	rounds = atol(argv[2]);
	make_file(argv[1]);
	make_rows();
	start_threads();
	for (long i = 0; i < rounds; i++) {
		one_round(&seed);
		bad += lost_in_peace();
	}
	printf("%ld rounds, %lu times written, in %ld rounds lost\n", rounds, made_writable, bad);
	fflush(stdout);
	_exit(bad != 0);
}
