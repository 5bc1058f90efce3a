/* SPDX-License-Identifier: MIT */
/*
 * posixcheck: what clients rely on in a filesystem, one check by name in an empty directory.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Ends the program: the line says what was expected and did not hold. */
#define MUST(what)                                                                            \
	do {                                                                                  \
		if (!(what)) {                                                                \
			printf("line %d: not true: %s (errno: %s)\n", __LINE__, #what,        \
			       strerror(errno));                                              \
			exit(1);                                                              \
		}                                                                             \
	} while (0)
#define MUST_FAIL(error, what) MUST((errno = 0, (what) < 0) && errno == (error))

static int new_file(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	MUST(fd >= 0);
	MUST(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

static off_t size_of(const char *name)
{
	struct stat st;

	MUST(lstat(name, &st) == 0);
	return st.st_size;
}

static bool holds(const char *name, const char *text)
{
	char buffer[256] = "";
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	MUST(fd >= 0);
	got = read(fd, buffer, sizeof(buffer) - 1);
	close(fd);
	return got == (ssize_t)strlen(text) && strcmp(buffer, text) == 0;
}

static void check_unlinked(void)
{
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
	int fd = new_file("sub/file", "0123456789");
	char buffer[4] = "";
	struct stat st;

	MUST(unlink("sub/file") == 0);
	MUST(rmdir("sub") == 0);
	MUST(fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_size == 10);
	MUST(ftruncate(fd, 5) == 0);
	MUST(fchmod(fd, 0600) == 0);
	MUST(futimens(fd, times) == 0);
	MUST(fsetxattr(fd, "user.k", "v", 1, 0) == 0);
	MUST(fstat(fd, &st) == 0 && st.st_size == 5 && (st.st_mode & 07777) == 0600);
	MUST(st.st_mtime == 2000);
	MUST(pread(fd, buffer, 4, 3) == 2 && buffer[0] == '3' && buffer[1] == '4');
	MUST(pwrite(fd, "x", 1, 7) == 1);
	MUST(fsync(fd) == 0 && close(fd) == 0);
	MUST_FAIL(ENOENT, open("sub/file", O_RDONLY));
}

static void check_rename(void)
{
	int fd = new_file("a", "aaa");
	int old = new_file("b", "b");
	char byte;
	struct stat st;

	MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE) < 0 && errno == EEXIST);
	MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) == 0);
	MUST(holds("a", "b") && holds("b", "aaa"));
	MUST(rename("b", "a") == 0 && holds("a", "aaa"));
	MUST_FAIL(ENOENT, open("b", O_RDONLY));
	MUST(pread(old, &byte, 1, 0) == 1 && byte == 'b');
	MUST(rename("a", "sub/c") == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1);
	MUST(rename("sub", "moved") == 0 && holds("moved/c", "aaa"));
	MUST(mkdir("sub", 0755) == 0);
	MUST_FAIL(ENOTEMPTY, rename("sub", "moved"));
	MUST_FAIL(EINVAL, rename("moved", "moved/in"));
}

static void check_open_flags(void)
{
	int fd = new_file("f", "12345");

	close(fd);
	MUST_FAIL(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL, 0644));
	fd = open("f", O_WRONLY | O_TRUNC);
	MUST(fd >= 0 && size_of("f") == 0);
	close(fd);
	MUST_FAIL(ENOTDIR, open("f/x", O_RDONLY));
	MUST_FAIL(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
	MUST_FAIL(EISDIR, open("sub", O_WRONLY));
	/* git makes its objects like this: not even the owner may write, but this fd may. */
	fd = open("r", O_WRONLY | O_CREAT | O_EXCL, 0444);
	MUST(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	MUST(symlink("f", "l") == 0);
	MUST_FAIL(ELOOP, open("l", O_RDONLY | O_NOFOLLOW));
}

static void check_links(void)
{
	char target[16] = "";
	int fd = new_file("a", "text");
	struct stat a, b;

	MUST(link("a", "sub/b") == 0);
	MUST(stat("a", &a) == 0 && stat("sub/b", &b) == 0);
	MUST(a.st_ino == b.st_ino && a.st_nlink == 2 && b.st_nlink == 2);
	MUST(pwrite(fd, "T", 1, 0) == 1 && holds("sub/b", "Text"));
	MUST(unlink("a") == 0 && fstat(fd, &b) == 0 && b.st_nlink == 1 && b.st_ino == a.st_ino);
	MUST(symlink("sub/b", "s") == 0 && holds("s", "Text"));
	MUST(readlink("s", target, sizeof(target)) == 5 && strcmp(target, "sub/b") == 0);
	MUST(link("s", "s2") == 0 && lstat("s2", &b) == 0 && S_ISLNK(b.st_mode));
	MUST(symlink("nowhere", "dangling") == 0);
	MUST_FAIL(ENOENT, stat("dangling", &b));
	MUST_FAIL(EEXIST, link("s", "dangling"));
}

static void check_attributes(void)
{
	struct timespec times[2] = { { 1000, 5000 }, { 2000, 7000 } };
	int fd = new_file("f", "12345");
	struct stat st;

	MUST(truncate("f", 3) == 0 && size_of("f") == 3);
	MUST(truncate("f", 10000) == 0 && size_of("f") == 10000);
	MUST(chmod("f", 04751) == 0 && stat("f", &st) == 0 && (st.st_mode & 07777) == 04751);
	MUST(utimensat(AT_FDCWD, "f", times, 0) == 0 && fstat(fd, &st) == 0);
	MUST(st.st_atim.tv_sec == 1000 && st.st_mtim.tv_nsec == 7000);
	MUST(symlink("f", "s") == 0);
	MUST(utimensat(AT_FDCWD, "s", times, AT_SYMLINK_NOFOLLOW) == 0);
	MUST(lstat("s", &st) == 0 && st.st_mtim.tv_sec == 2000);
	if (geteuid() == 0) {
		MUST(chown("f", 12, 34) == 0 && stat("f", &st) == 0);
		MUST(st.st_uid == 12 && st.st_gid == 34);
		MUST(lchown("s", 56, (gid_t)-1) == 0 && lstat("s", &st) == 0 && st.st_uid == 56);
		MUST(mkfifo("fifo", 0600) == 0 && lstat("fifo", &st) == 0 && S_ISFIFO(st.st_mode));
	}
	umask(027);
	MUST(mkdir("d", 0777) == 0 && stat("d", &st) == 0 && (st.st_mode & 07777) == 0750);
}

static void check_xattrs(void)
{
	char buffer[64];
	int fd = new_file("f", "");

	MUST(setxattr("f", "user.one", "1", 1, XATTR_CREATE) == 0);
	MUST_FAIL(EEXIST, setxattr("f", "user.one", "2", 1, XATTR_CREATE));
	MUST_FAIL(ENODATA, setxattr("f", "user.two", "2", 1, XATTR_REPLACE));
	MUST(fsetxattr(fd, "user.two", "22", 2, 0) == 0);
	MUST(getxattr("f", "user.two", NULL, 0) == 2);
	MUST(getxattr("f", "user.two", buffer, sizeof(buffer)) == 2 && buffer[1] == '2');
	MUST_FAIL(ERANGE, getxattr("f", "user.two", buffer, 1));
	MUST(listxattr("f", buffer, sizeof(buffer)) == 18);
	MUST(removexattr("f", "user.one") == 0);
	MUST_FAIL(ENODATA, getxattr("f", "user.one", buffer, sizeof(buffer)));
}

static void check_space(void)
{
	int fd = new_file("f", "");

	MUST(fallocate(fd, 0, 0, 100000) == 0 && size_of("f") == 100000);
	MUST(ftruncate(fd, 0) == 0 && ftruncate(fd, 1 << 20) == 0);
	MUST(pwrite(fd, "x", 1, 512 * 1024) == 1);
	MUST(lseek(fd, 0, SEEK_DATA) == 512 * 1024);
	MUST(lseek(fd, 512 * 1024, SEEK_HOLE) > 512 * 1024);
	MUST(lseek(fd, -1, SEEK_END) == (1 << 20) - 1);
}

/* 2,000 entries: many requests; and the usual "delete while reading" of rm -r. */
static void check_directory(void)
{
	enum { FILES = 2000 };
	static bool seen[FILES];
	DIR *directory = opendir(".");
	struct dirent *entry;
	char name[NAME_MAX + 1];
	int found = 0;
	long place;

	MUST(directory);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-%04d-with-a-long-name", i);
		close(new_file(name, ""));
	}
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL) {
		struct stat st;

		if (strncmp(entry->d_name, "file-", 5) != 0)
			continue;
		int i = atoi(entry->d_name + 5);

		MUST(i >= 0 && i < FILES && !seen[i]);
		MUST(entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN);
		MUST(lstat(entry->d_name, &st) == 0 && st.st_ino == entry->d_ino);
		seen[i] = true;
		found++;
	}
	MUST(found == FILES);
	rewinddir(directory);
	MUST(readdir(directory) && readdir(directory) && readdir(directory));
	place = telldir(directory);
	MUST((entry = readdir(directory)) != NULL);
	snprintf(name, sizeof(name), "%s", entry->d_name);
	while (readdir(directory))
		;
	seekdir(directory, place);
	MUST((entry = readdir(directory)) != NULL && strcmp(name, entry->d_name) == 0);
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL)
		if (strncmp(entry->d_name, "file-", 5) == 0)
			MUST(unlink(entry->d_name) == 0);
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL)
		MUST(strncmp(entry->d_name, "file-", 5) != 0);
	closedir(directory);
}

#define WRITERS 8
#define LINES 300

static void append_lines(int writer)
{
	int fd = open("log", O_WRONLY | O_APPEND | O_CLOEXEC);
	int part = open("parts", O_WRONLY | O_CLOEXEC);
	char line[17];

	MUST(fd >= 0 && part >= 0);
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%03d line %06d\n", writer, i);
		MUST(write(fd, line, 16) == 16);
		MUST(pwrite(part, line, 16, ((off_t)i * WRITERS + writer) * 16) == 16);
	}
	exit(0);
}

/* Eight processes at once: lines appended, and a file where each writes its own places. */
static void check_parallel(void)
{
	int next[WRITERS] = { 0 };
	char line[17] = "", want[17];
	int log = new_file("log", "");
	int parts = new_file("parts", "");
	int status;

	for (int i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		MUST(pid >= 0);
		if (pid == 0)
			append_lines(i);
	}
	for (int i = 0; i < WRITERS; i++)
		MUST(wait(&status) > 0 && status == 0);
	MUST(size_of("log") == WRITERS * LINES * 16);
	for (int i = 0; i < WRITERS * LINES; i++) {
		int writer;

		MUST(pread(log, line, 16, (off_t)i * 16) == 16);
		writer = atoi(line);
		MUST(writer >= 0 && writer < WRITERS);
		snprintf(want, sizeof(want), "%03d line %06d\n", writer, next[writer]++);
		MUST(strcmp(line, want) == 0);
		snprintf(want, sizeof(want), "%03d line %06d\n", i % WRITERS, i / WRITERS);
		MUST(pread(parts, line, 16, (off_t)i * 16) == 16 && strcmp(line, want) == 0);
	}
}

static void check_locks(void)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = new_file("f", "x");
	int status;
	pid_t pid;

	MUST(fcntl(fd, F_SETLK, &all) == 0);
	MUST(flock(fd, LOCK_EX) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		int own = open("f", O_RDWR | O_CLOEXEC);

		MUST(own >= 0);
		MUST_FAIL(EAGAIN, fcntl(own, F_SETLK, &all));
		MUST_FAIL(EWOULDBLOCK, flock(own, LOCK_EX | LOCK_NB));
		exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	close(open("f", O_RDONLY));
	MUST(fcntl(fd, F_SETLK, &all) == 0);
}

/* Not as root: what somebody else makes is his, and what is not his he may not open. */
static void check_other_user(void)
{
	int status;
	pid_t pid;
	struct stat st;

	if (geteuid() != 0)
		return;
	close(new_file("secret", "x"));
	MUST(chmod("secret", 0600) == 0 && chmod("sub", 0777) == 0);
	pid = fork();
	MUST(pid >= 0);
	if (pid == 0) {
		MUST(setgid(12345) == 0 && setuid(12345) == 0);
		MUST_FAIL(EACCES, open("secret", O_RDONLY));
		MUST_FAIL(EACCES, mkdir("d", 0755));
		MUST(mkdir("sub/d", 0755) == 0);
		close(new_file("sub/d/f", "mine"));
		MUST(symlink("f", "sub/d/s") == 0);
		exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	MUST(stat("sub/d", &st) == 0 && st.st_uid == 12345 && st.st_gid == 12345);
	MUST(stat("sub/d/f", &st) == 0 && st.st_uid == 12345 && st.st_gid == 12345);
	MUST(lstat("sub/d/s", &st) == 0 && st.st_uid == 12345);
}

static const struct {
	const char *name;
	void (*run)(void);
} checks[] = {
	{ "unlinked", check_unlinked },     { "rename", check_rename },
	{ "open-flags", check_open_flags }, { "links", check_links },
	{ "attributes", check_attributes }, { "xattrs", check_xattrs },
	{ "space", check_space },           { "directory", check_directory },
	{ "parallel", check_parallel },     { "locks", check_locks },
	{ "other-user", check_other_user },
};

int main(int argc, char **argv)
{
	bool list = argc == 2 && strcmp(argv[1], "--list") == 0;

	if (!list && argc != 3) {
		fputs("usage: posixcheck NAME EMPTY-DIRECTORY | --list\n", stderr);
		return 2;
	}
	umask(022);
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		if (list) {
			puts(checks[i].name);
		} else if (strcmp(checks[i].name, argv[1]) == 0) {
			MUST(chdir(argv[2]) == 0 && mkdir("sub", 0755) == 0);
			checks[i].run();
			return 0;
		}
	}
	return list ? 0 : 2;
}
