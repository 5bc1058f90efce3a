/* SPDX-License-Identifier: MIT */
/*
 * Copies: what they show, where they are kept, what they cost, and what happens if one cannot be
 * made. Run preloaded on a refusing disk with tests/preloaded/buffered.conf.
 */
#include "preload.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "buffered.h"

static void the_bytes_of_any_part(void **state)
{
	static const size_t sizes[] = { 1,	  PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5,
					256 * PAGE, 1300000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];
		int fd = open_served("part", size, O_RDONLY);
		size_t last = (size - 1) / PAGE * PAGE;

		for (size_t offset = 0; offset <= last; offset += last / 3 / PAGE * PAGE + PAGE) {
			size_t length = size - offset;
			unsigned char *at = mmap(NULL, length + 1, PROT_READ, MAP_SHARED, fd,
						 (off_t)offset);

			assert_ptr_not_equal(at, MAP_FAILED);
			assert_copy(at);
			assert_bytes(at, offset, length);
			for (size_t rest = length; rest % PAGE; rest++)
				assert_int_equal(at[rest], 0);
			assert_denied(at, PAGE);
			assert_int_equal(syscall(SYS_mprotect, at, PAGE, PROT_WRITE), -1);
			assert_int_equal(munmap(at, length + 1), 0);
		}
		close(fd);
	}
}

static sigjmp_buf back;

static void on_bus(int signal)
{
	siglongjmp(back, signal);
}

static int reading_raises(const volatile char *at)
{
	struct sigaction action = { .sa_handler = on_bus }, before;
	int raised;

	sigaction(SIGBUS, &action, &before);
	raised = sigsetjmp(back, 1);
	if (!raised)
		(void)*at;
	sigaction(SIGBUS, &before, NULL);
	return raised;
}

static void past_the_end_is_sigbus(void **state)
{
	int fd = open_served("end", PAGE + 1, O_RDONLY);
	char *at = map_shared(fd, 4 * PAGE);
	char *beyond = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)(4 * PAGE));

	(void)state;
	assert_copy(at);
	assert_copy(beyond);
	assert_int_equal(reading_raises(at + 2 * PAGE - 1), 0);
	assert_int_equal(reading_raises(at + 2 * PAGE), SIGBUS);
	assert_int_equal(reading_raises(beyond), SIGBUS);
	munmap(at, 4 * PAGE);
	munmap(beyond, PAGE);
	close(fd);
}

static size_t open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void nothing_stays_open(void **state)
{
	int fd = open_served("fds", 2 * PAGE, O_RDONLY);
	size_t before = open_files();

	(void)state;
	assert_int_equal(lseek(fd, 77, SEEK_SET), 77);
	for (int i = 0; i < 3; i++) {
		void *at = map_shared(fd, 2 * PAGE);

		assert_copy(at);
		assert_int_equal(open_files(), before);
		munmap(at, 2 * PAGE);
	}
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 77);
	close(fd);
}

static void map_fixed_moves_it_there(void **state)
{
	int fd = open_served("fixed", 3 * PAGE, O_RDONLY);
	char *around = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);

	(void)state;
	for (int i = 0; i < 3; i++) {
		memset(around, 'x', PAGE);
		memset(around + 4 * PAGE, 'x', PAGE);
		assert_ptr_equal(mmap(around + PAGE, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
				      fd, 0),
				 around + PAGE);
		assert_copy(around + PAGE);
		assert_bytes(around + PAGE, 0, 3 * PAGE);
		assert_int_equal(around[PAGE - 1], 'x');
		assert_int_equal(around[4 * PAGE], 'x');
	}
	/* The address is in use: nothing is touched, and no copy made. */
	assert_ptr_equal(mmap(around, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0),
			 MAP_FAILED);
	munmap(around, 5 * PAGE);
	assert_ptr_equal(mmap(around, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0),
			 around);
	assert_copy(around);
	munmap(around, PAGE);
	close(fd);
}

static void beyond_memory_is_the_spool_beyond_the_limit_a_conversion(void **state)
{
	size_t size = 1024 * 1024;
	int fd = open_served("limits", size, O_RDONLY);
	void *maps[9];

	(void)state;
	/* Each part is another one. Twice: what is unmapped counts no more. */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 9; i++) {
			make_file(served("limits"), size);
			maps[i] = map_shared(fd, size);
			assert_bytes(maps[i], 0, size);
			if (i < 2)
				assert_in(maps[i], "/memfd:privmap");
			else if (i < 8)
				assert_in(maps[i], "/var/tmp/#");
			else
				assert_string_equal(kind_of(maps[i]), "r--p");
		}
		for (size_t i = 0; i < 9; i++)
			munmap(maps[i], size);
	}
	close(fd);
}

static void what_raw_calls_unmap_counts_no_more(void **state)
{
	size_t size = 1024 * 1024;
	int fd = open_served("raw", size, O_RDONLY);

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		void *at;

		make_file(served("raw"), size);
		at = map_shared(fd, size);
		assert_copy(at);
		syscall(SYS_munmap, at, size);
	}
	close(fd);
}

static void a_part_of_a_range_keeps_its_copy(void **state)
{
	size_t size = 8 * 1024 * 1024;
	int fd = open_served("pieces", size, O_RDONLY);
	char *at = map_shared(fd, size);
	char *moved, *other;

	(void)state;
	assert_copy(at);
	munmap(at, size / 2);
	munmap(at + size / 2 + PAGE, size / 2 - 2 * PAGE);
	moved = mremap(at + size / 2, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at);
	assert_ptr_equal(moved, at);
	assert_bytes(moved, size / 2, PAGE);
	/* All of it is still there, and counts. */
	make_file(served("pieces"), size);
	other = map_shared(fd, size);
	assert_string_equal(kind_of(other), "r--p");
	munmap(other, size);
	munmap(moved, PAGE);
	munmap(at + size - PAGE, PAGE);
	other = map_shared(fd, size);
	assert_copy(other);
	munmap(other, size);
	close(fd);
}

static void growing_shows_no_sigbus_where_the_file_goes_on(void **state)
{
	int fd = open_served("grow", 4 * PAGE, O_RDONLY);
	char *at = map_shared(fd, 2 * PAGE);
	char *all;

	(void)state;
	assert_copy(at);
	assert_ptr_equal(mremap(at, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_int_equal(errno, ENOMEM);
	assert_bytes(at, 0, 2 * PAGE);
	assert_int_equal(munmap(at, 2 * PAGE), 0);
	all = map_shared(fd, 4 * PAGE);
	/* Shrunk and grown again, and beyond the end, it is what the file would be. */
	assert_ptr_equal(mremap(all, 4 * PAGE, PAGE, 0), all);
	all = mremap(all, PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	assert_ptr_not_equal(all, MAP_FAILED);
	assert_bytes(all, 0, 4 * PAGE);
	assert_int_equal(reading_raises(all + 4 * PAGE), SIGBUS);
	munmap(all, 8 * PAGE);
	close(fd);
}

static void without_a_free_fd_it_is_converted(void *argument)
{
	int fd = open_served("nofile", 2 * PAGE, O_RDONLY);
	struct rlimit none = { (rlim_t)fd + 1, (rlim_t)fd + 1 };
	char *at;

	(void)argument;
	ASSERT_CHILD(!setrlimit(RLIMIT_NOFILE, &none));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED);
	ASSERT_CHILD(at[0] == (char)byte_at(0) && at[PAGE] == (char)byte_at(PAGE));
	ASSERT_CHILD(mprotect(at, PAGE, PROT_WRITE) == -1 && errno == EACCES);
}

static void a_limit_on_file_sizes_kills_nobody(void *argument)
{
	int fd = open_served("fsize", 2 * PAGE, O_RDONLY);
	struct rlimit small = { PAGE, PAGE };
	char *at;

	(void)argument;
	ASSERT_CHILD(!setrlimit(RLIMIT_FSIZE, &small));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED && at[PAGE] == (char)byte_at(PAGE));
	ASSERT_CHILD(strcmp(kind_of(at), "r--p") == 0);
}

static void a_limit_on_data_does_not_count(void *argument)
{
	int fd = open_served("data", 100 * PAGE, O_RDONLY);
	struct rlimit none = { 0, 0 };
	char *at;

	(void)argument;
#ifdef __SANITIZE_THREAD__
	none.rlim_cur = none.rlim_max = RLIM_INFINITY; /* its runtime dies of it */
#endif
	ASSERT_CHILD(!setrlimit(RLIMIT_DATA, &none));
	at = mmap(NULL, 100 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED && at[PAGE] == (char)byte_at(PAGE));
	setrlimit(RLIMIT_DATA, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	ASSERT_CHILD(strcmp(kind_of(at), "r--s") == 0);
}

static void without_proc_it_is_converted(void *argument)
{
	int fd = open_served("proc", 2 * PAGE, O_RDONLY);
	char *at;

	(void)argument;
	ASSERT_CHILD(!chroot(getenv("PRIVMAP_TEST_DIR")) && !chdir("/"));
	ASSERT_CHILD(access("/proc", F_OK));
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED && at[PAGE] == (char)byte_at(PAGE));
	ASSERT_CHILD(mprotect(at, PAGE, PROT_WRITE) == -1 && errno == EACCES);
}

/* From now on this system call fails with EPERM, as in a browser's sandbox. */
static void forbid(int call)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	ASSERT_CHILD(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_CHILD(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

static void without_memfds_the_spool_is_used(void *argument)
{
	int fd = open_served("memfd", 2 * PAGE, O_RDONLY);
	char *at;

	(void)argument;
	forbid(SYS_memfd_create);
	at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED && at[PAGE] == (char)byte_at(PAGE));
	ASSERT_CHILD(strstr(name_of(at), "/var/tmp/#"));
}

static void a_sandbox_without_pread_gets_the_first_errno(void *argument)
{
	int fd = open_served("pread", 2 * PAGE, O_RDONLY);

	(void)argument;
	forbid(SYS_pread64);
	ASSERT_CHILD(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	ASSERT_CHILD(errno == ENODEV);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void signals_wait(void **state)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = on_alarm };
	size_t size = 2 * 1024 * 1024;
	int fd = open_served("signals", size, O_RDONLY);
	sigset_t before, after;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	memset(&before, 0, sizeof(before)); /* libc fills what the kernel knows */
	memset(&after, 0, sizeof(after));
	sigprocmask(SIG_SETMASK, NULL, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20; i++) {
		void *at;

		errno = 4711;
		at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
		assert_ptr_not_equal(at, MAP_FAILED);
		assert_int_equal(errno, 4711);
		assert_copy(at);
		munmap(at, size);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	sigprocmask(SIG_SETMASK, NULL, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	close(fd);
}

static void in_children(void **state)
{
	void (*const cases[])(void *) = {
		a_limit_on_data_does_not_count,
		without_a_free_fd_it_is_converted,
		a_limit_on_file_sizes_kills_nobody,
		without_proc_it_is_converted,
		without_memfds_the_spool_is_used,
		a_sandbox_without_pread_gets_the_first_errno,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		in_child(cases[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bytes_of_any_part),
		cmocka_unit_test(past_the_end_is_sigbus),
		cmocka_unit_test(nothing_stays_open),
		cmocka_unit_test(map_fixed_moves_it_there),
		cmocka_unit_test(beyond_memory_is_the_spool_beyond_the_limit_a_conversion),
		cmocka_unit_test(what_raw_calls_unmap_counts_no_more),
		cmocka_unit_test(a_part_of_a_range_keeps_its_copy),
		cmocka_unit_test(growing_shows_no_sigbus_where_the_file_goes_on),
		cmocka_unit_test(signals_wait),
		cmocka_unit_test(in_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
