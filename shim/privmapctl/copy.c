/* SPDX-License-Identifier: MIT */
/*
 * Copies files, and compares them.
 */
#include "copy.h"

#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

static int copy_bytes(int from, int to)
{
	char *piece = cli_memory(PIECE);
	off_t at = 0;
	int error = 0;

	for (;;) {
		ssize_t count = pread(from, piece, PIECE, at);

		if (count == 0)
			break;
		if (count > 0)
			count = pwrite(to, piece, (size_t)count, at);
		if (count > 0)
			at += count;
		else if (errno != EINTR) {
			error = errno;
			break;
		}
	}
	free(piece);
	return error;
}

/* One that cannot be set, but has the same value by itself, as SELinux labels may, is right. */
static int copy_attribute(int from, int to, const char *name)
{
	ssize_t size = fgetxattr(from, name, NULL, 0);
	char *value, *there;
	int error = 0;

	if (size < 0)
		return errno;
	value = cli_memory((size_t)size + 1);
	there = cli_memory((size_t)size + 1);
	if (fgetxattr(from, name, value, (size_t)size) != size)
		error = EAGAIN;
	else if (fsetxattr(to, name, value, (size_t)size, 0))
		error = errno;
	if (error && fgetxattr(to, name, there, (size_t)size) == size &&
	    memcmp(value, there, (size_t)size) == 0)
		error = 0;
	free(value);
	free(there);
	return error;
}

int copy_attributes(int from, int to)
{
	struct stat file;
	ssize_t size = flistxattr(from, NULL, 0);
	char *names;
	int error = 0;

	if (fstat(from, &file))
		return errno;
	/* The owner first: a change of it takes away mode bits. */
	if (fchown(to, file.st_uid, file.st_gid) || fchmod(to, file.st_mode & 07777))
		return errno;
	if (size < 0)
		return errno == ENOTSUP ? 0 : errno;
	names = cli_memory((size_t)size + 1);
	size = flistxattr(from, names, (size_t)size);
	for (ssize_t at = 0; at < size && !error; at += (ssize_t)strlen(names + at) + 1)
		error = copy_attribute(from, to, names + at);
	free(names);
	return error;
}

int copy_file(int from, int to)
{
	struct stat file;
	int error = fstat(from, &file) ? errno : copy_bytes(from, to);

	if (!error)
		error = copy_attributes(from, to);
	if (!error && futimens(to, (struct timespec[]){ file.st_atim, file.st_mtim }))
		error = errno;
	return error;
}

static ssize_t read_piece(int fd, char *piece, off_t at)
{
	ssize_t count;

	do
		count = pread(fd, piece, PIECE, at);
	while (count < 0 && errno == EINTR);
	return count;
}

bool same_bytes(const char *a, const char *b)
{
	int fd_a = open(a, O_RDONLY | O_CLOEXEC), fd_b = open(b, O_RDONLY | O_CLOEXEC);
	char *piece_a = cli_memory(PIECE), *piece_b = cli_memory(PIECE);
	bool same = fd_a >= 0 && fd_b >= 0;
	off_t at = 0;

	while (same) {
		ssize_t count = read_piece(fd_a, piece_a, at);

		same = count >= 0 && read_piece(fd_b, piece_b, at) == count &&
		       memcmp(piece_a, piece_b, (size_t)count) == 0;
		if (count <= 0)
			break;
		at += count;
	}
	if (fd_a >= 0)
		close(fd_a);
	if (fd_b >= 0)
		close(fd_b);
	free(piece_a);
	free(piece_b);
	return same;
}
