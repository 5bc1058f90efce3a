/* SPDX-License-Identifier: MIT */
/*
 * refusefs: the operations on open files and directories. libfuse calls them from its threads,
 * through the table in ops.c.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct directory {
	DIR *stream;
	off_t offset;
	struct dirent *kept;     /* it did not fit into the last answer */
};

struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static struct directory *directory_of(const struct fuse_file_info *fi)
{
	return (struct directory *)(uintptr_t)fi->fh;
}

/* Takes over fd. False if there is no memory. */
static bool new_handle(int fd, struct fuse_file_info *fi)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	if (!handle) {
		close(fd);
		return false;
	}
	handle->fd = fd;
	handle->faulty = faults_apply(fd);
	fi->fh = (uintptr_t)handle;
	fi->direct_io = !settings.cached;
	return true;
}

static void free_handle(struct handle *handle)
{
	close(handle->fd);
	free(handle);
}

/* Our buffers are not aligned for O_DIRECT; the kernel has already obeyed O_NOFOLLOW. */
static int flags_here(int flags)
{
	return (flags & ~(O_DIRECT | O_NOFOLLOW)) | O_CLOEXEC;
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int fd = open(fd_path(inode_of(ino)->fd).text, flags_here(fi->flags));

	if (fd < 0)
		fuse_reply_err(req, errno);
	else if (!new_handle(fd, fi))
		fuse_reply_err(req, ENOMEM);
	else if (fuse_reply_open(req, fi))
		free_handle(handle_of(fi));
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	int directory = inode_of(parent)->fd;
	struct fuse_entry_param entry;
	struct stat st;
	bool existed = fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	int error;
	int fd;

	fd = openat(directory, name, flags_here(fi->flags) | O_CREAT | O_NOFOLLOW, mode);
	if (fd < 0) {
		fuse_reply_err(req, errno);
		return;
	}
	if (!existed)
		give_to_caller(req, parent, name);
	if (!new_handle(fd, fi)) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	error = inode_lookup(directory, name, &entry);
	if (error) {
		free_handle(handle_of(fi));
		fuse_reply_err(req, error);
	} else if (fuse_reply_create(req, &entry, fi)) {
		free_handle(handle_of(fi));
		inode_forget(entry.ino, 1);
	}
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct handle *handle = handle_of(fi);
	char *buffer = malloc(size);
	ssize_t got;

	(void)ino;
	if (!buffer) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	got = handle->faulty ? faulty_read(handle, buffer, size, offset) :
			       pread(handle->fd, buffer, size, offset);
	if (got < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_buf(req, buffer, (size_t)got);
	free(buffer);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
		     struct fuse_file_info *fi)
{
	ssize_t done = pwrite(handle_of(fi)->fd, data, size, offset);

	(void)ino;
	if (done < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_write(req, (size_t)done);
}

/* Every close(2) leads here: SOURCE may report errors at close (quota, NFS). */
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int copy = dup(handle_of(fi)->fd);

	(void)ino;
	reply_result(req, copy < 0 ? -1 : close(copy));
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	free_handle(handle_of(fi));
	fuse_reply_err(req, 0);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *fi)
{
	int fd = handle_of(fi)->fd;

	(void)ino;
	reply_result(req, data_only ? fdatasync(fd) : fsync(fd));
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
			 struct fuse_file_info *fi)
{
	(void)ino;
	reply_result(req, fallocate(handle_of(fi)->fd, mode, offset, length));
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence,
		     struct fuse_file_info *fi)
{
	off_t found = lseek(handle_of(fi)->fd, offset, whence);

	(void)ino;
	if (found < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_lseek(req, found);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	int fd = openat(inode_of(ino)->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = errno;

	if (fd >= 0 && directory) {
		directory->stream = fdopendir(fd);
		error = errno;
	}
	if (!directory || !directory->stream) {
		if (fd >= 0)
			close(fd);
		free(directory);
		fuse_reply_err(req, error);
		return;
	}
	fi->fh = (uintptr_t)directory;
	if (fuse_reply_open(req, fi)) {
		closedir(directory->stream);
		free(directory);
	}
}

/* Fills at most size bytes. Keeps the entry that did not fit for the next call. */
static size_t fill_entries(fuse_req_t req, struct directory *directory, char *buffer, size_t size,
			   int *error)
{
	size_t used = 0;

	for (;;) {
		struct stat st = { 0 };
		struct dirent *entry;
		size_t length;

		errno = 0;
		if (!directory->kept)
			directory->kept = readdir(directory->stream);
		entry = directory->kept;
		if (!entry) {
			*error = errno;
			return used;
		}
		st.st_ino = entry->d_ino;
		st.st_mode = (mode_t)DTTOIF(entry->d_type);
		length = fuse_add_direntry(req, buffer + used, size - used, entry->d_name, &st,
					   entry->d_off);
		if (length > size - used)
			return used;
		used += length;
		directory->offset = entry->d_off;
		directory->kept = NULL;
	}
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	struct directory *directory = directory_of(fi);
	char *buffer = malloc(size);
	int error = 0;
	size_t used;

	(void)ino;
	if (!buffer) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (offset != directory->offset) {
		seekdir(directory->stream, offset);
		directory->kept = NULL;
		directory->offset = offset;
	}
	used = fill_entries(req, directory, buffer, size, &error);
	if (error && used == 0)
		fuse_reply_err(req, error);
	else
		fuse_reply_buf(req, buffer, used);
	free(buffer);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct directory *directory = directory_of(fi);

	(void)ino;
	closedir(directory->stream);
	free(directory);
	fuse_reply_err(req, 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *fi)
{
	int fd = dirfd(directory_of(fi)->stream);

	(void)ino;
	reply_result(req, data_only ? fdatasync(fd) : fsync(fd));
}
