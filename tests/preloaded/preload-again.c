/* SPDX-License-Identifier: MIT */
/*
 * A file that is mapped again and again: the rules decide anew for each mapping, whatever this
 * process or another has done to the file since. Run preloaded on a refusing mount.
 */
#include "preload.h"

enum { MOMENT = 100 * 1000 }; /* microseconds: after this, the file was not written just now */

/*
 * Maps it a few times at short intervals. O_RDWR, because files of a work tree that are opened
 * read-only are served anywhere, and this may be one.
 */
static int open_mapped(const char *name)
{
	int fd = open_served(name, PAGE, O_RDWR);

	for (int i = 0; i < 4; i++) {
		char *at = map_shared(fd, PAGE);

		assert_bytes(at, 0, PAGE);
		assert_denied(at, PAGE);
		munmap(at, PAGE);
		usleep(MOMENT);
	}
	munmap(map_shared(fd, PAGE), PAGE);
	return fd;
}

static void assert_converted(int fd)
{
	char *at = map_shared(fd, PAGE);

	assert_denied(at, PAGE);
	munmap(at, PAGE);
}

static void assert_left(int fd)
{
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
}

static void each_time(void **state)
{
	int fd = open_mapped("again");

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_converted(fd);
	close(fd);
}

static void not_once_it_has_another_name(void **state)
{
	int fd = open_mapped("renamed");

	(void)state;
	assert_int_equal(rename(served("renamed"), out_of_scope("renamed")), 0);
	assert_left(fd);
	assert_int_equal(rename(out_of_scope("renamed"), served("renamed")), 0);
	assert_converted(fd);
	close(fd);
}

/* That changes nothing in the file itself. */
static void not_once_a_directory_above_has(void **state)
{
	char was[4096], is[4096];
	int fd = open_mapped("below");

	(void)state;
	snprintf(was, sizeof(was), "%s", served(""));
	snprintf(is, sizeof(is), "%s", out_of_scope("renamed"));
	assert_int_equal(rename(was, is), 0);
	assert_left(fd);
	assert_int_equal(rename(is, was), 0);
	assert_converted(fd);
	close(fd);
}

/* By this process or by another, through this descriptor or another. */
static void not_once_it_is_a_database(void **state)
{
	static const char header[16] = "SQLite format 3";
	char before[sizeof(header)];
	int fd = open_mapped("database");
	int other = open(served("database"), O_RDWR);

	(void)state;
	assert_int_equal(pread(fd, before, sizeof(before), 0), sizeof(before));
	for (int i = 0; i < 100; i++) {
		int writer = i % 2 ? fd : other;

		assert_int_equal(pwrite(writer, header, sizeof(header), 0), sizeof(header));
		assert_left(fd);
		assert_left(other);
		assert_int_equal(pwrite(writer, before, sizeof(before), 0), sizeof(before));
		assert_converted(fd);
	}
	close(fd);
	close(other);
}

static void not_under_another_name(void **state)
{
	int fd = open_mapped("linked"), other;

	(void)state;
	unlink(out_of_scope("linked"));
	assert_int_equal(link(served("linked"), out_of_scope("linked")), 0);
	other = open(out_of_scope("linked"), O_RDWR);
	for (int i = 0; i < 2; i++) {
		assert_converted(fd);
		assert_left(other);
		usleep(MOMENT);
	}
	close(fd);
	close(other);
}

static void not_a_private_one(void **state)
{
	int fd = open_mapped("private");
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_allowed(at, PAGE);
	munmap(at, PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_time),
		cmocka_unit_test(not_once_it_has_another_name),
		cmocka_unit_test(not_once_a_directory_above_has),
		cmocka_unit_test(not_once_it_is_a_database),
		cmocka_unit_test(not_under_another_name),
		cmocka_unit_test(not_a_private_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
