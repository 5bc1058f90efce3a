/* SPDX-License-Identifier: MIT */
/*
 * Reads a rule file's compiled form. If there is one, this runs at the start of every served
 * program, before the rest of privmap. It trusts nothing in the file, and reports no errors,
 * because the rule file itself can be read instead.
 */
#include "compiled.h"

#include "kernel.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { USUAL_NAME = 320 }; /* a longer name costs a page of the stack that was untouched */

/* A part of the file, taken from its front. */
struct rest {
	const char *bytes;
	size_t size;
};

static const char *take(struct rest *rest, size_t size)
{
	const char *bytes = rest->bytes;

	if (size > rest->size)
		return NULL;
	rest->bytes += size;
	rest->size -= size;
	return bytes;
}

static const char *take_string(struct rest *rest)
{
	const char *nul = memchr(rest->bytes, '\0', rest->size);

	return nul ? take(rest, (size_t)(nul - rest->bytes) + 1) : NULL;
}

bool compiled_name(const char *file, char *name, size_t size)
{
	struct text text = { name, size, 0 };

	text_add(&text, file);
	text_add(&text, COMPILED_SUFFIX);
	if (text.length == text.size)
		return false;
	text_string(&text);
	return true;
}

/* name "" means fd itself. */
static bool look_at(int fd, const char *name, struct statx *found)
{
	return !kernel(SYS_statx, fd, name, *name ? 0 : AT_EMPTY_PATH, STATX_BASIC_STATS, found) &&
	       S_ISREG(found->stx_mode);
}

static struct compiled_source source_of(const struct statx *file)
{
	return (struct compiled_source){
		.size = file->stx_size,
		.inode = file->stx_ino,
		.modified = file->stx_mtime.tv_sec,
		.changed = file->stx_ctime.tv_sec,
		.modified_ns = file->stx_mtime.tv_nsec,
		.changed_ns = file->stx_ctime.tv_nsec,
	};
}

bool compiled_stamp(const char *file, struct compiled_source *source)
{
	struct statx status;

	if (!*file || !look_at(AT_FDCWD, file, &status))
		return false;
	*source = source_of(&status);
	return true;
}

/*
 * Against accidents: a change of any one word changes the sum. Four words at a time, because this
 * runs at the start of every program, and a multiplication is slow.
 */
uint64_t compiled_sum(const unsigned char *bytes, size_t size)
{
	uint64_t sums[] = { 1, 2, 3, 4 };
	uint64_t sum = size;

	for (size_t at = 0; at < size; at += sizeof(sums)) {
		uint64_t words[4] = { 0 };
		size_t rest = size - at;

		if (rest < sizeof(words))
			memcpy(words, bytes + at, rest);
		else
			memcpy(words, bytes + at, sizeof(words));
		for (size_t i = 0; i < 4; i++) {
			sums[i] = (sums[i] ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
			sums[i] ^= sums[i] >> 32;
		}
	}
	for (size_t i = 0; i < 4; i++) {
		sum = (sum ^ sums[i]) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

/* Whether a walk through the list from NUL to NUL stays inside it. */
static bool ends_well(const char *list, size_t size)
{
	return !size || (size > 1 && !list[size - 1] && list[size - 2]);
}

/* Checks the header by itself; the code that takes each part checks that. */
static bool header_right(const struct compiled_header *header, size_t size)
{
	static const char version[sizeof(header->version)] = PRIVMAP_VERSION;

	return memcmp(header->magic, "privmap compiled", sizeof(header->magic)) == 0 &&
	       memcmp(header->version, version, sizeof(version)) == 0 &&
	       header->order == COMPILED_ORDER && header->log_level <= LOG_LEVEL_DEBUG &&
	       header->asks_program <= 1 && header->asks_always <= 1 && header->size == size &&
	       header->source_count > 0 && header->source_count <= COMPILED_SOURCES &&
	       header->rules_size <= size && header->strings_size <= size &&
	       header->trace_size <= size && header->buffer_memory <= INT64_MAX &&
	       header->buffer_limit <= INT64_MAX && header->buffer_keep <= INT64_MAX;
}

static bool sum_right(char *bytes, size_t size)
{
	struct compiled_header header;
	uint64_t sum;

	memcpy(&header, bytes, sizeof(header));
	sum = header.sum;
	header.sum = 0;
	memcpy(bytes, &header, sizeof(header));
	return compiled_sum((unsigned char *)bytes, size) == sum;
}

/* first is the stamp of the rule file, the first source; strings has the names of the others. */
static bool sources_same(const char *stamps, size_t count, const struct compiled_source *first,
			 struct rest *strings)
{
	for (size_t i = 0; i < count; i++) {
		struct compiled_source now = *first;

		if (i > 0) {
			const char *name = take_string(strings);

			if (!name || !compiled_stamp(name, &now))
				return false;
		}
		if (memcmp(stamps + i * sizeof(now), &now, sizeof(now)) != 0)
			return false;
	}
	return strings->size == 0;
}

static bool decode(char *bytes, size_t size, const struct compiled_source *first,
		   struct settings *settings)
{
	struct compiled_header header;
	struct rest rest = { bytes, size };
	struct rest strings;
	const char *stamps;
	struct settings read = *settings;

	memcpy(&header, bytes, sizeof(header)); /* trusted() has checked the size */
	take(&rest, sizeof(header));
	if (!header_right(&header, size))
		return false;
	stamps = take(&rest, (size_t)header.source_count * sizeof(struct compiled_source));
	if (!stamps)
		return false;
	read.rules = (struct rules){ take(&rest, (size_t)header.rules_size),
				     (size_t)header.rules_size };
	if (!read.rules.text || rest.size != header.strings_size || !sum_right(bytes, size))
		return false;
	strings = rest;
	read.asks_program = header.asks_program;
	read.asks_always = header.asks_always;
	read.log_level = (enum log_level)header.log_level;
	read.buffer_memory = header.buffer_memory;
	read.buffer_limit = header.buffer_limit;
	read.buffer_keep = header.buffer_keep;
	read.log_target = take_string(&strings);
	read.buffer_spool = read.log_target ? take_string(&strings) : NULL;
	if (!read.buffer_spool || !*read.log_target || *read.buffer_spool != '/')
		return false;
	read.trace_size = (size_t)header.trace_size;
	read.trace = take(&strings, read.trace_size);
	read.sources = strings.bytes;
	read.sources_size = strings.size;
	if (!read.trace || !ends_well(read.trace, read.trace_size) ||
	    !ends_well(read.rules.text, read.rules.size) ||
	    !sources_same(stamps, (size_t)header.source_count, first, &strings))
		return false;
	*settings = read;
	return true;
}

/* Whether only those who may write the rule file itself could write it. */
static bool trusted(const struct statx *compiled, const struct statx *file)
{
	return !(compiled->stx_mode & (S_IWGRP | S_IWOTH)) &&
	       (compiled->stx_uid == file->stx_uid || compiled->stx_uid == 0) &&
	       compiled->stx_size >= sizeof(struct compiled_header) &&
	       compiled->stx_size <= COMPILED_LARGEST;
}

/*
 * Enough room, nearly always, for the one that a process reads at its start. A small one touches no
 * extra page: the linker puts this after data that the start writes anyway (Makefile). At the start
 * there is only one thread.
 */
static char room[8192];
static bool room_taken;

static bool read_from(int fd, const char *file, struct settings *settings)
{
	struct statx compiled, source;
	struct compiled_source first;
	bool fits;
	char *bytes;
	size_t size;

	if (!look_at(fd, "", &compiled) || !look_at(AT_FDCWD, file, &source) ||
	    !trusted(&compiled, &source))
		return false;
	size = (size_t)compiled.stx_size;
	fits = size <= sizeof(room) && !room_taken;
	bytes = fits ? room : kernel_memory(size);
	if (!bytes)
		return false;
	first = source_of(&source);
	if (kernel_pread(fd, bytes, size, 0) == (word)size &&
	    decode(bytes, size, &first, settings)) {
		room_taken |= fits;
		return true;
	}
	if (!fits)
		kernel(SYS_munmap, bytes, size);
	return false;
}

static bool read_named(const char *name, const char *file, struct settings *settings)
{
	word fd = kernel(SYS_openat, AT_FDCWD, name,
			 O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool done;

	if (fd < 0)
		return false;
	done = read_from((int)fd, file, settings);
	kernel(SYS_close, fd);
	return done;
}

__attribute__((noinline)) static bool read_far(const char *file, struct settings *settings)
{
	char name[PATH_MAX];

	return compiled_name(file, name, sizeof(name)) && read_named(name, file, settings);
}

bool compiled_read(const char *file, struct settings *settings)
{
	char name[USUAL_NAME];

	if (!*file)
		return false;
	if (!compiled_name(file, name, sizeof(name)))
		return read_far(file, settings);
	return read_named(name, file, settings);
}
