/* SPDX-License-Identifier: MIT */
/*
 * The compiled form of a rule file is not used if it is damaged, cut or of another version; and a
 * forged one does no harm.
 */
#include "compiled-file.h"

static void every_byte(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] ^= (unsigned char)(1 << bit);
			put(bytes, size);
			ignored();
			bytes[i] ^= (unsigned char)(1 << bit);
		}
	put(bytes, size);
	used();
	free(bytes);
}

static void every_length(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);
	unsigned char *longer = calloc(size + 1, 1);

	(void)state;
	memcpy(longer, bytes, size);
	for (size_t length = 0; length <= size + 1; length++) {
		if (length == size)
			continue;
		put(longer, length);
		ignored();
	}
	free(longer);
	free(bytes);
}

static void sum_up(unsigned char *bytes, size_t size)
{
	struct compiled_header header;

	memcpy(&header, bytes, sizeof(header));
	header.sum = 0;
	memcpy(bytes, &header, sizeof(header));
	header.sum = compiled_sum(bytes, size);
	memcpy(bytes, &header, sizeof(header));
}

static const char *nothing(struct file_view *view)
{
	(void)view;
	return NULL;
}

static bool never(struct file_view *view)
{
	(void)view;
	return false;
}

static bool no_database(struct file_view *view, enum action action)
{
	(void)action;
	return never(view);
}

/* Forged with a valid sum: whatever is read is safe to use. */
static void hostile_bytes(void **state)
{
	struct file_view view = {
		.path = "/a/b",
		.program = nothing,
		.filesystem = nothing,
		.below_worktree = never,
		.is_git = never,
		.read_only = never,
		.is_database = no_database,
	};
	size_t size, accepted = 0;
	unsigned char *bytes = make(&size);
	unsigned char *damaged = malloc(size);

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		struct settings settings;

		memcpy(damaged, bytes, size);
		if (i % 8 < 4)
			damaged[i / 8] = (unsigned char)"\0=\377/"[i % 8];
		else
			damaged[i / 8] = (unsigned char)(bytes[i / 8] + i % 8 - 3);
		sum_up(damaged, size);
		put(damaged, size);
		if (!is_read(&settings))
			continue;
		accepted++;
		rules_decide(&settings.rules, &view);
		assert_true(settings.log_level <= LOG_LEVEL_DEBUG);
		assert_true(strlen(settings.log_target) > 0);
		assert_int_equal(settings.buffer_spool[0], '/');
		settings_hand_over(&settings, "name");
	}
	assert_true(accepted > 20 && accepted < 6 * size); /* some of both */
	free(damaged);
	free(bytes);
}

/* Numbers in the header that lead out of the file, with a valid sum. */
static void hostile_header(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);
	struct compiled_header right, header;

	(void)state;
	memcpy(&right, bytes, sizeof(right));
#define WRONG(field, value)                                                                        \
	do {                                                                                       \
		header = right;                                                                    \
		header.field = value;                                                              \
		memcpy(bytes, &header, sizeof(header));                                            \
		sum_up(bytes, size);                                                               \
		put(bytes, size);                                                                  \
		ignored();                                                                         \
	} while (0)
	WRONG(magic[0], 'P');
	WRONG(version[0], '~');
	WRONG(version[15], 'x');
	WRONG(order, 0x04030201);
	WRONG(log_level, LOG_LEVEL_DEBUG + 1);
	WRONG(size, right.size - 1);
	WRONG(buffer_memory, UINT64_MAX);
	WRONG(buffer_limit, (uint64_t)INT64_MAX + 1);
	WRONG(buffer_keep, (uint64_t)INT64_MAX + 1);
	WRONG(source_count, 0);
	WRONG(source_count, 1);
	WRONG(source_count, 3);
	WRONG(source_count, COMPILED_SOURCES + 1);
	WRONG(source_count, UINT64_MAX / sizeof(struct compiled_source) + 2);
	WRONG(rules_size, 0);
	WRONG(rules_size, right.rules_size + 1);
	WRONG(rules_size, UINT64_MAX);
	WRONG(strings_size, 0);
	WRONG(strings_size, right.strings_size + 1);
	WRONG(strings_size, UINT64_MAX);
	WRONG(trace_size, right.trace_size - 1);
	WRONG(trace_size, right.trace_size + 1);
	WRONG(trace_size, right.strings_size);
	WRONG(trace_size, UINT64_MAX);
	memcpy(bytes, &right, sizeof(right));
	put(bytes, size);
	used();
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_byte, fresh),
		cmocka_unit_test_setup(every_length, fresh),
		cmocka_unit_test_setup(hostile_bytes, fresh),
		cmocka_unit_test_setup(hostile_header, fresh),
	};

	return cmocka_run_group_tests_name("compiled-damaged", tests, set_up, tear_down);
}
