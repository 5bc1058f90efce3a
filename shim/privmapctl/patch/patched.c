/* SPDX-License-Identifier: MIT */
/*
 * Recognizes a patched program by its bytes, and by the original in its directory.
 */
#include "patched.h"

#include "ctl.h"
#include "elf-look.h"
#include "launcher.h"
#include "patch.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Searched with its NUL: it ends the name by which the program needs the library. */
static const char library_name[] = "libprivmap.so";

enum { PIECE = 65536, OVERLAP = sizeof(library_name) };

/* Reads the whole name, whose last part begins at last. */
static const char *name_before(int fd, off_t last)
{
	char name[PATH_MAX + sizeof(library_name)];
	off_t begin = last < PATH_MAX ? 0 : last - PATH_MAX;
	size_t length = (size_t)(last - begin);

	if (pread(fd, name, length + sizeof(library_name), begin) !=
	    (ssize_t)(length + sizeof(library_name)))
		return library_name;
	while (length && name[length - 1])
		length--;
	return cli_text("%s", name + length);
}

/* Finds the name that patchelf wrote. NULL if the program is not patched. */
static const char *named_library(int fd)
{
	static char bytes[OVERLAP + PIECE];
	ssize_t count;
	off_t at = 0;

	memset(bytes, 0, OVERLAP);
	while ((count = pread(fd, bytes + OVERLAP, PIECE, at)) > 0) {
		const char *found =
			memmem(bytes, OVERLAP + (size_t)count, library_name, sizeof(library_name));

		if (found)
			return name_before(fd, at + (found - bytes) - OVERLAP);
		memmove(bytes, bytes + count, OVERLAP);
		at += count;
	}
	return NULL;
}

/* An interrupted patch may leave the original with two names. */
static bool is_same_file(int fd, const char *name)
{
	struct stat one, other;

	return fstat(fd, &one) == 0 && stat(name, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

static const char *missing(const char *name, int how)
{
	return access(name, how) ? name : NULL;
}

bool patched_record(int fd, struct patch_record *record)
{
	struct elf elf;

	if (elf_look(fd, &elf) || !elf.patched ||
	    pread(fd, record, sizeof(*record), (off_t)elf.patched) != (ssize_t)sizeof(*record))
		return false;
	record->version[sizeof(record->version) - 1] = '\0';
	return true;
}

static struct patched look(int fd, const char *name)
{
	static struct launcher launcher;
	static struct patch_record record;
	const char *library, *original = cli_text("%s" ORIGINAL_SUFFIX, name);

	if (launcher_read(fd, &launcher)) {
		if (access(original, F_OK)) /* was moved: use the name that it was made with */
			original = launcher.original;
		return (struct patched){ PATCHED_LAUNCHER, NULL, original,
					 access(original, F_OK) ? original :
								  missing(launcher.privmap, X_OK) };
	}
	if (patched_record(fd, &record))
		return (struct patched){ PATCHED_ENGINE, record.version, original,
					 missing(original, F_OK) };
	if (access(original, F_OK) || is_same_file(fd, original))
		return (struct patched){ PATCHED_NOT, NULL, NULL, NULL };
	library = named_library(fd);
	return (struct patched){ library ? PATCHED_LIBRARY : PATCHED_REPLACED, NULL, original,
				 library && *library == '/' ? missing(library, R_OK) : NULL };
}

struct patched patched_look(const char *path)
{
	struct patched patched = { PATCHED_NOT, NULL, NULL, NULL };
	const char *name = realpath(path, NULL);
	int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return patched;
	patched = look(fd, name);
	close(fd);
	return patched;
}
