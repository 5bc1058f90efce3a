/* SPDX-License-Identifier: MIT */
/*
 * A compiled rule file. Input: a byte that says which of its promises are made true, then the file.
 * It is decoded in memory of exactly its size, so that AddressSanitizer sees reads beyond it.
 */
#include "fuzz.h"

#include "../../shim/rulefile/compiled.c"

#include "rules.h"

enum {
	RIGHT_HEADER = 1,
	RIGHT_STAMPS = 2,
	RIGHT_SUM = 4,
};

static const char *text_of(struct file_view *file)
{
	(void)file;
	return "gix";
}

static bool yes(struct file_view *file)
{
	(void)file;
	return true;
}

static bool database(struct file_view *file, enum action action)
{
	(void)action;
	return yes(file);
}

/* Goes through the rules as an engine does. */
static void decide(const struct rules *given)
{
	char *text = input_copy(given->text, given->size);
	struct rules list = { text, given->size };
	struct file_view file = {
		.path = "/srv/r.git/objects/pack/a.idx",
		.program = text_of,
		.filesystem = text_of,
		.below_worktree = yes,
		.is_git = yes,
		.read_only = yes,
		.is_database = database,
	};

	rules_decide(&list, &file);
	rules_ask_for(&list, RULE_ALWAYS);
	compiled_rules_right(&list);
	free(text);
}

/* stamps[0] is the rule file itself. */
static void make_right(char *bytes, size_t size, unsigned which,
		       const struct compiled_source *stamp)
{
	static const char version[sizeof(((struct compiled_header *)0)->version)] = PRIVMAP_VERSION;
	struct compiled_header header;

	memcpy(&header, bytes, sizeof(header));
	if (which & RIGHT_HEADER) {
		memcpy(header.magic, "privmap compiled", sizeof(header.magic));
		memcpy(header.version, version, sizeof(version));
		header.order = COMPILED_ORDER;
		header.size = size;
		header.sum = 0;
	}
	memcpy(bytes, &header, sizeof(header));
	if (which & RIGHT_STAMPS)
		for (size_t i = 0; i < header.source_count && i < COMPILED_SOURCES; i++)
			if (sizeof(header) + (i + 1) * sizeof(*stamp) <= size)
				memcpy(bytes + sizeof(header) + i * sizeof(*stamp), stamp,
				       sizeof(*stamp));
	if (which & RIGHT_SUM) {
		header.sum = 0;
		memcpy(bytes, &header, sizeof(header));
		header.sum = compiled_sum((unsigned char *)bytes, size);
		memcpy(bytes, &header, sizeof(header));
	}
}

static void check(const struct settings *settings)
{
	MUST(settings->log_level <= LOG_LEVEL_DEBUG);
	MUST(*settings->log_target && *settings->buffer_spool == '/');
	/* Each string ends, and within the file. */
	MUST(strlen(settings->log_target) && strlen(settings->buffer_spool));
	settings_hand_over(settings, "name");
	for (size_t at = 0; at < settings->sources_size;)
		at += strlen(settings->sources + at) + 1;
	decide(&settings->rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct settings settings = settings_default();
	const struct settings before = settings;
	/* All sources are the same file, which exists and is quick to look at. */
	struct compiled_source stamp;
	char *file;

	if (size < 1 + sizeof(struct compiled_header) || size > COMPILED_LARGEST)
		return 0;
	MUST(compiled_stamp("/proc/self/exe", &stamp));
	file = input_copy(bytes + 1, size - 1);
	make_right(file, size - 1, bytes[0], &stamp);
	if (decode(file, size - 1, &stamp, &settings))
		check(&settings);
	else
		MUST(!memcmp(&settings, &before, sizeof(settings)));
	free(file);
	return 0;
}
