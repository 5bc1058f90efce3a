/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of the compiled form: a rule file, t.conf, that includes another, in a
 * private directory; its valid compiled bytes; and what is read from other bytes.
 */
#ifndef PRIVMAP_COMPILED_FILE_H
#define PRIVMAP_COMPILED_FILE_H

#include "compiled.h"

#include "temporary.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char rules[] = "l3\0p*.idx\0p/srv/*\0ggix\0fvirtiofs\0w1\0r\0d\0a\0=buffer\0"
			    "l9\0p*\0=leave\0";
static const char sources[] = "t.conf\0other.conf";
static char directory[PATH_MAX];

static inline void write_file(const char *name, const void *bytes, size_t size)
{
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

static inline struct settings written(void)
{
	return (struct settings){
		.rules = { rules, sizeof(rules) - 1 },
		.log_level = LOG_LEVEL_INFO,
		.log_target = "/log/%p",
		.buffer_memory = 4096,
		.buffer_limit = 1 << 20,
		.buffer_keep = 2 << 20,
		.buffer_spool = "/spool",
		.trace = "a*\0b",
		.trace_size = sizeof("a*\0b"),
		.sources = sources,
		.sources_size = sizeof(sources),
	};
}

static inline void stamp(struct compiled_source stamps[2])
{
	memset(stamps, 0, 2 * sizeof(*stamps));
	assert_true(compiled_stamp("t.conf", stamps));
	assert_true(compiled_stamp("other.conf", stamps + 1));
}

/* Returns the valid bytes for t.conf, which includes other.conf. */
static inline unsigned char *make(size_t *size)
{
	const struct settings settings = written();
	struct compiled_source stamps[2];
	unsigned char *bytes;

	stamp(stamps);
	bytes = compiled_make(&settings, stamps, size);
	assert_non_null(bytes);
	return bytes;
}

static inline void put(const void *bytes, size_t size)
{
	write_file("t.conf" COMPILED_SUFFIX, bytes, size);
}

static inline bool is_read(struct settings *settings)
{
	*settings = settings_default();
	return compiled_read("t.conf", settings);
}

/* It is not read, and changes nothing: compares all bytes, even those between the members. */
static inline void ignored(void)
{
	const struct settings before = settings_default();
	struct settings settings;

	memcpy(&settings, &before, sizeof(before));
	assert_false(compiled_read("t.conf", &settings));
	assert_memory_equal(&settings, &before, sizeof(before));
}

static inline void used(void)
{
	const struct settings wanted = written();
	struct settings settings;

	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, wanted.rules.size);
	assert_memory_equal(settings.rules.text, wanted.rules.text, wanted.rules.size);
	assert_int_equal(settings.log_level, wanted.log_level);
	assert_string_equal(settings.log_target, wanted.log_target);
	assert_int_equal(settings.buffer_memory, wanted.buffer_memory);
	assert_int_equal(settings.buffer_limit, wanted.buffer_limit);
	assert_int_equal(settings.buffer_keep, wanted.buffer_keep);
	assert_string_equal(settings.buffer_spool, wanted.buffer_spool);
	assert_int_equal(settings.trace_size, wanted.trace_size);
	assert_memory_equal(settings.trace, wanted.trace, wanted.trace_size);
}

static inline int fresh(void **state)
{
	size_t size;
	unsigned char *bytes;

	(void)state;
	write_file("t.conf", "one", 3);
	write_file("other.conf", "other", 5);
	bytes = make(&size);
	put(bytes, size);
	free(bytes);
	return 0;
}

static inline int set_up(void **state)
{
	(void)state;
	umask(022);
	return temporary_make(directory) || chdir(directory) ? -1 : 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	return chdir("/") || temporary_remove(directory) ? -1 : 0;
}

#endif
