/* SPDX-License-Identifier: MIT */
/*
 * Copies: their place, and what counts against their limits. Run preloaded on a refusing disk with
 * tests/preloaded/buffered.conf. (The conformance suite tests their contents.)
 */
#include "preload.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "buffered.h"

static void beyond_memory_is_the_spool_beyond_the_limit_a_conversion(void **state)
{
	size_t size = 1024 * 1024;
	int fd = open_served("limits", size, O_RDONLY);
	void *maps[9];

	(void)state;
	/* Each part is different. Twice, because an unmapped copy no longer counts. */
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
	/* All of it is still mapped, and counts. */
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

/* The kernel rounds such an old length up to 0, and maps the same pages a second time. */
static void a_length_that_wraps_maps_a_second_time(void **state)
{
	int fd = open_served("wraps", 3 * PAGE, O_RDONLY);
	char *at = map_shared(fd, PAGE);
	char *second = mremap(at, SIZE_MAX - 5, PAGE, MREMAP_MAYMOVE);

	(void)state;
	assert_ptr_not_equal(second, MAP_FAILED);
	munmap(at, PAGE);
	/* The library knows that it shows a copy, which has no second page. */
	assert_ptr_equal(mremap(second, PAGE, 2 * PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	assert_int_equal(errno, ENOMEM);
	assert_bytes(second, 0, PAGE);
	munmap(second, PAGE);
	close(fd);
}

static void a_limit_on_data_does_not_count(void *argument)
{
	int fd = open_served("data", 100 * PAGE, O_RDONLY);
	struct rlimit none = { 0, 0 };
	char *at;

	(void)argument;
#ifdef __SANITIZE_THREAD__
	none.rlim_cur = none.rlim_max = RLIM_INFINITY; /* a sanitizer's runtime dies of it */
#endif
	ASSERT_CHILD(!setrlimit(RLIMIT_DATA, &none));
	at = mmap(NULL, 100 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_CHILD(at != MAP_FAILED && at[PAGE] == (char)byte_at(PAGE));
	setrlimit(RLIMIT_DATA, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	ASSERT_CHILD(strcmp(kind_of(at), "r--s") == 0);
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

/* Root may read it all the same. */
static void a_umask_does_not_matter_to_the_spool(void *argument)
{
	int fd = open_served("umask", 2 * PAGE, O_RDONLY);
	char *at;

	(void)argument;
	forbid(SYS_memfd_create);
	umask(0777);
	ASSERT_CHILD(getuid() || !setresuid(65534, 65534, 65534));
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

static void in_children(void **state)
{
	void (*const cases[])(void *) = {
		a_limit_on_data_does_not_count,
		without_memfds_the_spool_is_used,
		a_umask_does_not_matter_to_the_spool,
		a_sandbox_without_pread_gets_the_first_errno,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		in_child(cases[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_memory_is_the_spool_beyond_the_limit_a_conversion),
		cmocka_unit_test(a_part_of_a_range_keeps_its_copy),
		cmocka_unit_test(a_length_that_wraps_maps_a_second_time),
		cmocka_unit_test(in_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
