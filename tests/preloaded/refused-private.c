/* SPDX-License-Identifier: MIT */
/*
 * A disk that refuses private mappings as well: each action maps copies, and writes to them stay
 * private to the program. Run preloaded on a refusing disk (tests/preloaded/refuse.c).
 */
#include "buffered.h"

#include <dlfcn.h>

static int *refuse_errno, *refuse_private, *refuse_early;

static void *map_private(int fd, int prot, size_t length)
{
	return mmap(NULL, length, prot, MAP_PRIVATE, fd, 0);
}

static void each_refusal_is_served(void **state)
{
	static const int refusals[] = { ENODEV, EINVAL, EOPNOTSUPP, ENOSYS, ENOEXEC };
	int fd = open_served("private", 2 * PAGE + 5, O_RDONLY);

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		unsigned char *at;

		*refuse_errno = refusals[i];
		errno = 4242;
		at = map_private(fd, PROT_READ, 3 * PAGE);
		assert_ptr_not_equal(at, MAP_FAILED);
		assert_int_equal(errno, 4242);
		assert_string_equal(kind_of(at), "r--p");
		assert_bytes(at, 0, 2 * PAGE + 5);
		/* The program may write to it, as to any private mapping. */
		assert_allowed(at, PAGE);
		at[3] = 0;
		munmap(at, 3 * PAGE);
		at = map_private(fd, PROT_READ | PROT_WRITE, 2 * PAGE);
		assert_bytes(at, 0, 2 * PAGE);
		at[3]++;
		munmap(at, 2 * PAGE);
	}
	*refuse_errno = ENODEV;
	close(fd);
}

static void a_shared_one_is_a_copy_that_cannot_be_written(void **state)
{
	int fd = open_served("shared", 2 * PAGE, O_RDWR);
	unsigned char *shared = map_shared(fd, 2 * PAGE);
	unsigned char *own = map_private(fd, PROT_READ | PROT_WRITE, 2 * PAGE);

	(void)state;
	assert_copy(shared);
	assert_denied(shared, PAGE);
	own[0]++;
	assert_bytes(shared, 0, 2 * PAGE);
	assert_int_equal(own[0], byte_at(0) + 1);
	assert_int_equal(madvise(own, PAGE, MADV_DONTNEED), 0);
	assert_bytes(own, 0, 2 * PAGE);
	munmap(shared, 2 * PAGE);
	munmap(own, 2 * PAGE);
	close(fd);
}

static void into_the_hole_that_the_kernel_made(void **state)
{
	int fd = open_served("hole", 2 * PAGE, O_RDONLY);
	char *around = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	(void)state;
	memset(around, 'x', 4 * PAGE);
	assert_ptr_equal(mmap(around + PAGE, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0),
			 around + PAGE);
	assert_bytes(around + PAGE, 0, 2 * PAGE);
	assert_int_equal(around[0], 'x');
	assert_int_equal(around[3 * PAGE], 'x');
	assert_allowed(around, 4 * PAGE);
	munmap(around, 4 * PAGE);
	close(fd);
}

static void in_place_of_what_the_refusal_left(void **state)
{
	int fd = open_served("early", 2 * PAGE, O_RDONLY);
	int outside;
	char *around = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	(void)state;
	*refuse_early = 1;
	memset(around, 'x', 4 * PAGE);
	assert_ptr_equal(mmap(around + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_FIXED, fd, 0),
			 around + PAGE);
	assert_bytes(around + PAGE, 0, 2 * PAGE);
	assert_int_equal(around[0], 'x');
	assert_int_equal(around[3 * PAGE], 'x');

	/* A mapping that is not served stays as the refusal left it. */
	memset(around, 'x', 4 * PAGE);
	make_file(out_of_scope("early"), PAGE);
	outside = open(out_of_scope("early"), O_RDWR);
	assert_ptr_equal(mmap(around + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, outside, 0),
			 MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	for (size_t i = 0; i < 4 * PAGE; i++)
		assert_int_equal(around[i], 'x');
	*refuse_early = 0;
	munmap(around, 4 * PAGE);
	close(outside);
	close(fd);
}

static void what_cannot_be_copied_is_left(void **state)
{
	int fd = open_served("left", 2 * PAGE, O_RDONLY);
	int outside;

	(void)state;
	/* Mappings of the dynamic loader: copies must not become a program's code. */
	*refuse_private = 2;
	assert_ptr_equal(map_private(fd, PROT_READ, PAGE), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	*refuse_private = 1;
	make_file(out_of_scope("outside"), PAGE);
	outside = open(out_of_scope("outside"), O_RDWR); /* O_RDONLY: it might be in a work tree */
	assert_ptr_equal(map_private(outside, PROT_READ, PAGE), MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	assert_ptr_equal(map_private(fd, PROT_READ, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(outside);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_is_served),
		cmocka_unit_test(a_shared_one_is_a_copy_that_cannot_be_written),
		cmocka_unit_test(into_the_hole_that_the_kernel_made),
		cmocka_unit_test(in_place_of_what_the_refusal_left),
		cmocka_unit_test(what_cannot_be_copied_is_left),
	};

	refuse_errno = dlsym(RTLD_DEFAULT, "refuse_errno");
	refuse_private = dlsym(RTLD_DEFAULT, "refuse_private");
	refuse_early = dlsym(RTLD_DEFAULT, "refuse_early");
	if (!refuse_errno || !refuse_private || !refuse_early)
		return 1;
	*refuse_private = 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
