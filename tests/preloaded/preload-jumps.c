/* SPDX-License-Identifier: MIT */
/*
 * Handlers that leave a call of the library by siglongjmp(3), at any moment of it. Run preloaded on
 * a refusing mount. (The conformance suite asks what works right after such a jump.)
 */
#include "preload.h"

#include <dirent.h>
#include <signal.h>
#include <time.h>

enum { JUMPS = 3000 };

static sigjmp_buf back;
static timer_t timer;

static void jumps(int number)
{
	siglongjmp(back, number);
}

/* Calls again and again, until a signal comes; each time at another moment. */
static void jump_from(void (*call)(void *), void *argument, int turn)
{
	const struct itimerspec soon = { .it_value.tv_nsec = 1000 + turn * 7919L % 60000 };

	if (sigsetjmp(back, 1) == 0) {
		assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
		for (;;)
			call(argument);
	}
}

static char *reserve(size_t length)
{
	char *at = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

static void clear(void *at, size_t length)
{
	assert_ptr_equal(
		mmap(at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), at);
}

struct places {
	int fd;
	char *from, *to;
};

/* All calls but the first fail. */
static void move(void *argument)
{
	struct places *places = argument;

	mremap(places->from, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, places->to);
}

/* What moves there must never become writable: what is written would be lost. */
static void a_moved_mapping_is_still_denied(void **state)
{
	struct places places = { open_served("moved", 2 * PAGE, O_RDONLY), NULL,
				 reserve(2 * PAGE) };
	int moved = 0;

	(void)state;
	for (int i = 0; i < JUMPS; i++) {
		places.from = map_shared(places.fd, 2 * PAGE);
		clear(places.to, 2 * PAGE);
		jump_from(move, &places, i);
		if (strcmp(kind_of(places.to), "---p") == 0) {
			munmap(places.from, 2 * PAGE);
			continue;
		}
		moved++;
		assert_denied(places.to, 2 * PAGE);
	}
	assert_true(moved > 0);
	clear(places.to, 2 * PAGE);
	close(places.fd);
}

static int count_mappings(void)
{
	FILE *maps = fopen("/proc/thread-self/maps", "re");
	int lines = 0;

	assert_non_null(maps);
	for (int byte; (byte = getc(maps)) != EOF;)
		lines += byte == '\n';
	fclose(maps);
	return lines;
}

static void replace(void *argument)
{
	struct places *places = argument;

	mmap(places->to, 2 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, places->fd, 0);
}

/* The library tries such a file at another place first, before it passes the call on. */
static void no_tried_mapping_stays(void **state)
{
	struct places places = { open("/proc/self/exe", O_RDONLY), NULL, reserve(2 * PAGE) };
	int before = count_mappings();

	(void)state;
	assert_true(places.fd >= 0);
	for (int i = 0; i < JUMPS; i++)
		jump_from(replace, &places, i);
	clear(places.to, 2 * PAGE);
	/* libc may have mapped memory for stdio. */
	assert_in_range(count_mappings(), before - 2, before + 2);
	close(places.fd);
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void make_writable(void *at)
{
	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
}

static void map_written(void *argument)
{
	struct places *places = argument;

	mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, places->fd, 0);
}

static void no_descriptor_of_the_log_stays(void **state)
{
	struct places places = { open_served("logged", PAGE, O_RDWR), NULL, NULL };
	char *at = map_shared(places.fd, PAGE);
	int before = count_descriptors();

	(void)state;
	for (int i = 0; i < JUMPS; i++) {
		jump_from(make_writable, at, i);
		jump_from(map_written, &places, i);
	}
	assert_int_equal(count_descriptors(), before);
	munmap(at, PAGE);
	close(places.fd);
}

static int prepare(void **state)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };

	(void)state;
	signal(SIGUSR1, jumps);
	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moved_mapping_is_still_denied),
		cmocka_unit_test(no_tried_mapping_stays),
		cmocka_unit_test(no_descriptor_of_the_log_stays),
	};

	/* A log whose file is opened for each message. */
	if (!getenv("PRIVMAP_LOG")) {
		setenv("PRIVMAP_LOG", "info:/dev/null", 1);
		execv("/proc/self/exe", argv);
		return 1;
	}
	(void)argc;
	return cmocka_run_group_tests(tests, prepare, NULL);
}
