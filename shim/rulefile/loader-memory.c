/* SPDX-License-Identifier: MIT */
/*
 * The memory of one load, including libconfig's: private mappings, which are all unmapped when it
 * ends. libconfig calls these functions by the names of libc.
 *
 * The module is opened with RTLD_DEEPBIND, so libconfig binds to these functions before the
 * program's or libc's. With libc's it would pair the free() of libc with the malloc() of the
 * program (strdup() inside libc uses jemalloc and the like) and crash. The program's would not do
 * either: libconfig 1.5 leaks strings after a syntax error and does not check for NULL, later
 * versions abort(). Here nothing outlives the load, and it ends by a jump if memory is short.
 * Without RTLD_DEEPBIND (sanitizers), or if the program uses libconfig itself and has bound it
 * already, libconfig has the program's malloc() and free() throughout, and only loader*.c uses
 * these.
 *
 * One load at a time, one thread.
 */
#include "loader-parts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	HEADER = 16,  /* before each block and each chunk; keeps these aligned */
	SMALLEST = 5, /* blocks are powers of two with their header */
	LARGEST = 40,
	CHUNK = 64 << 10,
};

struct chunk {
	struct chunk *next;
	size_t size;
};

struct block {
	size_t order;
	struct block *next; /* the next free one */
};

_Static_assert(sizeof(struct chunk) <= HEADER && sizeof(struct block) <= HEADER, "headers fit");

static struct {
	jmp_buf *stop;
	struct chunk *chunks;
	char *at; /* room in the newest chunk */
	size_t left;
	struct block *unused[LARGEST + 1];
} memory;

void memory_open(jmp_buf *stop)
{
	memory.stop = stop;
}

void memory_close(void)
{
	while (memory.chunks) {
		struct chunk *next = memory.chunks->next;

		munmap(memory.chunks, memory.chunks->size);
		memory.chunks = next;
	}
	memset(&memory, 0, sizeof(memory));
}

static void *out_of_memory(void)
{
	if (memory.stop)
		longjmp(*memory.stop, 1);
	errno = ENOMEM;
	return NULL;
}

static bool new_chunk(size_t block)
{
	size_t size = block > CHUNK - HEADER ? block + HEADER : CHUNK;
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct chunk *chunk = bytes;

	if (bytes == MAP_FAILED)
		return false;
	chunk->next = memory.chunks;
	chunk->size = size;
	memory.chunks = chunk;
	memory.at = (char *)bytes + HEADER;
	memory.left = size - HEADER;
	return true;
}

void *memory_take(size_t size)
{
	size_t order = SMALLEST;
	struct block *block;

	while (order < LARGEST && ((size_t)1 << order) - HEADER < size)
		order++;
	if (order == LARGEST)
		return out_of_memory();
	block = memory.unused[order];
	if (block) {
		memory.unused[order] = block->next;
		return (char *)block + HEADER;
	}
	if (memory.left < (size_t)1 << order && !new_chunk((size_t)1 << order))
		return out_of_memory();
	block = (struct block *)(void *)memory.at;
	memory.at += (size_t)1 << order;
	memory.left -= (size_t)1 << order;
	block->order = order;
	return (char *)block + HEADER;
}

/* The block of a pointer; NULL if another malloc() made it. */
static struct block *block_of(void *pointer)
{
	uintptr_t at = (uintptr_t)pointer;

	for (struct chunk *chunk = memory.chunks; chunk; chunk = chunk->next)
		if (at - (uintptr_t)chunk < chunk->size)
			return (struct block *)(void *)((char *)pointer - HEADER);
	return NULL;
}

static void give_back(void *pointer)
{
	struct block *block = block_of(pointer);

	if (!block)
		return;
	block->next = memory.unused[block->order];
	memory.unused[block->order] = block;
}

void *memory_grow(void *pointer, size_t size)
{
	struct block *block = block_of(pointer);
	size_t had;
	void *larger;

	if (pointer && !block)
		return out_of_memory();
	had = block ? ((size_t)1 << block->order) - HEADER : 0;
	if (block && size <= had)
		return pointer;
	larger = memory_take(size);
	if (larger && pointer) {
		memcpy(larger, pointer, had);
		give_back(pointer);
	}
	return larger;
}

/* The functions that libconfig calls. strdup() calls malloc(), because valgrind replaces that. */

EXPORT void *malloc(size_t size)
{
	return memory_take(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	size_t bytes;
	void *block =
		__builtin_mul_overflow(count, size, &bytes) ? out_of_memory() : memory_take(bytes);

	return block ? memset(block, 0, bytes) : NULL;
}

EXPORT void *realloc(void *pointer, size_t size)
{
	return memory_grow(pointer, size);
}

EXPORT void free(void *pointer)
{
	give_back(pointer);
}

EXPORT char *strdup(const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, string, size) : NULL;
}

/* A libconfig built against older headers (Debian 12's) calls strdup() by this name. */
EXPORT char *__strdup(const char *string);
char *__strdup(const char *string)
{
	return strdup(string);
}
