/*
 * A file that is mapped again and again: that it was converted is remembered, but not for longer or
 * for more than it holds. Run preloaded on a refusing disk (tests/refuse.c).
 */
#include "preload.h"

#include <time.h>

enum { SETTLED_MS = 2200, FORGOTTEN_MS = 200 };

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000 * 1000 }, NULL);
}

/*
 * A file that has been as it is for a while, for others are asked for each time. O_RDWR, for files
 * of a work tree that are opened read-only are served wherever they lie, and this may be one.
 */
static int open_settled(const char *name)
{
	int fd = open_served(name, PAGE, O_RDWR);

	pause_ms(SETTLED_MS);
	return fd;
}

static void assert_converted(int fd)
{
	char *at = map_shared(fd, PAGE);

	assert_bytes(at, 0, PAGE);
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
	int fd = open_settled("again");

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_converted(fd);
	close(fd);
}

/* The file itself knows nothing of it. */
static void until_a_directory_above_has_another_name(void **state)
{
	char was[4096], is[4096];
	int fd = open_settled("renamed");

	(void)state;
	snprintf(was, sizeof(was), "%s", served(""));
	snprintf(is, sizeof(is), "%s", out_of_scope("renamed"));
	assert_converted(fd);
	assert_int_equal(rename(was, is), 0);
	pause_ms(FORGOTTEN_MS);
	assert_left(fd);
	assert_int_equal(rename(is, was), 0);
	assert_converted(fd);
	close(fd);
}

static void not_under_another_name(void **state)
{
	int fd = open_settled("linked"), other;

	(void)state;
	unlink(out_of_scope("linked"));
	assert_int_equal(link(served("linked"), out_of_scope("linked")), 0);
	pause_ms(SETTLED_MS);
	other = open(out_of_scope("linked"), O_RDWR);
	assert_converted(fd);
	assert_left(other);
	assert_converted(fd);
	assert_left(other);
	close(fd);
	close(other);
}

static void not_a_private_one(void **state)
{
	int fd = open_settled("private");
	char *at;

	(void)state;
	assert_converted(fd);
	at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_allowed(at, PAGE);
	munmap(at, PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_time),
		cmocka_unit_test(until_a_directory_above_has_another_name),
		cmocka_unit_test(not_under_another_name),
		cmocka_unit_test(not_a_private_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
