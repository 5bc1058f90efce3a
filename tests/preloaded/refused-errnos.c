/* SPDX-License-Identifier: MIT */
/*
 * Every errno a filesystem refuses with, and those that are no refusal; what the program gets if
 * nothing helps. Run preloaded on a refusing disk (tests/preloaded/refuse.c).
 */
#include "preload.h"

#include <dlfcn.h>

static int *refuse_errno, *refuse_private, *refuse_validated, *refuse_early;

static void *try_shared(int fd, int flags, void *addr)
{
	return mmap(addr, 2 * PAGE, PROT_READ, MAP_SHARED | flags, fd, 0);
}

static void each_refusal_is_served(void **state)
{
	static const int refusals[] = { ENODEV, EINVAL, EOPNOTSUPP, ENOSYS, ENOEXEC };
	int fd = open_served("errnos", 2 * PAGE, O_RDWR);

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		unsigned char *at;

		*refuse_errno = refusals[i];
		errno = 4242;
		at = try_shared(fd, 0, NULL);
		assert_ptr_not_equal(at, MAP_FAILED);
		assert_int_equal(errno, 4242);
		assert_bytes(at, 0, 2 * PAGE);
		assert_denied(at, PAGE);
		assert_ptr_equal(try_shared(fd, MAP_FIXED, at), at);
		assert_bytes(at, 0, 2 * PAGE);
		assert_denied(at, PAGE);
		munmap(at, 2 * PAGE);
	}
	close(fd);
}

static void other_errnos_are_left(void **state)
{
	static const int others[] = { EPERM, ENOMEM, EAGAIN, EACCES, ENFILE, ETXTBSY, EIO };
	int fd = open_served("others", 2 * PAGE, O_RDONLY);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		*refuse_errno = others[i];
		assert_ptr_equal(try_shared(fd, 0, NULL), MAP_FAILED);
		assert_int_equal(errno, others[i]);
	}
	close(fd);
}

static void wrong_arguments_are_no_refusal(void **state)
{
	int fd = open_served("wrong", 2 * PAGE, O_RDONLY);

	(void)state;
	*refuse_errno = EINVAL;
	assert_ptr_equal(mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 5), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap((void *)5, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

/* It comes before the file is asked, and before anything is unmapped. */
static void an_unknown_type_is_no_refusal(void **state)
{
	int fd = open_served("unknown", 2 * PAGE, O_RDONLY);
	void *old = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *at;

	(void)state;
	*refuse_errno = EINVAL;
	*refuse_validated = *refuse_early = 1;
	assert_ptr_equal(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(old, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED, fd, 0),
			 MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(kind_of(old), "r--p");
	at = try_shared(fd, 0, NULL);
	assert_string_equal(kind_of(at), "r--s");
	munmap(at, 2 * PAGE);
	*refuse_validated = *refuse_early = 0;
	at = mmap(old, 2 * PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED, fd, 0);
	assert_ptr_equal(at, old);
	assert_bytes(at, 0, 2 * PAGE);
	munmap(at, 2 * PAGE);
	close(fd);
}

static void if_nothing_helps_the_first_errno_is_given(void **state)
{
	int fd = open_served("nothing", 2 * PAGE, O_RDONLY);
	void *old = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	*refuse_errno = EOPNOTSUPP;
	*refuse_private = 2;
	assert_ptr_equal(try_shared(fd, 0, NULL), MAP_FAILED);
	assert_int_equal(errno, EOPNOTSUPP);
	/* The program's own call, left as it is: what was there is gone as without us. */
	assert_ptr_equal(try_shared(fd, MAP_FIXED, old), MAP_FAILED);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_string_equal(kind_of(old), "");
	*refuse_private = 0;
	close(fd);
}

static void a_file_that_works_is_shared(void **state)
{
	int fd = open_served("works", 2 * PAGE, O_RDWR);
	void *at;

	(void)state;
	*refuse_errno = 0;
	at = try_shared(fd, 0, NULL);
	assert_string_equal(kind_of(at), "r--s");
	assert_ptr_equal(try_shared(fd, MAP_FIXED, at), at);
	assert_string_equal(kind_of(at), "r--s");
	assert_allowed(at, PAGE); /* O_RDWR: it may be written */
	munmap(at, 2 * PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_is_served),
		cmocka_unit_test(other_errnos_are_left),
		cmocka_unit_test(wrong_arguments_are_no_refusal),
		cmocka_unit_test(an_unknown_type_is_no_refusal),
		cmocka_unit_test(if_nothing_helps_the_first_errno_is_given),
		cmocka_unit_test(a_file_that_works_is_shared),
	};

	refuse_errno = dlsym(RTLD_DEFAULT, "refuse_errno");
	refuse_private = dlsym(RTLD_DEFAULT, "refuse_private");
	refuse_validated = dlsym(RTLD_DEFAULT, "refuse_validated");
	refuse_early = dlsym(RTLD_DEFAULT, "refuse_early");
	if (!refuse_errno || !refuse_private || !refuse_validated || !refuse_early)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
