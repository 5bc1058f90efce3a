/* SPDX-License-Identifier: MIT */
/*
 * Conversion as the program sees it: which calls are converted, what they give, errno, MAP_FIXED.
 * Run preloaded on a refusing mount.
 */
#include "preload.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static void reads_what_the_file_holds(void **state)
{
	static const size_t sizes[] = { 1, 100, 4095, 4096, 4097, 65536, 1000003 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = open_served("sizes", sizes[i], O_RDONLY);
		unsigned char *at = map_shared(fd, sizes[i]);

		close(fd);
		assert_string_equal(kind_of(at), "r--p");
		assert_bytes(at, 0, sizes[i]);
		for (size_t tail = sizes[i]; tail % PAGE; tail++)
			assert_int_equal(at[tail], 0);
		assert_int_equal(munmap(at, sizes[i]), 0);
		assert_string_equal(kind_of(at), "");
	}
}

static void reads_at_an_offset(void **state)
{
	int fd = open_served("offset", 10 * PAGE + 5, O_RDONLY);
	void *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 3 * (off_t)PAGE);

	(void)state;
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_bytes(at, 3 * PAGE, 2 * PAGE);
	munmap(at, 2 * PAGE);
	at = mmap64(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 10 * (off64_t)PAGE);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_bytes(at, 10 * PAGE, 5);
	munmap(at, PAGE);
	close(fd);
}

static void every_candidate_is_converted(void **state)
{
	static const struct {
		int open, prot, flags;
		const char *kind;
	} calls[] = {
		{ O_RDONLY, PROT_READ, MAP_SHARED, "r--p" },
		{ O_RDWR, PROT_READ, MAP_SHARED, "r--p" },
		{ O_RDONLY, PROT_READ, MAP_SHARED_VALIDATE, "r--p" },
		{ O_RDONLY, PROT_READ, MAP_SHARED | MAP_POPULATE, "r--p" },
		{ O_RDONLY, PROT_READ, MAP_SHARED | MAP_NORESERVE, "r--p" },
		{ O_RDONLY, PROT_READ, MAP_SHARED | MAP_LOCKED, "r--p" },
		{ O_RDONLY, PROT_NONE, MAP_SHARED, "---p" },
		{ O_RDONLY, PROT_READ | PROT_EXEC, MAP_SHARED, "r-xp" },
		{ O_RDONLY, PROT_EXEC, MAP_SHARED, "--xp" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int fd = open_served("every", 3 * PAGE, calls[i].open);
		void *at = mmap(NULL, 3 * PAGE, calls[i].prot, calls[i].flags, fd, 0);

		close(fd);
		assert_ptr_not_equal(at, MAP_FAILED);
		assert_string_equal(kind_of(at), calls[i].kind);
		assert_int_equal(munmap(at, 3 * PAGE), 0);
	}
}

/* Each fails as it does without the library: the errno is the kernel's. */
static void everything_else_is_left(void **state)
{
	static const struct {
		int open, prot, flags, error;
		size_t length;
		off_t offset;
	} calls[] = {
		{ O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED, ENODEV, 4096, 0 },
		{ O_RDWR, PROT_WRITE, MAP_SHARED, ENODEV, 4096, 0 },
		{ O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE, ENODEV, 4096, 0 },
		{ O_RDONLY, PROT_READ | PROT_WRITE, MAP_SHARED, EACCES, 4096, 0 },
		{ O_WRONLY, PROT_READ, MAP_SHARED, EACCES, 4096, 0 },
		{ O_RDONLY, PROT_READ, MAP_SHARED, EINVAL, 0, 0 },
		{ O_RDONLY, PROT_READ, MAP_SHARED, EINVAL, 4096, 1 },
		{ O_RDONLY, PROT_READ, MAP_SHARED, EINVAL, 4096, 100 },
		{ O_RDONLY, PROT_READ, MAP_SHARED, ENOMEM, SIZE_MAX - 4096, 0 },
		{ O_RDONLY, PROT_READ, MAP_SHARED_VALIDATE | 0x80000, EOPNOTSUPP, 4096, 0 },
		{ O_RDONLY, PROT_READ, MAP_SHARED_VALIDATE | 0x200000, EOPNOTSUPP, 4096, 0 },
		{ O_RDONLY, PROT_READ, 0, EINVAL, 4096, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int fd = open_served("left", 3 * PAGE, calls[i].open);
		void *at = mmap(NULL, calls[i].length, calls[i].prot, calls[i].flags, fd,
				calls[i].offset);

		assert_ptr_equal(at, MAP_FAILED);
		if (errno != calls[i].error)
			fail_msg("call %zu: errno %d, not %d", i, errno, calls[i].error);
		close(fd);
	}
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, -1, 0), MAP_FAILED);
	assert_int_equal(errno, EBADF);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 987, 0), MAP_FAILED);
	assert_int_equal(errno, EBADF);
}

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

/* What is known of a file is for as long as it does not change: looked at again by one who opens
 * it, and by one who has it open a moment later. */
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

static void memory_stays_shared(void **state)
{
	int fd = memfd_create("objects", MFD_CLOEXEC);
	unsigned char *writer, *reader;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)PAGE), 0);
	writer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	reader = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	assert_string_equal(kind_of(reader), "r--s");
	writer[5] = 77;
	assert_int_equal(reader[5], 77);
	munmap(writer, PAGE);
	munmap(reader, PAGE);
	close(fd);
}

static void errno_after_success_is_untouched(void **state)
{
	int fd = open_served("errno", PAGE, O_RDONLY);
	void *at;

	(void)state;
	errno = 4242;
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	assert_int_equal(errno, 4242);
	assert_int_equal(mprotect(at, PAGE, PROT_NONE), 0);
	assert_int_equal(errno, 4242);
	at = mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_int_equal(errno, 4242);
	at = mmap(at, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_int_equal(errno, 4242);
	assert_int_equal(munmap(at, 2 * PAGE), 0);
	assert_int_equal(errno, 4242);
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

static void fixed_replaces_what_was_there(void **state)
{
	int fd = open_served("fixed", 3 * PAGE, O_RDONLY);
	unsigned char *old =
		mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *at;

	(void)state;
	memset(old, 9, 5 * PAGE);
	at = mmap(old + PAGE, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	assert_ptr_equal(at, old + PAGE);
	assert_bytes(at, 0, 3 * PAGE);
	assert_string_equal(kind_of(at), "r--p");
	assert_int_equal(old[PAGE - 1], 9);
	assert_int_equal(old[4 * PAGE], 9);
	assert_denied(at, PAGE);
	/* And is replaced in turn. */
	at = mmap(old + PAGE, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	assert_ptr_equal(at, old + PAGE);
	assert_allowed(at, 3 * PAGE);
	munmap(old, 5 * PAGE);
	close(fd);
}

static void fixed_at_a_bad_address_is_the_kernels(void **state)
{
	int fd = open_served("bad", PAGE, O_RDONLY);
	void *taken = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_equal(mmap((void *)1, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap((void *)(UINTPTR_MAX - 16 * PAGE + 1), PAGE, PROT_READ,
			      MAP_SHARED | MAP_FIXED, fd, 0),
			 MAP_FAILED);
#ifndef __SANITIZE_THREAD__ /* which answers by itself */
	assert_int_equal(errno, ENOMEM);
#endif
	assert_ptr_equal(mmap(taken, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EEXIST);
	munmap(taken, PAGE);
	assert_ptr_equal(mmap(taken, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0),
			 taken);
	assert_string_equal(kind_of(taken), "r--p");
	munmap(taken, PAGE);
	close(fd);
}

/* RLIMIT_AS has room for one mapping: the probe for MAP_FIXED must not be what is too much. */
static void under_a_tight_limit(void *argument)
{
	int fd = *(int *)argument;
	size_t size = 64 * PAGE;
	void *old = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long pages;
	FILE *statm = fopen("/proc/self/statm", "re");
	struct rlimit limit;

	ASSERT_CHILD(statm && fscanf(statm, "%lu", &pages) == 1);
	fclose(statm);
	limit.rlim_cur = limit.rlim_max = (pages + 48) * PAGE; /* 16 of them: the table's chunk */
	ASSERT_CHILD(setrlimit(RLIMIT_AS, &limit) == 0);
	ASSERT_CHILD(mmap(old, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == old);
}

static void fixed_needs_no_second_mapping_of_that_size(void **state)
{
	int fd = open_served("limit", 64 * PAGE, O_RDONLY);

	(void)state;
	in_child(under_a_tight_limit, &fd);
	close(fd);
}

static void past_the_end_is_sigbus(void *argument)
{
	volatile unsigned char *at = argument;

	(void)at[PAGE];
}

static void a_page_past_the_end_is_sigbus(void **state)
{
	int fd = open_served("bus", 10, O_RDONLY);
	void *at = map_shared(fd, 2 * PAGE);
	pid_t child = fork();
	int status;

	(void)state;
	if (!child) {
		signal(SIGBUS, SIG_DFL); /* cmocka has a handler of its own */
		past_the_end_is_sigbus(at);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGBUS);
	munmap(at, 2 * PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_file_holds),
		cmocka_unit_test(reads_at_an_offset),
		cmocka_unit_test(every_candidate_is_converted),
		cmocka_unit_test(everything_else_is_left),
		cmocka_unit_test(files_out_of_scope_are_left),
		cmocka_unit_test(databases_are_left),
		cmocka_unit_test(what_becomes_a_database_is_left),
		cmocka_unit_test(memory_stays_shared),
		cmocka_unit_test(errno_after_success_is_untouched),
		cmocka_unit_test(a_deleted_file_keeps_its_rule),
		cmocka_unit_test(a_long_path_is_served),
		cmocka_unit_test(fixed_replaces_what_was_there),
		cmocka_unit_test(fixed_at_a_bad_address_is_the_kernels),
		cmocka_unit_test(fixed_needs_no_second_mapping_of_that_size),
		cmocka_unit_test(a_page_past_the_end_is_sigbus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
