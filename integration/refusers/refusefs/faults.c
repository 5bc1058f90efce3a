/* SPDX-License-Identifier: MIT */
/*
 * refusefs: faults for tests: reads that fail, are slow, or find the file changed.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* True if the faults apply to the file in fd. Its name at the open decides. */
bool faults_apply(int fd)
{
	static const char gone[] = " (deleted)";
	char target[PATH_MAX];
	char *name;
	ssize_t length;

	if (!settings.only)
		return true;
	length = readlink(fd_path(fd).text, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	length = (ssize_t)strlen(name) - (ssize_t)strlen(gone);
	if (length > 0 && strcmp(name + length, gone) == 0)
		name[length] = '\0';
	return fnmatch(settings.only, name, 0) == 0;
}

static void wait_ms(unsigned int ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/*
 * Adds one to the byte at offset and a second to the file's mtime, because the clock may not tick
 * between two writes. Returns 0 or the errno.
 */
static int change_file(int handle_fd, off_t offset)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;
	unsigned char byte = 0;
	int error = 0;
	int fd;

	fd = open(fd_path(handle_fd).text, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (fstat(fd, &st) || pread(fd, &byte, 1, offset) < 0)
		error = errno;
	byte++;
	times[1] = st.st_mtim;
	times[1].tv_sec++;
	if (!error && (pwrite(fd, &byte, 1, offset) < 0 || futimens(fd, times)))
		error = errno;
	close(fd);
	return error;
}

/*
 * A reader begins a new pass over the file each time that it returns to the offset of its first
 * read. The file changes once per pass, after the first read and at its place: so each pass is
 * stale, and the byte at that place finally tells the number of passes.
 */
static int change_once_per_pass(struct handle *handle, off_t offset)
{
	bool fresh = false;

	if (atomic_compare_exchange_strong(&handle->started, &fresh, true))
		atomic_store(&handle->first_offset, offset);
	else if (atomic_load(&handle->first_offset) != offset)
		return 0;
	if (atomic_fetch_add(&handle->changed, 1) >= settings.changes)
		return 0;
	return change_file(handle->fd, offset);
}

/* Like pread, with the faults. */
ssize_t faulty_read(struct handle *handle, char *buffer, size_t size, off_t offset)
{
	ssize_t got;

	if (settings.delay_ms)
		wait_ms(settings.delay_ms);
	got = pread(handle->fd, buffer, size, offset);
	if (got > 0 && settings.changes) {
		errno = change_once_per_pass(handle, offset);
		if (errno)
			return -1;
	}
	if (got > 0 && settings.eio_after >= 0 && offset + got > settings.eio_after) {
		/*
		 * Bytes before the bad one are still served. But for the page cache, a short answer
		 * would mean the end of the file.
		 */
		if (offset < settings.eio_after && !settings.cached)
			return (ssize_t)(settings.eio_after - offset);
		errno = EIO;
		return -1;
	}
	return got;
}
