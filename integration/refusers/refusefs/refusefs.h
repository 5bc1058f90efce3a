/* SPDX-License-Identifier: MIT */
/*
 * Shared by the parts of refusefs: the settings, the inodes that the kernel knows, open files.
 */
#ifndef REFUSEFS_H
#define REFUSEFS_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct settings {
	bool cached;	 /* the control: no direct_io, so nothing is refused */
	bool owner_only; /* answers no other user: libfuse's default */
	double timeout;	 /* seconds the kernel may trust names and attributes */
	long long grain; /* ns: unit of the times of files; 0: as in SOURCE */
	long long skew;	 /* ns: how much they are ahead; late if negative */
	off_t eio_after; /* -1: never */
	unsigned int delay_ms;
	unsigned int changes; /* how often a file changes under one open; 0: never */
	const char *only;     /* faults only for files with such a name; NULL: all */
};

extern struct settings settings;

/*
 * A file of SOURCE that the kernel knows. The O_PATH fd pins it, so that an unlinked file still
 * works, and its inode number is not used again while the kernel knows this file.
 */
struct inode {
	int fd;
	dev_t dev;
	ino_t ino;
	uint64_t lookups; /* guarded by the table's lock */
	struct inode *next;
};

struct handle {
	int fd;
	bool faulty;	     /* the faults apply to this file */
	atomic_bool started; /* first_offset is set */
	_Atomic off_t first_offset;
	atomic_uint changed; /* how often this open has changed the file */
};

/* ops.c */
extern const struct fuse_lowlevel_ops operations;

/* answer.c */
void reply_result(fuse_req_t req, int result);
void stamp_as_server(struct stat *st);
void give_to_caller(fuse_req_t req, fuse_ino_t parent, const char *name);

/* open.c */
struct handle *handle_of(const struct fuse_file_info *fi);
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
	      struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *fi);
void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		  struct fuse_file_info *fi);
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence, struct fuse_file_info *fi);
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		struct fuse_file_info *fi);
void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *fi);

/* inodes.c */
void inodes_init(int source);
struct inode *inode_of(fuse_ino_t number);
int inode_lookup(int directory, const char *name, struct fuse_entry_param *entry);
void inode_forget(fuse_ino_t number, uint64_t lookups);

/* "/proc/self/fd/N": for operations that an O_PATH fd itself does not allow. */
struct fd_path {
	char text[32];
};
struct fd_path fd_path(int fd);

/* faults.c */
bool faults_apply(int fd);
ssize_t faulty_read(struct handle *handle, char *buffer, size_t size, off_t offset);

#endif
