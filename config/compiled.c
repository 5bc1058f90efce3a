/*
 * Reads a rule file's compiled form. Called by open.c at the start of every program that is served
 * where there is a rule file, before anything else of privmap's: it needs libc only, trusts
 * nothing that the file says, and never complains, for the rule file itself can be read instead.
 */
#include "compiled.h"

#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static struct compiled_source source_of(const struct stat *file)
{
	return (struct compiled_source){
		.size = (uint64_t)file->st_size,
		.inode = (uint64_t)file->st_ino,
		.modified = file->st_mtim.tv_sec,
		.changed = file->st_ctim.tv_sec,
		.modified_ns = (uint32_t)file->st_mtim.tv_nsec,
		.changed_ns = (uint32_t)file->st_ctim.tv_nsec,
	};
}

bool compiled_stamp(const char *file, struct compiled_source *source)
{
	struct stat status;

	if (stat(file, &status) || !S_ISREG(status.st_mode))
		return false;
	*source = source_of(&status);
	return true;
}

/* FNV-1a: against accidents. */
uint64_t compiled_sum(const unsigned char *bytes, size_t size)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static bool word_right(enum rule_tag tag, const char *word)
{
	enum action action;

	switch (tag) {
	case RULE_PATH:
	case RULE_PROGRAM:
	case RULE_FILESYSTEM:
		return *word;
	case RULE_READ_ONLY:
	case RULE_DATABASE:
	case RULE_ALWAYS:
		return !*word;
	case RULE_WORKTREE:
		return (*word == '0' || *word == '1') && !word[1];
	case RULE_LINE:
		return *word && !word[strspn(word, "0123456789")] && strlen(word) <= 10;
	case RULE_ACTION:
		return action_parse(word, &action);
	default:
		return false;
	}
}

bool compiled_rules_right(const struct rules *rules)
{
	struct rest rest = { rules->text, rules->size };
	static const char order[] = "lrpgfwda="; /* as the loader writes them */
	const char *last = order;

	while (rest.size) {
		const char *item = take_string(&rest);
		const char *place = item && *item ? strchr(order, *item) : NULL;

		if (!place || place < last || !word_right((enum rule_tag)*place, item + 1))
			return false;
		last = *place == RULE_ACTION ? order : place;
	}
	return last == order;
}

/* The header's own promises; the parts are looked at by what takes them. */
static bool header_right(const struct compiled_header *header, size_t size)
{
	static const char version[sizeof(header->version)] = PRIVMAP_VERSION;

	return memcmp(header->magic, "privmap compiled", sizeof(header->magic)) == 0 &&
	       memcmp(header->version, version, sizeof(version)) == 0 &&
	       header->order == COMPILED_ORDER && header->log_level <= LOG_LEVEL_DEBUG &&
	       header->size == size && header->source_count > 0 &&
	       header->source_count <= COMPILED_SOURCES && header->rules_size <= size &&
	       header->strings_size <= size && header->buffer_memory <= INT64_MAX &&
	       header->buffer_limit <= INT64_MAX;
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

/* The first source is file, of which first is known; the others' names are in strings. */
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

	memcpy(&header, bytes, sizeof(header)); /* trusted() has seen that they are there */
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
	read.log_level = (enum log_level)header.log_level;
	read.buffer_memory = header.buffer_memory;
	read.buffer_limit = header.buffer_limit;
	read.log_target = take_string(&strings);
	read.buffer_spool = read.log_target ? take_string(&strings) : NULL;
	if (!read.buffer_spool || !*read.log_target || *read.buffer_spool != '/')
		return false;
	read.sources = strings.bytes;
	read.sources_size = strings.size;
	if (!compiled_rules_right(&read.rules) ||
	    !sources_same(stamps, (size_t)header.source_count, first, &strings))
		return false;
	*settings = read;
	return true;
}

/* Written by nobody but those who may write the rule file itself. */
static bool trusted(const struct stat *compiled, const struct stat *file)
{
	return S_ISREG(compiled->st_mode) && !(compiled->st_mode & (S_IWGRP | S_IWOTH)) &&
	       (compiled->st_uid == file->st_uid || compiled->st_uid == 0) &&
	       compiled->st_size >= (off_t)sizeof(struct compiled_header) &&
	       compiled->st_size <= COMPILED_LARGEST;
}

/*
 * Room for the one that a process reads at its start, nearly always: most programs that start have
 * not used malloc yet, and need not for this. At start there is one thread.
 */
static char room[8192];
static bool room_taken;

static bool read_from(int fd, const char *file, struct settings *settings)
{
	struct stat compiled, source;
	struct compiled_source first;
	bool fits;
	char *bytes;
	size_t size;

	if (fstat(fd, &compiled) || stat(file, &source) || !S_ISREG(source.st_mode) ||
	    !trusted(&compiled, &source))
		return false;
	size = (size_t)compiled.st_size;
	fits = size <= sizeof(room) && !room_taken;
	bytes = fits ? room : malloc(size);
	if (!bytes)
		return false;
	first = source_of(&source);
	if (pread(fd, bytes, size, 0) == (ssize_t)size && decode(bytes, size, &first, settings)) {
		room_taken |= fits;
		return true;
	}
	if (!fits)
		free(bytes);
	return false;
}

bool compiled_read(const char *file, struct settings *settings)
{
	char name[PATH_MAX];
	bool done;
	int fd;

	if (!compiled_name(file, name, sizeof(name)))
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	done = read_from(fd, file, settings);
	close(fd);
	return done;
}
