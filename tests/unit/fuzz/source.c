/* SPDX-License-Identifier: MIT */
/*
 * The rule loader, from a file to settings. Input: a byte that says after how many blocks it runs
 * out of memory (255: never), then the rule file and two that it may include as "200" and "201",
 * with a form feed at the start of a line between them.
 */
#include "fuzz.h"

#include "compiled.h"
#include "loader-parts.h"
#include "loader.h"

/* Its room for a file, but small, so that an input can be too large, and runs are fast. */
#define SOURCE_SIZE 6000
#include "../../shim/rulefile/loader-source.c"

#include <sys/mman.h>
#include <unistd.h>

config_load_function privmap_config_load_4;

enum { FILES = 3, FIRST = 199, ERROR_SIZE = 300, NEVER = 255 };

/*
 * The loader's memory, in place of loader-memory.c: blocks of malloc, so that AddressSanitizer
 * knows the end of each.
 */
static struct block {
	struct block *next;
	size_t size;
	char bytes[];
} * blocks;
static jmp_buf *on_end;
static unsigned left;

void memory_open(jmp_buf *stop)
{
	on_end = stop;
}

void *memory_take(size_t size)
{
	struct block *block;

	if (!left)
		longjmp(*on_end, 1);
	left -= left != NEVER;
	block = malloc(sizeof(*block) + size);
	MUST(block);
	memset(block->bytes, 'x', size); /* no NUL may end a string by luck */
	block->next = blocks;
	block->size = size;
	blocks = block;
	return block->bytes;
}

void *memory_grow(void *bytes, size_t size)
{
	char *larger = memory_take(size);

	if (bytes) {
		struct block *block =
			(struct block *)(void *)((char *)bytes - offsetof(struct block, bytes));

		memcpy(larger, bytes, block->size < size ? block->size : size);
	}
	return larger;
}

void memory_close(void)
{
	while (blocks) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

/* Puts the input's files where their names point. */
static void make_files(struct input *input)
{
	for (int i = 0; i < FILES; i++) {
		const char *end = (const char *)memmem(input->bytes, input->size, "\n\f", 2);
		size_t size = end ? (size_t)(end + 1 - (const char *)input->bytes) : input->size;

		if (lseek(FIRST + i, 0, SEEK_SET) < 0) {
			int fd = memfd_create("rules", MFD_CLOEXEC);

			MUST(dup2(fd, FIRST + i) == FIRST + i && !close(fd));
		}
		MUST(!ftruncate(FIRST + i, 0) &&
		     pwrite(FIRST + i, input->bytes, size, 0) == (ssize_t)size);
		input->bytes += size;
		input->size -= size;
	}
}

/* Checks and frees what a load leaves for the life of a process: rules, strings, names, in this
 * order. */
static void check_and_forget(const struct settings *settings, const char *file)
{
	const char *from = settings->rules.text;
	const char *end = settings->sources + settings->sources_size;

	MUST(compiled_rules_right(&settings->rules));
	MUST(*settings->log_target && *settings->buffer_spool == '/');
	MUST(!settings->trace_size || !settings->trace[settings->trace_size - 1]);
	MUST(settings->sources_size > strlen(file) && !strcmp(settings->sources, file));
	MUST(!munmap((void *)(uintptr_t)from, (size_t)(end - from)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char file[] = "/proc/self/fd/199";
	struct input input = { bytes, size };
	struct settings settings = settings_default();
	const struct settings before = settings;
	char *error = malloc(ERROR_SIZE);

	MUST(error);
	memset(error, 'X', ERROR_SIZE);
	left = input_byte(&input);
	make_files(&input);
	if (privmap_config_load_4(file, &settings, error, ERROR_SIZE) == 0) {
		MUST(!*error);
		check_and_forget(&settings, file);
	} else {
		MUST(!memcmp(&settings, &before, sizeof(settings)));
		MUST(memchr(error, '\0', ERROR_SIZE) && !strchr(error, '\n'));
		MUST(!strncmp(error, "/", 1) && strchr(error, ':'));
	}
	MUST(!blocks);
	free(error);
	return 0;
}
