/* SPDX-License-Identifier: MIT */
/*
 * The defaults, and the words of settings. Pure.
 */
#include "settings.h"

#include "glob.h"
#include "text.h"

#include <string.h>

/* Each ends with a NUL; the compiler adds the last one. */
static const char trace[] = "gix\0ein\0jj\0gitstatusd*";

static const char levels[][6] = { "off", "error", "warn", "info", "debug" };

struct settings settings_default(void)
{
	return (struct settings){
		.rules = rules_builtin(),
		.log_level = LOG_LEVEL_ERROR,
		.log_target = "stderr",
		.buffer_memory = UINT64_C(64) << 20,
		.buffer_limit = UINT64_C(4) << 30,
		.buffer_keep = UINT64_C(4) << 30,
		.buffer_spool = "/var/tmp",
		.trace = trace,
		.trace_size = sizeof(trace),
	};
}

const char *log_level_name(enum log_level level)
{
	return levels[level];
}

bool log_level_parse(const char *word, size_t length, enum log_level *level)
{
	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strlen(levels[i]) == length && memcmp(word, levels[i], length) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

bool settings_disable(const char *value)
{
	static const char values[][5] = { "1", "yes", "true" };

	for (size_t i = 0; value && i < sizeof(values) / sizeof(values[0]); i++)
		if (strcmp(value, values[i]) == 0)
			return true;
	return false;
}

bool settings_parse_log(struct settings *settings, const char *value)
{
	size_t word = strcspn(value, ":");
	enum log_level level;

	if (!log_level_parse(value, word, &level) || (value[word] && !value[word + 1]))
		return false;
	settings->log_level = level;
	if (value[word])
		settings->log_target = value + word + 1;
	return true;
}

bool settings_add_paths(struct settings *settings, const char *globs, void *(*memory)(size_t))
{
	size_t size = rules_paths_size(globs) + settings->rules.size;
	struct text text = { NULL, size, 0 };

	if (!globs[strspn(globs, ":")])
		return true;
	text.bytes = memory(size);
	if (!text.bytes)
		return false;
	rules_add_paths(&text, globs);
	text_add_bytes(&text, settings->rules.text, settings->rules.size);
	settings->rules = (struct rules){ text.bytes, text.length };
	return true;
}

bool settings_hand_over(const struct settings *settings, const char *program)
{
	const char *name = last_component(program);

	for (size_t at = 0; at < settings->trace_size; at += strlen(settings->trace + at) + 1)
		if (glob_matches(settings->trace + at, name))
			return true;
	return false;
}

bool size_parse(const char *word, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	uint64_t value = 0;
	const char *unit;

	if (*word < '0' || *word > '9')
		return false;
	for (; *word >= '0' && *word <= '9'; word++) {
		uint64_t digit = (uint64_t)(*word - '0');

		if (value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (*word) {
		unsigned shift;

		unit = strchr(units, *word >= 'a' ? *word - 'a' + 'A' : *word);
		if (!unit || word[1])
			return false;
		shift = 10 * (unsigned)(unit - units + 1);
		if (value > (uint64_t)INT64_MAX >> shift)
			return false;
		value <<= shift;
	}
	*bytes = value;
	return true;
}
