/* SPDX-License-Identifier: MIT */
/*
 * Conformance: files with every kind of name, and descriptors obtained in every way.
 */
#include "conform.h"

#include <limits.h>
#include <sys/socket.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 2 * CONFORM_PAGE + 77 };

static void say(const char *what, int fd, unsigned int seed)
{
	const char *mapped, *held, *writable;
	void *at;

	MUST(fd >= 0);
	at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	mapped = said_map(at);
	if (at == MAP_FAILED) {
		answer("%s: %s", what, mapped);
		return;
	}
	held = compare(at, 0, SIZE, seed);
	writable = said(mprotect(at, SIZE, READ_WRITE));
	answer("%s: %s, %s, writable: %s, unmapped: %s", what, mapped, held, writable,
	       said(munmap(at, SIZE)));
}

static void odd_names(void)
{
	static char long_name[NAME_MAX + 1];
	static const struct {
		const char *what, *name;
	} names[] = {
		{ "newline", "a\nb" },
		{ "newline at the end", "a\n" },
		{ "space", " a b " },
		{ "not UTF-8", "caf\xe9\xff\xfe" },
		{ "backslash", "back\\slash\\012" },
		{ "deleted", "file (deleted)" },
		{ "deleted alone", " (deleted)" },
		{ "deleted twice", "x (deleted) (deleted)" },
		{ "percent", "%s%n%p" },
		{ "quotes", "\"'`$(false)" },
		{ "pattern", "[a-z]*?\\" },
		{ "control", "\x01\x1b[31m\x7f" },
		{ "dash", "--" },
		{ "dots", "..." },
		{ "255 bytes", long_name },
	};

	memset(long_name, 'n', NAME_MAX);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = make_file(names[i].name, SIZE, i, O_RDONLY);

		say(names[i].what, fd, i);
		MUST(unlink(names[i].name) == 0);
		say(names[i].what, fd, i);
		close(fd);
	}
}

/* Another file has the name that the kernel shows for the deleted one. */
static void deleted_and_not(void)
{
	int gone = make_file("x", SIZE, 1, O_RDONLY), there;

	MUST(unlink("x") == 0);
	there = make_file("x (deleted)", SIZE, 2, O_RDONLY);
	say("gone", gone, 1);
	say("there", there, 2);
	close(make_file("x", SIZE, 3, O_RDONLY));
	say("gone", gone, 1);
}

static char directory_name[201];

/* Longer than PATH_MAX: the kernel cannot say what its path is. */
static void far_below(void)
{
	enum { DEPTH = 25 };
	int fd;

	memset(directory_name, 'd', sizeof(directory_name) - 1);
	for (int i = 0; i < DEPTH; i++)
		MUST(mkdir(directory_name, 0755) == 0 && chdir(directory_name) == 0);
	fd = make_file("file", SIZE, 5, O_RDONLY);
	say("far below", fd, 5);
	MUST(unlink("file") == 0);
	say("unlinked", fd, 5);
	/* A program that removes our directory by its path could not reach these. */
	for (int i = 0; i < DEPTH; i++)
		MUST(chdir("..") == 0 && rmdir(directory_name) == 0);
	say("the directories gone", fd, 5);
}

/* Nearly as long: it fits a path, but not a buffer on a small stack. */
static void nearly_as_far(void)
{
	char path[PATH_MAX];
	int depth = 0;
	int fd;

	MUST(getcwd(path, sizeof(path)));
	memset(directory_name, 'd', sizeof(directory_name) - 1);
	for (; strlen(path) + 201 + 6 < PATH_MAX; depth++) {
		MUST(mkdir(directory_name, 0755) == 0 && chdir(directory_name) == 0);
		MUST(getcwd(path, sizeof(path)));
	}
	fd = make_file("file", SIZE, 6, O_RDONLY);
	say("nearly as far", fd, 6);
	MUST(unlink("file") == 0);
	while (depth-- > 0)
		MUST(chdir("..") == 0 && rmdir(directory_name) == 0);
	say("gone", fd, 6);
}

static void directory_removed(void)
{
	int fd;

	MUST(mkdir("directory", 0755) == 0 && chdir("directory") == 0);
	fd = make_file("../file", SIZE, 8, O_RDONLY);
	MUST(rmdir("../directory") == 0);
	answer("getcwd: %s", getcwd(directory_name, 200) ? "a path" : errno_word(errno));
	say("from a directory that is gone", fd, 8);
}

/* --- ways to a descriptor --- */

static void opened_otherwise(void)
{
	int file = make_file("file", SIZE, 9, O_RDONLY), fd;
	int directory = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[64];

	MUST(directory >= 0);
	fd = openat(directory, "file", O_RDONLY | O_CLOEXEC);
	say("openat", fd, 9);
	MUST(symlink("file", "link") == 0 && symlink("link", "link2") == 0);
	fd = open("link2", O_RDONLY | O_CLOEXEC);
	say("by symbolic links", fd, 9);
	MUST(link("file", "hard") == 0);
	fd = open("./hard", O_RDONLY | O_CLOEXEC);
	say("by a hard link", fd, 9);
	MUST(unlink("hard") == 0);
	say("that is gone", fd, 9);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", file);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	say("by /proc/self/fd", fd, 9);
	MUST(unlink("file") == 0);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	say("by /proc/self/fd, unlinked", fd, 9);
	fd = fcntl(file, F_DUPFD_CLOEXEC, 700);
	say("duplicated", fd, 9);
}

/* Like a server that passes descriptors: no path of ours leads to the file. */
static void send_file(void *argument)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 'x';
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);
	int fd;

	MUST(mkdir("inner", 0755) == 0 && chdir("inner") == 0);
	fd = make_file("file", SIZE, 10, O_RDONLY);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
	MUST(sendmsg(*(int *)argument, &message, 0) == 1);
	MUST(unlink("file") == 0 && rmdir("../inner") == 0);
}

static void received(void)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int pair[2], fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	answer("sender: %s", in_child(send_file, &pair[1]));
	MUST(recvmsg(pair[0], &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	say("received", fd, 10);
}

const struct conform_case conform_names[] = {
	{ "odd-names", odd_names, NULL },
	{ "deleted-and-not", deleted_and_not, NULL },
	{ "far-below", far_below, NULL },
	{ "nearly-as-far", nearly_as_far, NULL },
	{ "directory-removed", directory_removed, NULL },
	{ "opened-otherwise", opened_otherwise, NULL },
	{ "received", received, NULL },
	{ 0 },
};
