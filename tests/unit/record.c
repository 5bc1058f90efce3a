/* SPDX-License-Identifier: MIT */
/*
 * Records: several threads and processes count in them, and one is killed at any time; full ones;
 * and damaged ones, as an attacker would leave them.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "record.h"

/* No memory is mapped after it. */
static struct record *make(uint32_t cells)
{
	size_t size = (size_t)cells * RECORD_CELL;
	struct record *record =
		mmap(NULL, size + RECORD_CELL * 4, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(record, MAP_FAILED);
	assert_int_equal(mprotect(record, size, PROT_READ | PROT_WRITE), 0);
	record_make(record, cells);
	return record;
}

static struct record *copy_of(const struct record *record)
{
	struct record *copy = make(RECORD_SHARED);

	record_copy(copy, record);
	return copy;
}

static unsigned files_of(const struct record *record, uint32_t process)
{
	uint32_t number = 0;
	unsigned count = 0;

	while (record_next_file(record, process, &number))
		count++;
	return count;
}

static void a_file_is_named_once(void **state)
{
	struct record *record = make(64);
	uint32_t one = record_process(record, 1, "/bin/one"), two = record_process(record, 2, NULL);

	(void)state;
	for (int i = 0; i < 5; i++) {
		record_not_served(record, one, "/a", NOT_SERVED_NO_RULE);
		record_not_served(record, one, "/b", NOT_SERVED_NO_RULE);
		record_not_served(record, one, "/a", NOT_SERVED_WRITTEN);
		record_not_served(record, two, "/a", NOT_SERVED_NO_RULE);
		record_not_served(record, two, NULL, NOT_SERVED_NO_RULE);
	}
	record = copy_of(record);
	assert_int_equal(files_of(record, one), 3);
	assert_int_equal(files_of(record, two), 1);
	assert_int_equal(files_of(record, 0), 4);
	assert_int_equal(record_process_at(record, one)->counts[COUNT_NOT_SERVED], 15);
	assert_int_equal(record_process_at(record, one)->counts[COUNT_UNNAMED], 0);
	assert_int_equal(record_process_at(record, two)->counts[COUNT_UNNAMED], 5);
	assert_string_equal(record_process_at(record, one)->program, "/bin/one");
	assert_string_equal(record_process_at(record, two)->program, "");
}

static void names_of_any_length(void **state)
{
	struct record *record = make(64);
	char name[5000];
	uint32_t process;

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name, "/dir/", 5);
	for (size_t length = 900; length < sizeof(name); length += 61) {
		name[length] = '\0';
		process = record_process(record, 1, name);
		if (process)
			record_not_served(record, process, name, NOT_SERVED_NO_RULE);
		name[length] = 'x';
	}
	record = copy_of(record);
	for (uint32_t number = 0; record_next_process(record, &number);)
		assert_true(strlen(record_process_at(record, number)->program) < 1000);
}

static void it_may_be_full(void **state)
{
	struct record *record = make(RECORD_OWN / RECORD_CELL);
	uint32_t process = record_process(record, 1, "/bin/one");
	char name[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		record_not_served(record, process, name, NOT_SERVED_NO_RULE);
	}
	assert_int_equal(record_process(record, 2, "/bin/two"), 0);
	assert_int_equal(files_of(record, process), RECORD_OWN_FILES);
	assert_int_equal(record_process_at(record, process)->counts[COUNT_NOT_SERVED], 100);
	assert_int_equal(record_process_at(record, process)->counts[COUNT_UNNAMED],
			 100 - RECORD_OWN_FILES);
}

/* Earlier counts stay; an unfinished one harms nobody. */
static void a_process_that_is_killed(void **state)
{
	enum { ROUNDS = 25 };
	struct record *record = make(RECORD_SHARED);
	uint32_t last = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		pid_t child = fork();

		if (child == 0) {
			uint32_t process = record_process(record, round, "/bin/child");
			char name[32];

			for (unsigned i = 0;; i++) {
				snprintf(name, sizeof(name), "/%d/%u", round, i % 1000);
				record_not_served(record, process, name, NOT_SERVED_NO_RULE);
			}
		}
		usleep((useconds_t)(rand() % 300));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
	}
	last = record_process(record, ROUNDS, "/bin/last");
	if (last)
		record_not_served(record, last, "/last", NOT_SERVED_NO_RULE);
	record = copy_of(record);
	assert_int_equal(files_of(record, last), last != 0);
	for (uint32_t number = 0; record_next_process(record, &number);) {
		const struct record_process *process = record_process_at(record, number);

		/* A file is counted first, and then named. */
		assert_true(files_of(record, number) <= process->counts[COUNT_NOT_SERVED]);
	}
}

/*
 * With any bytes in it, code that counts in the record or reads it stays inside of it, and returns.
 */
static void somebody_means_harm(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 24; round++) {
		struct record *record = make(RECORD_SHARED);
		uint32_t process = record_process(record, 1, "/bin/one"), number = 0;
		unsigned char *bytes = (unsigned char *)record;
		const struct record_file *file;
		struct record *copy;

		for (size_t i = 0; i < 40 * RECORD_CELL; i++)
			if (i < 64 ? i >= 32 && rand() % 2 : rand() % 4)
				bytes[i] = (unsigned char)(rand() % 3 ? rand() % 5 : rand());
		if (round % 2)
			atomic_store(&record->used, UINT32_MAX);
		record_not_served(record, process, "/a", NOT_SERVED_NO_RULE);
		record_process(record, 2, "/bin/two");
		copy = copy_of(record);
		while ((file = record_next_file(copy, 0, &number))) {
			assert_true(strlen(file->path) < sizeof(file->path));
			assert_non_null(message_reason(file->why));
		}
		munmap(record, RECORD_SHARED * RECORD_CELL);
		munmap(copy, RECORD_SHARED * RECORD_CELL);
	}
}

static void doubts_are_settled_by_others(void **state)
{
	struct record *record = make(64);
	static const enum record_read known[] = { RECORD_DOUBTFUL, RECORD_READ, RECORD_DOUBTFUL };
	uint32_t process[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const paths[] = { "/read", "/unknown" };

		process[i] = record_process(record, i + 1, NULL);
		for (int j = 0; j < 2; j++) {
			uint32_t cell =
				record_not_served(record, process[i], paths[j], NOT_SERVED_NO_RULE);

			atomic_store(&record_file_at(record, cell)->read,
				     (uint16_t)(j ? RECORD_DOUBTFUL : known[i]));
		}
	}
	record = copy_of(record);
	record_suppose(record);
	for (uint32_t number = 0; record_next_file(record, 0, &number);) {
		const struct record_file *file = record_file_at(record, number);

		assert_int_equal(atomic_load(&file->read),
				 strcmp(file->path, "/read") == 0 ? RECORD_READ : RECORD_UNREAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_named_once),
		cmocka_unit_test(names_of_any_length),
		cmocka_unit_test(it_may_be_full),
		cmocka_unit_test(a_process_that_is_killed),
		cmocka_unit_test(somebody_means_harm),
		cmocka_unit_test(doubts_are_settled_by_others),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
