/* SPDX-License-Identifier: MIT */
/*
 * Copies files, and compares them.
 */
#include "copy.h"

#include "ctl.h"

#include <errno.h>
#include <stdio.h>
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

bool same_bytes(const char *a, const char *b)
{
	FILE *first = fopen(a, "re"), *second = fopen(b, "re");
	bool same = first && second;

	for (int byte = 0; same && byte != EOF;) {
		byte = getc(first);
		same = getc(second) == byte && !ferror(first) && !ferror(second);
	}
	if (first)
		fclose(first);
	if (second)
		fclose(second);
	return same;
}
