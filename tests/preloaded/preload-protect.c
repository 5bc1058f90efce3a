/* SPDX-License-Identifier: MIT */
/*
 * A converted range never becomes writable, whatever the program does with it; everything else
 * may. Run preloaded on a refusing mount.
 */
#include "preload.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

enum { PAGES = 8 };

/* A converted mapping of PAGES pages, from an O_RDWR fd: where a lost write would hurt. */
static unsigned char *converted(void)
{
	int fd = open_served("protect", PAGES * PAGE, O_RDWR);
	unsigned char *at = map_shared(fd, PAGES * PAGE);

	close(fd);
	assert_string_equal(kind_of(at), "r--p");
	return at;
}

static void whole_and_part_are_denied(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_denied(at, PAGES * PAGE);
	assert_denied(at, 1);
	assert_denied(at + 3 * PAGE, 2 * PAGE);
	assert_denied(at + (PAGES - 1) * PAGE, PAGE);
	assert_string_equal(kind_of(at), "r--p");
	errno = 0;
	assert_int_equal(mprotect(at, PAGE, PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(at, PAGES * PAGE);
}

static void other_protections_pass(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_int_equal(mprotect(at, PAGES * PAGE, PROT_NONE), 0);
	assert_string_equal(kind_of(at), "---p");
	assert_denied(at, PAGE);
	assert_int_equal(mprotect(at, PAGES * PAGE, PROT_READ), 0);
	assert_bytes(at, 0, PAGES * PAGE);
	assert_int_equal(mprotect(at, PAGE, PROT_READ | PROT_EXEC), 0);
	assert_string_equal(kind_of(at), "r-xp");
	munmap(at, PAGES * PAGE);
}

static void pkey_mprotect_is_denied(void **state)
{
	unsigned char *at = converted();

	(void)state;
	errno = 0;
	assert_int_equal(pkey_mprotect(at, PAGE, PROT_READ | PROT_WRITE, -1), -1);
	assert_int_equal(errno, EACCES);
	assert_int_equal(pkey_mprotect(at, PAGE, PROT_READ | PROT_WRITE, 14), -1);
	assert_true(errno == EINVAL || errno == ENOSYS);
	munmap(at, PAGES * PAGE);
}

static void wrong_arguments_get_the_kernels_errno(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_int_equal(mprotect(at + 1, PAGE, PROT_WRITE), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(mprotect(at, 0, PROT_WRITE), 0);
	assert_int_equal(mprotect(at, SIZE_MAX, PROT_WRITE), -1); /* rounded up: no page at all */
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(mprotect(at, SIZE_MAX - PAGE, PROT_WRITE), -1);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(mprotect(at, PAGE, PROT_WRITE | 0x40000000), -1);
	assert_int_equal(errno, EINVAL);
	munmap(at, PAGES * PAGE);
}

/* What mm/mprotect.c does with a shared mapping between two others: upwards, until it fails. */
static void neighbours_change_as_the_kernel_does(void **state)
{
	unsigned char *base = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open_served("between", PAGE, O_RDONLY);

	(void)state;
	assert_ptr_equal(mmap(base + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0),
			 base + PAGE);
	close(fd);
	assert_denied(base, 3 * PAGE);
	assert_string_equal(kind_of(base), "rw-p");
	assert_string_equal(kind_of(base + PAGE), "r--p");
	assert_string_equal(kind_of(base + 2 * PAGE), "r--p");
	assert_allowed(base + 2 * PAGE, PAGE);
	assert_int_equal(munmap(base, PAGE), 0);
	assert_int_equal(mprotect(base, 3 * PAGE, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, ENOMEM);
	munmap(base + PAGE, 2 * PAGE);
}

static void what_is_unmapped_is_free(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_int_equal(munmap(at + 2 * PAGE, 3 * PAGE), 0);
	assert_ptr_equal(mmap(at + 2 * PAGE, 3 * PAGE, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 at + 2 * PAGE);
	assert_allowed(at + 2 * PAGE, 3 * PAGE);
	assert_denied(at, 2 * PAGE);
	assert_denied(at + 5 * PAGE, PAGE);
	assert_denied(at + 4 * PAGE, 2 * PAGE);
	assert_int_equal(munmap(at, PAGES * PAGE), 0);
}

static void moved_grown_and_shrunk_stays_denied(void **state)
{
	unsigned char *at = converted();
	unsigned char *place = mmap(NULL, 40 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *moved;

	(void)state;
	moved = mremap(at, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	assert_ptr_equal(moved, place);
	assert_bytes(moved, 0, PAGES * PAGE);
	assert_denied(moved, PAGE);
	assert_denied(moved + 7 * PAGE, PAGE);
	/* Where it came from is nobody's. */
	assert_ptr_equal(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 at);
	assert_allowed(at, PAGE);
	munmap(at, PAGE);
	/* Shrunk in place. */
	assert_ptr_equal(mremap(moved, PAGES * PAGE, 4 * PAGE, 0), moved);
	assert_ptr_equal(mmap(moved + 4 * PAGE, PAGE, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 moved + 4 * PAGE);
	assert_allowed(moved + 4 * PAGE, PAGE);
	assert_denied(moved + 3 * PAGE, PAGE);
	munmap(moved + 4 * PAGE, PAGE);
	/* Grown in place. */
	assert_ptr_equal(mremap(moved, 4 * PAGE, 6 * PAGE, 0), moved);
	assert_denied(moved + 4 * PAGE, PAGE);
	assert_denied(moved + 5 * PAGE, PAGE);
	/* Grown and moved. */
	at = mremap(moved, 6 * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		    place + 20 * PAGE);
	assert_ptr_equal(at, place + 20 * PAGE);
	assert_denied(at + 7 * PAGE, PAGE);
	assert_denied(at, PAGE);
	/* The middle alone. */
	moved = mremap(at + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	assert_ptr_equal(moved, place);
	assert_bytes(moved, 2 * PAGE, PAGE);
	assert_denied(moved, PAGE);
	assert_denied(at, PAGE);
	assert_denied(at + 3 * PAGE, PAGE);
	munmap(place, 40 * PAGE);
}

static void what_a_move_replaces_is_forgotten(void **state)
{
	unsigned char *at = converted();
	unsigned char *writable = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_equal(mremap(writable, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE),
			 at + PAGE);
	assert_allowed(at + PAGE, PAGE);
	assert_denied(at, PAGE);
	munmap(at, PAGES * PAGE);
}

static void a_move_that_leaves_both_keeps_both(void **state)
{
	unsigned char *at = converted();
	unsigned char *moved =
		mremap(at, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	(void)state;
	if (moved == MAP_FAILED) {
		assert_int_equal(errno, EINVAL); /* before Linux 5.13 */
	} else {
		assert_denied(moved, PAGE);
		munmap(moved, PAGES * PAGE);
	}
	assert_denied(at, PAGE);
	munmap(at, PAGES * PAGE);
}

static void a_failed_call_changes_nothing(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_int_equal(munmap(at + 1, PAGE), -1);
	assert_int_equal(munmap(at, 0), -1);
	assert_ptr_equal(mremap(at + 1, PAGE, PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_ptr_equal(mremap(at, 0, PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(at + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			      0),
			 MAP_FAILED);
	assert_denied(at, PAGES * PAGE);
	munmap(at, PAGES * PAGE);
}

/* By system call, so that the library does not see it. */
static void what_was_replaced_behind_us_is_not_punished(void **state)
{
	unsigned char *at = converted();

	(void)state;
	assert_int_equal(syscall(SYS_mmap, at + 2 * PAGE, 2 * PAGE, PROT_READ,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L),
			 (long)(at + 2 * PAGE));
	assert_allowed(at + 2 * PAGE, 2 * PAGE);
	assert_denied(at + PAGE, PAGE);
	assert_int_equal(syscall(SYS_munmap, at, PAGES * PAGE), 0);
	assert_int_equal(mprotect(at, PAGE, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(syscall(SYS_mmap, at, PAGES * PAGE, PROT_READ,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L),
			 (long)at);
	assert_allowed(at, PAGES * PAGE);
	munmap(at, PAGES * PAGE);
}

static void denied_in_child(void *at)
{
	errno = 0;
	ASSERT_CHILD(mprotect(at, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
	ASSERT_CHILD(munmap(at, PAGES * PAGE) == 0);
	ASSERT_CHILD(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		     at);
	ASSERT_CHILD(mprotect(at, PAGE, PROT_READ | PROT_WRITE) == 0);
}

static void a_child_has_its_own_ranges(void **state)
{
	unsigned char *at = converted();

	(void)state;
	in_child(denied_in_child, at);
	assert_denied(at, PAGE);
	munmap(at, PAGES * PAGE);
}

/* A vfork child shares our memory: what it maps and unmaps is the parent's. */
static void a_vfork_child_shares_them(void **state)
{
	unsigned char *at = converted();
	int fd = open(served("protect"), O_RDONLY);
	static unsigned char *volatile mapped;
	pid_t child;
	int status;

	(void)state;
#ifdef __SANITIZE_THREAD__
	skip(); /* its vfork is a fork */
#endif
	child = vfork();
	if (!child) {
		if (mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1)
			_exit(1);
		mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		munmap(at, PAGES * PAGE);
		_exit(0);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	assert_denied(mapped, PAGE);
	assert_ptr_equal(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 at);
	assert_allowed(at, PAGE);
	munmap(at, PAGE);
	munmap(mapped, PAGE);
	close(fd);
}

static void without_an_fd(void *at)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_NOFILE, &none);
	denied_in_child(at);
}

/* The kernel cannot be asked, so a hit counts as it is. */
static void where_it_cannot_be_verified_it_is_denied(void **state)
{
	unsigned char *at = converted();

	(void)state;
	in_child(without_an_fd, at);
	munmap(at, PAGES * PAGE);
}

static void mapped_without_an_fd(void *argument)
{
	int fd = *(int *)argument;
	struct rlimit none = { 0, 0 };
	void *at;

	setrlimit(RLIMIT_NOFILE, &none);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED);
	ASSERT_CHILD(mprotect(at, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
}

static void conversion_needs_no_fd(void **state)
{
	int fd = open_served("nofd", PAGE, O_RDONLY);

	(void)state;
	in_child(mapped_without_an_fd, &fd);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_part_are_denied),
		cmocka_unit_test(other_protections_pass),
		cmocka_unit_test(pkey_mprotect_is_denied),
		cmocka_unit_test(wrong_arguments_get_the_kernels_errno),
		cmocka_unit_test(neighbours_change_as_the_kernel_does),
		cmocka_unit_test(what_is_unmapped_is_free),
		cmocka_unit_test(moved_grown_and_shrunk_stays_denied),
		cmocka_unit_test(what_a_move_replaces_is_forgotten),
		cmocka_unit_test(a_move_that_leaves_both_keeps_both),
		cmocka_unit_test(a_failed_call_changes_nothing),
		cmocka_unit_test(what_was_replaced_behind_us_is_not_punished),
		cmocka_unit_test(a_child_has_its_own_ranges),
		cmocka_unit_test(a_vfork_child_shares_them),
		cmocka_unit_test(where_it_cannot_be_verified_it_is_denied),
		cmocka_unit_test(conversion_needs_no_fd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
