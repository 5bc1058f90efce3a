/* SPDX-License-Identifier: MIT */
/*
 * The only function of privmap-config.so, which reads a rule file into settings: from file to text
 * (loader-source.c), from text to a tree (loader-syntax.c: libconfig), from the tree to settings
 * (loader-keys.c), and these into a separate mapping. Any error ends the load by load_stop().
 */
#include "loader.h"

#include "loader-parts.h"

#include <locale.h>
#include <string.h>
#include <sys/mman.h>

EXPORT config_load_function privmap_config_load_4;

/* Copies *string to *to, and moves *to past it. */
static void keep_string(const char **string, char **to)
{
	size_t size = strlen(*string) + 1;

	*string = memcpy(*to, *string, size);
	*to += size;
}

static void commit(struct load *load, struct settings *settings)
{
	struct settings next = load->settings;
	const struct source *source = &load->source;
	size_t size =
		load->rules.length + strlen(next.log_target) + 1 + strlen(next.buffer_spool) + 1;
	char *to;

	size += next.trace_size;

	for (unsigned i = 0; i < source->file_count; i++)
		size += strlen(source->files[i].name) + 1;
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED)
		load_stop(load);
	next.rules = (struct rules){ to, load->rules.length };
	if (load->rules.length)
		memcpy(to, load->rules.bytes, load->rules.length);
	to += load->rules.length;
	keep_string(&next.log_target, &to);
	keep_string(&next.buffer_spool, &to);
	next.trace = memcpy(to, next.trace, next.trace_size);
	to += next.trace_size;
	next.sources = to;
	for (unsigned i = 0; i < source->file_count; i++)
		keep_string(&(const char *){ source->files[i].name }, &to);
	next.sources_size = (size_t)(to - next.sources);
	*settings = next;
}

/* A separate function, so that the steps change none of its local variables (setjmp(3)). */
static int attempt(struct load *load, struct settings *settings)
{
	if (setjmp(load->stop))
		return -1;
	memory_open(&load->stop);
	source_read(load);
	source_parse(load);
	keys_read(load);
	commit(load, settings);
	return 0;
}

int privmap_config_load_4(const char *file, struct settings *settings, char *error,
			  size_t error_size)
{
	struct text message = { error, error_size, 0 };
	struct load load = { .file = file, .error = &message, .settings = *settings };
	locale_t locale = uselocale((locale_t)0);
	int result = attempt(&load, settings);

	if (result && !message.length)
		text_add(load_problem(&load, 0), "cannot be read: out of memory");
	/* libconfig sets the thread's locale, and 1.5 does not restore it. */
	uselocale(locale);
	if (!load.parsing)
		config_destroy(&load.config);
	memory_close();
	if (error_size)
		text_string(&message);
	return result;
}
