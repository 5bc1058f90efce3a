/* SPDX-License-Identifier: MIT */
/*
 * Which files the built-in rules serve, by their names and contents. Run preloaded on a refusing
 * mount. (The conformance suite tests converted mappings.)
 */
#include "preload.h"

#include <time.h>

static void files_out_of_scope_are_left(void **state)
{
	int fd;

	(void)state;
	make_file(out_of_scope("plain"), PAGE);
	fd = open(out_of_scope("plain"), O_RDONLY);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(fd);
	fd = open("/proc/self/status", O_RDONLY);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
	fd = open(getenv("PRIVMAP_TEST_DIR"), O_RDONLY | O_DIRECTORY);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(fd);
}

static void databases_are_left(void **state)
{
	static const char sqlite[] = "SQLite format 3";
	int fd = open_served("base.sqlite", PAGE, O_RDWR);

	(void)state;
	assert_int_equal(pwrite(fd, sqlite, sizeof(sqlite), 0), sizeof(sqlite));
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(fd);
	fd = open(served("base.sqlite"), O_RDONLY | O_DIRECT);
	assert_true(fd >= 0);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(fd);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000 * 1000 }, NULL);
}

/* What the library knows about a file is valid until the file changes: it looks again after a new
 * open, and a moment later through an old descriptor. */
static void what_becomes_a_database_is_left(void **state)
{
	static const char sqlite[] = "SQLite format 3";
	int fd = open_served("becomes", PAGE, O_RDWR);
	int other;

	(void)state;
	pause_ms(50);
	for (int i = 0; i < 3; i++)
		munmap(map_shared(fd, PAGE), PAGE);
	assert_int_equal(pwrite(fd, sqlite, sizeof(sqlite), 0), sizeof(sqlite));
	other = open(served("becomes"), O_RDONLY);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0), MAP_FAILED);
	close(other);
	assert_int_equal(pwrite(fd, "no", 2, 0), 2);
	pause_ms(50);
	munmap(map_shared(fd, PAGE), PAGE);
	assert_int_equal(pwrite(fd, sqlite, sizeof(sqlite), 0), sizeof(sqlite));
	pause_ms(200);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(fd);
}

static void a_deleted_file_keeps_its_rule(void **state)
{
	int fd = open_served("deleted", PAGE, O_RDONLY);
	void *at;

	(void)state;
	unlink(served("deleted"));
	at = map_shared(fd, PAGE);
	assert_bytes(at, 0, PAGE);
	munmap(at, PAGE);
	close(fd);
}

/* Longer than the room a hook has on the stack. */
static void a_long_path_is_served(void **state)
{
	char *path = strdup(served("long"));
	void *at;
	int fd;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char *longer;

		mkdir(path, 0755);
		assert_true(asprintf(&longer, "%s/%0200d", path, i) > 0);
		free(path);
		path = longer;
	}
	assert_true(strlen(path) > 2000);
	make_file(path, PAGE);
	fd = open(path, O_RDONLY);
	at = map_shared(fd, PAGE);
	assert_bytes(at, 0, PAGE);
	munmap(at, PAGE);
	close(fd);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_out_of_scope_are_left),
		cmocka_unit_test(databases_are_left),
		cmocka_unit_test(what_becomes_a_database_is_left),
		cmocka_unit_test(a_deleted_file_keeps_its_rule),
		cmocka_unit_test(a_long_path_is_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
