/* SPDX-License-Identifier: MIT */
/*
 * Files and mappings for the cases of the conformance suite: known bytes, known places.
 */
#include "conform.h"

#include <time.h>

unsigned char byte_of(size_t offset, unsigned int seed)
{
	uint64_t mixed = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15) + seed;

	mixed = (mixed ^ (mixed >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	return (unsigned char)(1 + (mixed >> 40) % 255);
}

static void write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t done = write(fd, bytes, size);

		MUST(done > 0);
		bytes += done;
		size -= (size_t)done;
	}
}

/*
 * Maps a new file once, in each way that may be refused, and then waits for longer than a tick of
 * the clock that stamps it.
 */
static void let_settle(const char *name)
{
	struct timespec pause = { .tv_nsec = 70 * 1000 * 1000 };
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	MUST(fd >= 0);
	MUST(munmap(map_shared(fd, PAGE), PAGE) == 0);
	MUST(munmap(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), PAGE) == 0);
	MUST(close(fd) == 0);
	nanosleep(&pause, NULL);
}

static int make(const char *name, const unsigned char *bytes, size_t size, int open_flags)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	MUST(fd >= 0);
	write_all(fd, bytes, size);
	MUST(close(fd) == 0);
	if (conform_settles)
		let_settle(name);
	fd = open(name, open_flags | O_CLOEXEC);
	MUST(fd >= 0);
	return fd;
}

int make_file(const char *name, size_t size, unsigned int seed, int open_flags)
{
	unsigned char *bytes = malloc(size + 1);
	int fd;

	MUST(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_of(i, seed);
	fd = make(name, bytes, size, open_flags);
	free(bytes);
	return fd;
}

int make_letters(const char *name, size_t count, int open_flags)
{
	unsigned char *bytes = malloc(count * PAGE + 1);
	int fd;

	MUST(bytes && count <= 26);
	for (size_t i = 0; i < count * PAGE; i++)
		bytes[i] = (unsigned char)('a' + i / PAGE);
	fd = make(name, bytes, count * PAGE, open_flags);
	free(bytes);
	return fd;
}

const char *compare(const void *at, size_t offset, size_t length, unsigned int seed)
{
	static _Thread_local char text[80];
	const volatile unsigned char *bytes = at;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = bytes[i];
		unsigned char want = byte_of(offset + i, seed);

		if (byte != want) {
			snprintf(text, sizeof(text), "byte %zu is %02x, not %02x", i, byte, want);
			return text;
		}
	}
	return "as the file";
}

void *map_shared(int fd, size_t length)
{
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);

	MUST(at != MAP_FAILED);
	return at;
}

void *map_shared_at(void *place, int fd, size_t length, off_t offset)
{
	void *at = mmap(place, length, PROT_READ, MAP_SHARED | MAP_FIXED, fd, offset);

	MUST(at == place);
	return at;
}

/*
 * On x86-64, below the start of mmap's search (at most 1 TiB below the top), with only one large
 * gap above; and where ThreadSanitizer lets programs map. On other machines it is only a hint.
 */
void *reserve(size_t count)
{
	static uintptr_t next = UINT64_C(0x7e9000000000);
	void *hint = (void *)next;
	void *at = mmap(hint, count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);

	MUST(at != MAP_FAILED);
	next += count * PAGE + (1 << 30);
	return at;
}

void fill(char *at, size_t count)
{
	answer("filled: %s",
	       said_map(mmap(at, count * PAGE, PROT_READ,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)));
	answer("+W: %s", said(mprotect(at, count * PAGE, PROT_READ | PROT_WRITE)));
	answer("%s", view_writable(at, count));
}

void fill_with_file(char *at, size_t count, off_t offset)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);

	answer("filled: %s", said_map(mmap(at, count * PAGE, PROT_READ,
					   MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, offset)));
	answer("+W: %s", said(mprotect(at, count * PAGE, PROT_READ | PROT_WRITE)));
	answer("%s %s", view(at, count), view_writable(at, count));
}
