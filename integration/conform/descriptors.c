/* SPDX-License-Identifier: MIT */
/*
 * Conformance: the descriptors of mapped files, with every number and flag; mapping does not change
 * them.
 */
#include "conform.h"

#include "children.h"

#include <pthread.h>
#include <stdatomic.h>

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 5 * CONFORM_PAGE + 77, SEED = 13 };

/* Everything except whether an O_RDWR one may become writable, which is a separate difference. */
static void say(const char *what, int fd)
{
	char *at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	char *part = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE);
	bool whole_holds, part_holds;

	if (at == MAP_FAILED || part == MAP_FAILED) {
		answer("%s: %s", what, errno_word(errno));
		return;
	}
	whole_holds = strcmp(compare(at, 0, SIZE, SEED), "as the file") == 0;
	part_holds = strcmp(compare(part, 3 * PAGE, 2 * PAGE, SEED), "as the file") == 0;
	answer("%s: mapped, %s, a part: %s", what, whole_holds ? "right" : "wrong",
	       part_holds ? "right" : "wrong");
	MUST(munmap(at, SIZE) == 0 && munmap(part, 2 * PAGE) == 0);
}

static void closed(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY), other;
	char *at = map_shared(fd, SIZE);

	MUST(close(fd) == 0);
	answer("holds: %s", compare(at, 0, SIZE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("moved: %s", said_map(at = mremap(at, SIZE, 30 * PAGE, MREMAP_MAYMOVE)));
	answer("writable: %s", said(mprotect(at, 30 * PAGE, READ_WRITE)));
	other = make_file("other", SIZE, SEED + 1, O_RDONLY);
	MUST(dup2(other, fd) == fd);
	answer("its number used again: %s", compare(at, 0, SIZE, SEED));
	at = map_shared(fd, SIZE);
	answer("the other file: %s", compare(at, 0, SIZE, SEED + 1));
}

/* No descriptor but the file's, and later not even that. */
static void all_closed(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY);
	char *at;

	MUST(dup2(fd, 700) == 700 && close_range(0, 699, 0) == 0);
	MUST(close_range(701, ~0U, 0) == 0);
	say("none but 700", 700);
	answer("open: %s", descriptors());
	at = map_shared(700, SIZE);
	MUST(close(700) == 0);
	answer("none at all: %s", compare(at, 0, SIZE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("unmapped: %s", said(munmap(at, SIZE)));
	answer("mapped: %s", said_map(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, 700, 0)));
	answer("open: %s", descriptors());
}

/* Standard input, output and error are the file; nothing may be written into it. */
static void standard(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDWR | O_APPEND);
	char before[512];
	struct stat st;
	char *at;

	for (int number = 0; number <= 2; number++)
		MUST(dup2(fd, number) == number);
	snprintf(before, sizeof(before), "%s", descriptors());
	for (int number = 0; number <= 2; number++) {
		char what[2] = { (char)('0' + number), 0 };

		say(what, number);
	}
	at = map_shared(2, SIZE);
	MUST(mprotect(at, SIZE, PROT_NONE) == 0 && mprotect(at, SIZE, PROT_READ) == 0);
	MUST(munmap(at, SIZE) == 0);
	close(fd);
	fd = open("file", O_RDONLY);
	at = map_shared(fd, SIZE);
	mprotect(at, SIZE, READ_WRITE); /* which may be logged */
	MUST(fstat(fd, &st) == 0);
	answer("as long as before: %s", st.st_size == SIZE ? "yes" : "no");
	answer("holds: %s", compare(at, 0, SIZE, SEED));
	answer("open: %s", strcmp(before, descriptors()) ? "others" : "as before");
}

/* 0, 1 and 2 are closed: files that the library opens for a moment get these numbers. */
static void without_standard(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY);

	MUST(dup2(fd, 9) == 9 && close_range(0, 8, 0) == 0 && close_range(10, ~0U, 0) == 0);
	say("9", 9);
	answer("open: %s", descriptors());
}

static void flags(void)
{
	static const struct {
		const char *name;
		int flags;
	} tried[] = {
		{ "O_RDONLY", O_RDONLY },
		{ "O_RDWR", O_RDWR },
		{ "O_RDWR O_APPEND", O_RDWR | O_APPEND },
		{ "O_NONBLOCK", O_RDONLY | O_NONBLOCK },
		{ "O_NOATIME", O_RDONLY | O_NOATIME },
		{ "O_RDWR O_SYNC", O_RDWR | O_SYNC },
		{ "O_NOFOLLOW", O_RDONLY | O_NOFOLLOW },
		{ "O_DIRECT", O_RDONLY | O_DIRECT },
		{ "O_RDWR O_DIRECT", O_RDWR | O_DIRECT },
		{ "O_WRONLY", O_WRONLY },
		{ "O_PATH", O_PATH },
	};

	close(make_file("file", SIZE, SEED, O_RDONLY));
	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		int fd = open("file", tried[i].flags);
		int before;

		MUST(fd >= 0);
		before = fcntl(fd, F_GETFL);
		say(tried[i].name, fd);
		if (fcntl(fd, F_GETFL) != before || fcntl(fd, F_GETFD) != 0)
			answer("%s: flags changed", tried[i].name);
		close(fd);
	}
}

/* O_DIRECT wants its buffers aligned, and the end of a file is not. */
static void direct(void)
{
	static const size_t sizes[] = { 1, 511, 512, 4095, 4096, 4097, 300001, 2500000 };

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = make_file("file", sizes[i], i, O_RDONLY | O_DIRECT);
		char *at = map_shared(fd, sizes[i] + PAGE);
		size_t last = (sizes[i] - 1) / PAGE * PAGE;

		answer("%zu bytes: %s, then %s", sizes[i], compare(at, 0, sizes[i], i),
		       sizes[i] % PAGE ? peek(at + sizes[i]) : "no more");
		MUST(munmap(at, sizes[i] + PAGE) == 0);
		at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)last);
		answer("the last page: %s", compare(at, last, sizes[i] - last, i));
		MUST(munmap(at, PAGE) == 0 && close(fd) == 0);
	}
}

/* Mapping must not move the file's offset. */
static void offset(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY), copy;
	unsigned char bytes[100];
	char *at;

	MUST(lseek(fd, 123, SEEK_SET) == 123);
	copy = dup(fd);
	at = map_shared(fd, SIZE);
	answer("after mmap: %s", said(lseek(copy, 0, SEEK_CUR)));
	MUST(read(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	answer("read: %s", compare(bytes, 123, sizeof(bytes), SEED));
	MUST(munmap(at, SIZE) == 0);
	answer("after munmap: %s", said(lseek(fd, 0, SEEK_CUR)));
	MUST(lseek(fd, 0, SEEK_END) == SIZE);
	at = map_shared_at(reserve(6), fd, SIZE, 0);
	answer("at the end: %s, holds: %s", said(lseek(fd, 0, SEEK_CUR)),
	       compare(at, 0, SIZE, SEED));
}

static void none_left_open(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY);
	char before[512];

	snprintf(before, sizeof(before), "%s", descriptors());
	for (unsigned int i = 0; i < 50; i++) {
		int other = make_file("other", SIZE, i, O_RDONLY);
		char *at = map_shared(fd, SIZE), *beside = map_shared(other, SIZE);

		mprotect(at, SIZE, READ_WRITE);
		map_shared_at(at, other, PAGE, 0);
		if (i % 3 == 0)
			MUST(munmap(at, SIZE) == 0);
		if (i % 2 == 0)
			MUST(munmap(beside, SIZE) == 0);
		close(other);
		if (strcmp(before, descriptors()) != 0) {
			answer("open: %s; before: %s", descriptors(), before);
			return;
		}
	}
	answer("as many as before");
}

/* --- fork while another thread maps: the child has only descriptors that its parent opened --- */

static atomic_bool stop;

static void *maps_until_stopped(void *fd)
{
	while (!stop) {
		char *at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, *(int *)fd, 0);

		mprotect(at, SIZE, READ_WRITE);
		munmap(at, SIZE);
	}
	return NULL;
}

static void forked_meanwhile(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY), others = 0;
	char before[512];
	pthread_t thread;

	snprintf(before, sizeof(before), "%s", descriptors());
	MUST(pthread_create(&thread, NULL, maps_until_stopped, &fd) == 0);
	for (int i = 0; i < 200; i++) {
		pid_t child = fork();

		MUST(child >= 0);
		if (!child)
			_exit(strcmp(before, descriptors()) != 0);
		others += strcmp(wait_end(child), "exit 0") != 0;
	}
	stop = true;
	pthread_join(thread, NULL);
	answer("children with others than their parent: %d of 200", others);
}

const struct conform_case conform_descriptors[] = {
	{ "closed", closed, NULL },
	{ "all-closed", all_closed, NULL },
	{ "standard", standard, NULL },
	{ "without-standard", without_standard, NULL },
	{ "flags", flags, NULL },
	{ "direct", direct, NULL },
	{ "offset", offset, NULL },
	{ "none-left-open", none_left_open, NULL },
	{ "forked-meanwhile", forked_meanwhile, NULL },
	{ 0 },
};
