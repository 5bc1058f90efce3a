/*
 * Makes a rule file's compiled form. Called by privmapctl compile; pure but for its memory.
 */
#include "compiled.h"

#include <stdlib.h>
#include <string.h>

static size_t count_names(const char *names, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at += strlen(names + at) + 1)
		count++;
	return count;
}

void *compiled_make(const struct settings *settings, const struct compiled_source *sources,
		    size_t *size)
{
	size_t count = count_names(settings->sources, settings->sources_size);
	size_t first = strlen(settings->sources) + 1;
	size_t target = strlen(settings->log_target) + 1;
	size_t spool = strlen(settings->buffer_spool) + 1;
	struct compiled_header header = {
		.version = PRIVMAP_VERSION,
		.order = COMPILED_ORDER,
		.log_level = settings->log_level,
		.buffer_memory = settings->buffer_memory,
		.buffer_limit = settings->buffer_limit,
		.source_count = count,
		.rules_size = settings->rules.size,
		.strings_size = target + spool + settings->sources_size - first,
	};
	char *bytes, *end;

	*size = sizeof(header) + count * sizeof(*sources) + settings->rules.size +
		(size_t)header.strings_size;
	if (*size > COMPILED_LARGEST || count > COMPILED_SOURCES || !(bytes = malloc(*size)))
		return NULL;
	memcpy(header.magic, "privmap compiled", sizeof(header.magic));
	header.size = *size;
	end = mempcpy(bytes, &header, sizeof(header));
	end = mempcpy(end, sources, count * sizeof(*sources));
	end = mempcpy(end, settings->rules.text, settings->rules.size);
	end = mempcpy(end, settings->log_target, target);
	end = mempcpy(end, settings->buffer_spool, spool);
	memcpy(end, settings->sources + first, settings->sources_size - first);
	header.sum = compiled_sum((unsigned char *)bytes, *size);
	memcpy(bytes, &header, sizeof(header));
	return bytes;
}
