/* SPDX-License-Identifier: MIT */
/*
 * Makes a rule file's compiled form. Pure, except for malloc().
 */
#include "compiled.h"

#include <stdlib.h>
#include <string.h>

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
	case RULE_KEEP:
		return !*word;
	case RULE_KIND:
		return (*word == 's' || *word == 'p') && !word[1];
	case RULE_WORKTREE:
	case RULE_GIT:
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
	const char *item = rules->text, *end = rules->text + rules->size;
	static const char order[] = "lkpgfwvrdac="; /* as the loader writes them */
	const char *last = order;

	for (; item < end; item += strlen(item) + 1) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		const char *place = nul && *item ? strchr(order, *item) : NULL;

		if (!place || place < last || !word_right((enum rule_tag)*place, item + 1))
			return false;
		last = *place == RULE_ACTION ? order : place;
	}
	return last == order;
}

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
		.asks_program = rules_ask_for(&settings->rules, RULE_PROGRAM),
		.asks_always = rules_ask_for(&settings->rules, RULE_ALWAYS),
		.buffer_memory = settings->buffer_memory,
		.buffer_limit = settings->buffer_limit,
		.buffer_keep = settings->buffer_keep,
		.source_count = count,
		.rules_size = settings->rules.size,
		.strings_size =
			target + spool + settings->trace_size + settings->sources_size - first,
		.trace_size = settings->trace_size,
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
	end = mempcpy(end, settings->trace, settings->trace_size);
	memcpy(end, settings->sources + first, settings->sources_size - first);
	header.sum = compiled_sum((unsigned char *)bytes, *size);
	memcpy(bytes, &header, sizeof(header));
	return bytes;
}
