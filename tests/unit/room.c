/* SPDX-License-Identifier: MIT */
/*
 * How much memory is left, by the files of cgroups of both versions, and of the machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "room.h"

#include "opened.h"
#include "temporary.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { M = 1024 * 1024, SLACK = 4 * M };

static char directory[PATH_MAX];

static int make(void **state)
{
	(void)state;
	return temporary_make(directory);
}

static int clean(void **state)
{
	(void)state;
	return temporary_remove(directory);
}

/* Writes a file below the directory, and makes its directories. */
static char *write_file(const char *name, const char *text)
{
	static char path[PATH_MAX + 100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	for (char *slash = path + strlen(directory) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	return path;
}

/* True if so many MiB fit, with this text as /proc/self/cgroup. */
static bool fits(const char *cgroup, uint64_t mib)
{
	char lines[PATH_MAX + 100], memory[PATH_MAX + 100];

	strcpy(lines, write_file("cgroup", cgroup));
	strcpy(memory, write_file("meminfo", "MemTotal: 9999999 kB\nMemFree: 1 kB\n"
					     "MemAvailable:    1024000 kB\n"));
	return room_told_by(lines, directory, memory, mib * M);
}

static void nobody_says(void **state)
{
	(void)state;
	assert_true(fits("", 900));
	assert_true(fits("0::/none\n", 900));
	assert_true(fits("1:cpu:/a\n2:name=systemd:/b\nnonsense\n::\n", 900));
	assert_true(fits("4:memory:/none\n0::/v2", 900));
	assert_true(room_told_by("/none", "/none", "/none", UINT64_MAX / 4));
}

static void the_machine(void **state)
{
	(void)state;
	assert_true(fits("0::/\n", 995));
	assert_false(fits("0::/\n", 997));
}

static void second_version(void **state)
{
	(void)state;
	write_file("a/b/memory.max", "104857600\n");
	write_file("a/b/memory.current", "52428800\n");
	assert_true(fits("0::/a/b\n", 46));
	assert_false(fits("0::/a/b\n", 47));
	/* Also deeper, and after lines of other controllers. */
	assert_true(fits("12:cpu:/x\n0::/a/b/c/d", 46));
	assert_false(fits("12:cpu:/x\n0::/a/b/c/d", 47));
	assert_true(fits("0::/a\n", 900));
	assert_true(fits("0::/a/bb\n", 900));
	/* The kernel can take back cached pages. */
	write_file("a/b/memory.stat", "anon 1\nfile 99999999\ninactive_file 10485760\n"
				      "active_file 10485760\nslab_inactive_file 99999999\n");
	assert_true(fits("0::/a/b\n", 66));
	assert_false(fits("0::/a/b\n", 67));
	write_file("a/b/memory.high", "max\n");
	assert_true(fits("0::/a/b\n", 66));
	write_file("a/b/memory.high", "62914560\n");
	assert_true(fits("0::/a/b\n", 26));
	assert_false(fits("0::/a/b\n", 27));
	/* A container sees its own group as the root. */
	write_file("memory.max", "1\n");
	write_file("memory.current", "0\n");
	assert_false(fits("0::/\n", 1));
	assert_false(fits("0::/a\n", 1));
	write_file("memory.max", "max\n");
	assert_true(fits("0::/\n", 900));
}

static void first_version(void **state)
{
	(void)state;
	write_file("memory/x/memory.limit_in_bytes", "104857600\n");
	write_file("memory/x/memory.usage_in_bytes", "104857600\n");
	write_file("memory/x/memory.stat", "cache 0\ninactive_file 0\nactive_file 0\n"
					   "total_inactive_file 52428800\ntotal_active_file 0\n");
	write_file("memory/x/y/memory.limit_in_bytes", "9223372036854771712\n");
	write_file("memory/x/y/memory.usage_in_bytes", "104857600\n");
	assert_true(fits("4:memory:/x/y\n0::/\n", 46));
	assert_false(fits("4:memory:/x/y\n0::/\n", 47));
	assert_true(fits("4:memory:/\n", 900));
}

static atomic_bool stop;

static void *asks_until_stopped(void *arg)
{
	(void)arg;
	while (!stop)
		room_told_by("/proc/self/cgroup", "/sys/fs/cgroup", "/proc/meminfo", M);
	return NULL;
}

static int count_descriptors(void)
{
	DIR *open = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(open))
		count++;
	closedir(open);
	return count;
}

/* A child of fork(2) would keep an open file for life. */
static void nothing_is_inherited(void **state)
{
	const int before = count_descriptors();
	int others = 0, status;
	pthread_t thread;

	(void)state;
	pthread_atfork(opened_before_fork, opened_in_parent, opened_in_child);
	assert_int_equal(pthread_create(&thread, NULL, asks_until_stopped, NULL), 0);
	for (int i = 0; i < 200; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child)
			_exit(count_descriptors() != before);
		assert_int_equal(waitpid(child, &status, 0), child);
		others += status != 0;
	}
	stop = true;
	pthread_join(thread, NULL);
	assert_int_equal(others, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nobody_says, make, clean),
		cmocka_unit_test_setup_teardown(the_machine, make, clean),
		cmocka_unit_test_setup_teardown(second_version, make, clean),
		cmocka_unit_test_setup_teardown(first_version, make, clean),
		cmocka_unit_test(nothing_is_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
