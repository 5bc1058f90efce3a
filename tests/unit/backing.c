/* SPDX-License-Identifier: MIT */
/*
 * The nameless file of a copy: its contents; and a host that closes our fd, and gets its number for
 * another file, loses nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void written_then_read_only(void **state)
{
	struct backing backing;
	char *at;

	(void)state;
	assert_int_equal(backing_open(&backing, true, 10000), 0);
	assert_true(fcntl(backing.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(backing_write(&backing, "one", 3, 0), 0);
	assert_int_equal(backing_write(&backing, "two", 3, 5000), 0);
	assert_int_equal(backing_shorten(&backing, 5002), 0);
	assert_int_equal(backing_shorten(&backing, 9000), 0);
	assert_int_equal(backing_seal(&backing), 0);
	assert_int_equal(write(backing.fd, "x", 1), -1);
	at = mmap(NULL, 8192, PROT_READ, MAP_SHARED, backing.fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_string_equal(at, "one");
	assert_string_equal(at + 5000, "tw");
	assert_int_equal(mprotect(at, 4096, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(at, 8192);
	backing_close(&backing);
	assert_int_equal(fcntl(backing.fd, F_GETFD), -1);
}

static long blocks(const struct backing *backing)
{
	struct stat st;

	assert_int_equal(fstat(backing->fd, &st), 0);
	return st.st_blocks;
}

/* The file shrinks while it is read: what was allocated for the rest is free again. */
static void allocated_then_shortened(void **state)
{
	struct backing backing;
	long before;

	(void)state;
	assert_int_equal(backing_open(&backing, BACKING_MEMORY, 1 << 20), 0);
	assert_int_equal(backing_allocate(&backing, 0, 1 << 19), 0);
	assert_int_equal(backing_allocate(&backing, 1 << 19, 1 << 19), 0);
	before = blocks(&backing);
	assert_true(before >= (1 << 20) / 512);
	assert_int_equal(backing_write(&backing, "one", 3, 0), 0);
	assert_int_equal(backing_shorten(&backing, 3), 0);
	assert_in_range(blocks(&backing), 1, before - 1);
	backing_close(&backing);
	assert_int_equal(backing_allocate(&backing, 0, 1), EBADF);
}

/* It is opened after all its contents are written. */
static void filled_at_once(void **state)
{
	struct backing backing;
	char *at;

	(void)state;
	assert_int_equal(backing_open_late(&backing, 10000), 0);
	assert_int_equal(backing.fd, -1);
	assert_int_equal(backing_fill(&backing, "three", 5), 0);
	assert_true(fcntl(backing.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(backing_seal(&backing), 0);
	assert_int_equal(pwrite(backing.fd, "x", 1, 0), -1);
	at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, backing.fd, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	assert_string_equal(at, "three");
	assert_int_equal(mprotect(at, 4096, PROT_READ | PROT_WRITE), -1);
	assert_int_equal(errno, EACCES);
	munmap(at, 4096);
	backing_close(&backing);
	assert_int_equal(backing.fd, -1);
	backing_close(&backing);
}

/* Gives the number of our fd to a file of the host. */
static int steal(struct backing *backing, const char *name)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, "precious", 8), 8);
	assert_int_equal(dup2(file, backing->fd), backing->fd);
	close(file);
	return backing->fd;
}

static void a_stolen_number_is_not_touched(void **state)
{
	struct backing backing;
	char name[] = "/tmp/privmap-backing.XXXXXX";
	char bytes[16] = "";
	int stolen;

	(void)state;
	close(mkstemp(name));
	assert_int_equal(backing_open(&backing, true, 100), 0);
	assert_int_equal(backing_write(&backing, "ours", 4, 0), 0);
	stolen = steal(&backing, name);
	assert_int_equal(backing_write(&backing, "ours", 4, 0), EBADF);
	assert_int_equal(backing_shorten(&backing, 1), EBADF);
	assert_int_equal(backing_seal(&backing), EBADF);
	backing_close(&backing);
	assert_int_equal(pread(stolen, bytes, sizeof(bytes), 0), 8);
	assert_string_equal(bytes, "precious");
	close(stolen);
	unlink(name);
}

static void a_closed_number_is_an_error(void **state)
{
	struct backing backing;

	(void)state;
	assert_int_equal(backing_open(&backing, true, 100), 0);
	close(backing.fd);
	assert_int_equal(backing_write(&backing, "ours", 4, 0), EBADF);
	assert_int_equal(backing_seal(&backing), ENOENT);
	backing_close(&backing);
}

static void too_long_for_the_process(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (!child) {
		struct backing backing;
		struct rlimit small = { 100, 100 };

		setrlimit(RLIMIT_FSIZE, &small);
		_exit(backing_open(&backing, true, 101) != EFBIG ||
		      backing_open(&backing, true, 100) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Another thread truncates it in between. That must not send a signal to the maker of the copy. */
static void shorter_than_it_was(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (!child) {
		struct backing backing;
		struct rlimit small = { 100, 100 };
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		if (backing_open(&backing, true, 200) || setrlimit(RLIMIT_FSIZE, &small) ||
		    backing_write(&backing, "x", 1, 150) != EFBIG)
			_exit(1);
		sigpending(&all);
		_exit(sigismember(&all, SIGXFSZ) ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_then_read_only),
		cmocka_unit_test(allocated_then_shortened),
		cmocka_unit_test(filled_at_once),
		cmocka_unit_test(a_stolen_number_is_not_touched),
		cmocka_unit_test(a_closed_number_is_an_error),
		cmocka_unit_test(too_long_for_the_process),
		cmocka_unit_test(shorter_than_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
