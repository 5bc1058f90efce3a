/* SPDX-License-Identifier: MIT */
/*
 * The compiled form of a rule file is not used if the file, or one that it includes, has changed;
 * nor if another user owns it, or if it is no regular file.
 */
#include "compiled-file.h"

#include <time.h>

static void stamps_count(void **state)
{
	const struct settings settings = written();
	struct compiled_source stamps[2];

	(void)state;
	for (int field = 0; field < 12; field++) {
		struct compiled_source *one = stamps + field / 6;
		size_t size;
		void *bytes;

		stamp(stamps);
		switch (field % 6) {
		case 0: one->size++; break;
		case 1: one->inode++; break;
		case 2: one->modified--; break;
		case 3: one->changed--; break;
		case 4: one->modified_ns ^= 1; break;
		default: one->changed_ns ^= 1; break;
		}
		bytes = compiled_make(&settings, stamps, &size);
		put(bytes, size);
		free(bytes);
		ignored();
	}
}

static void append(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void longer_file(void **state)
{
	(void)state;
	append("t.conf", "x");
	ignored();
}

static void longer_include(void **state)
{
	(void)state;
	append("other.conf", "x");
	ignored();
}

static void include_gone(void **state)
{
	(void)state;
	unlink("other.conf");
	ignored();
	assert_int_equal(mkdir("other.conf", 0755), 0);
	ignored();
	assert_int_equal(rmdir("other.conf"), 0);
}

static void file_gone(void **state)
{
	(void)state;
	unlink("t.conf");
	ignored();
}

/* The same size, and the old modification time. */
static void written_anew(void **state)
{
	struct stat before;
	int fd;

	(void)state;
	assert_int_equal(stat("t.conf", &before), 0);
	nanosleep(&(struct timespec){ .tv_nsec = 30 * 1000 * 1000 }, NULL);
	fd = open("t.conf", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "two", 3), 3);
	assert_int_equal(
		futimens(fd, (struct timespec[]){ before.st_atim, before.st_mtim }), 0);
	close(fd);
	ignored();
}

/* Another file of the same size and times replaces it; ctime or the inode shows that. */
static void renamed_over(void **state)
{
	struct stat before;

	(void)state;
	assert_int_equal(stat("t.conf", &before), 0);
	write_file("new", "two", 3);
	assert_int_equal(utimensat(AT_FDCWD, "new",
				   (struct timespec[]){ before.st_atim, before.st_mtim }, 0),
			 0);
	assert_int_equal(rename("new", "t.conf"), 0);
	ignored();
}

static void writable_by_others(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;

	(void)state;
	for (mode_t mode = 0; mode < 8; mode++) {
		assert_int_equal(chmod(name, 0644 | (mode & 3) << 4 | (mode & 4) >> 1), 0);
		if (mode & 5)
			ignored();
		else
			used();
	}
}

static void of_another_owner(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;
	size_t size;
	unsigned char *bytes;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(name, 1, (gid_t)-1), 0);
	ignored();
	/* root owns it, another user the rule file */
	assert_int_equal(chown("t.conf", 1, (gid_t)-1), 0);
	bytes = make(&size);
	put(bytes, size);
	used();
	/* the rule file's owner owns it */
	assert_int_equal(chown(name, 1, (gid_t)-1), 0);
	used();
	assert_int_equal(chown(name, 2, (gid_t)-1), 0);
	ignored();
	free(bytes);
}

/* None of these makes the reader wait. */
static void no_regular_file(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;

	(void)state;
	assert_int_equal(rename(name, "elsewhere"), 0);
	assert_int_equal(symlink("elsewhere", name), 0);
	ignored();
	unlink(name);
	assert_int_equal(mkfifo(name, 0644), 0);
	ignored();
	unlink(name);
	assert_int_equal(mkdir(name, 0755), 0);
	ignored();
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(rename("elsewhere", name), 0);
	used();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(stamps_count, fresh),
		cmocka_unit_test_setup(longer_file, fresh),
		cmocka_unit_test_setup(longer_include, fresh),
		cmocka_unit_test_setup(include_gone, fresh),
		cmocka_unit_test_setup(file_gone, fresh),
		cmocka_unit_test_setup(written_anew, fresh),
		cmocka_unit_test_setup(renamed_over, fresh),
		cmocka_unit_test_setup(writable_by_others, fresh),
		cmocka_unit_test_setup(of_another_owner, fresh),
		cmocka_unit_test_setup(no_regular_file, fresh),
	};

	return cmocka_run_group_tests_name("compiled-stale", tests, set_up, tear_down);
}
