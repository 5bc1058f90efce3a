/* SPDX-License-Identifier: MIT */
/*
 * All mappings of the same unchanged part share one copy, and none inherits a property of another.
 * Run preloaded on a refusing disk with tests/preloaded/buffered.conf.
 */
#include "buffered.h"

#include <pthread.h>
#include <sys/mman.h>

/* Microseconds. Copies of a file that was first seen less than that ago are not shared: the file
 * may have changed without a trace. */
enum { SETTLED = 150 * 1000 };

static int open_settled(const char *name, size_t size)
{
	int fd = open_served(name, size, O_RDONLY);

	munmap(map_shared(fd, PAGE), PAGE);
	usleep(SETTLED);
	return fd;
}

/* Only our own clock counts: a file that was never seen before may change without a trace. */
static void not_at_first_sight(void **state)
{
	int fd = open_served("first", PAGE, O_RDONLY);
	char *first, *second;

	(void)state;
	usleep(SETTLED);
	first = map_shared(fd, PAGE);
	usleep(SETTLED);
	second = map_shared(fd, PAGE);
	assert_int_not_equal(inode_of(first), inode_of(second));
	munmap(first, PAGE);
	first = map_shared(fd, PAGE);
	assert_int_equal(inode_of(first), inode_of(second));
	munmap(first, PAGE);
	munmap(second, PAGE);
	close(fd);
}

static void equal_parts_share(void **state)
{
	int fd = open_settled("equal", 8 * PAGE);
	int again = open(served("equal"), O_RDONLY);
	char *first = map_shared(fd, 8 * PAGE);
	char *second = map_shared(again, 8 * PAGE);
	char *less = map_shared(fd, 3 * PAGE);
	char *more = map_shared(fd, 20 * PAGE);
	char *other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)PAGE);

	(void)state;
	assert_copy(first);
	assert_int_equal(inode_of(first), inode_of(second));
	assert_int_equal(inode_of(first), inode_of(less));
	assert_int_equal(inode_of(first), inode_of(more));
	assert_int_not_equal(inode_of(first), inode_of(other));
	assert_bytes(second, 0, 8 * PAGE);
	assert_bytes(less, 0, 3 * PAGE);
	assert_bytes(more, 0, 8 * PAGE);
	assert_bytes(other, PAGE, PAGE);
	assert_denied(second, PAGE);
	assert_int_equal(syscall(SYS_mprotect, second, PAGE, PROT_READ | PROT_WRITE), -1);
	/*
	 * A shorter mapping grows into the rest of its copy; pages that were not copied are
	 * missing.
	 */
	less = mremap(less, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	assert_ptr_not_equal(less, MAP_FAILED);
	assert_bytes(less, 0, 8 * PAGE);
	munmap(first, 8 * PAGE);
	munmap(second, 8 * PAGE);
	munmap(less, 8 * PAGE);
	munmap(more, 20 * PAGE);
	munmap(other, PAGE);
	close(fd);
	close(again);
}

static void the_first_may_be_gone(void **state)
{
	int fd = open_settled("gone", 4 * PAGE);
	char *first = map_shared(fd, 4 * PAGE);
	char *second = map_shared(fd, 4 * PAGE);
	unsigned long inode = inode_of(first);
	char *third;

	(void)state;
	assert_int_equal(inode_of(second), inode);
	munmap(second, 4 * PAGE);
	munmap(first, PAGE); /* its start; the rest still shows a part of the copy */
	third = map_shared(fd, 4 * PAGE);
	assert_int_not_equal(inode_of(third), inode);
	assert_bytes(third, 0, 4 * PAGE);
	munmap(third, 4 * PAGE);
	munmap(first + PAGE, 3 * PAGE);

	first = map_shared(fd, 4 * PAGE);
	second = map_shared(fd, 4 * PAGE);
	munmap(first, 4 * PAGE);
	third = map_shared(fd, 4 * PAGE);
	assert_int_equal(inode_of(third), inode_of(second));
	/* Also if a raw system call has replaced it. */
	assert_int_equal(syscall(SYS_mmap, third, 4 * PAGE, PROT_READ,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 (long)third);
	first = map_shared(fd, 4 * PAGE);
	assert_int_equal(inode_of(first), inode_of(second));
	assert_bytes(first, 0, 4 * PAGE);
	syscall(SYS_munmap, second, 4 * PAGE);
	syscall(SYS_munmap, first, 4 * PAGE);
	first = map_shared(fd, 4 * PAGE);
	assert_copy(first);
	assert_bytes(first, 0, 4 * PAGE);
	munmap(first, 4 * PAGE);
	munmap(third, 4 * PAGE);
	close(fd);
}

static void nothing_is_inherited(void **state)
{
	int fd = open_settled("flags", 4 * PAGE);
	char *first = map_shared(fd, 4 * PAGE);
	char *second, *none;
	char wanted[256], got[256];

	(void)state;
	vma_flags(first, wanted, sizeof(wanted));
	assert_int_equal(mlock(first, 4 * PAGE), 0);
	assert_int_equal(madvise(first, 4 * PAGE, MADV_DONTFORK), 0);
	assert_int_equal(madvise(first, 4 * PAGE, MADV_RANDOM), 0);
	assert_int_equal(madvise(first, 4 * PAGE, MADV_DONTDUMP), 0);
	assert_int_equal(mprotect(first, 4 * PAGE, PROT_NONE), 0);
	second = map_shared(fd, 4 * PAGE);
	assert_int_equal(inode_of(first), inode_of(second));
	vma_flags(second, got, sizeof(got));
	assert_string_equal(got, wanted);
	assert_bytes(second, 0, 4 * PAGE);
	none = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_SHARED, fd, 0);
	assert_string_equal(kind_of(none), "---s");
	assert_int_equal(mprotect(none, 4 * PAGE, PROT_READ), 0);
	assert_bytes(none, 0, 4 * PAGE);
	assert_denied(none, PAGE);
	munmap(first, 4 * PAGE);
	munmap(second, 4 * PAGE);
	munmap(none, 4 * PAGE);
	close(fd);
}

static void children_share(void *argument)
{
	int fd = *(int *)argument;
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	char *second = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	ASSERT_CHILD(at != MAP_FAILED && second != MAP_FAILED);
	ASSERT_CHILD(inode_of(at) == inode_of(second));
	ASSERT_CHILD(at[1] == (char)byte_at(1));
}

static void a_child_of_fork_shares(void **state)
{
	int fd = open_settled("fork", PAGE);
	char *at = map_shared(fd, PAGE);

	(void)state;
	in_child(children_share, &fd);
	munmap(at, PAGE);
	in_child(children_share, &fd);
	close(fd);
}

enum { THREADS = 16 };
static pthread_barrier_t barrier;

static void *map_at_once(void *argument)
{
	pthread_barrier_wait(&barrier);
	return map_shared(*(int *)argument, 64 * PAGE);
}

static void threads_make_one_copy(void **state)
{
	int fd = open_settled("threads", 64 * PAGE);
	pthread_t threads[THREADS];
	void *maps[THREADS];

	(void)state;
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, map_at_once, &fd), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], &maps[i]);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(inode_of(maps[i]), inode_of(maps[0]));
		assert_bytes(maps[i], 0, 64 * PAGE);
	}
	for (size_t i = 0; i < THREADS; i++)
		munmap(maps[i], 64 * PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_at_first_sight),
		cmocka_unit_test(equal_parts_share),
		cmocka_unit_test(the_first_may_be_gone),
		cmocka_unit_test(nothing_is_inherited),
		cmocka_unit_test(a_child_of_fork_shares),
		cmocka_unit_test(threads_make_one_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
