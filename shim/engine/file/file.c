/* SPDX-License-Identifier: MIT */
/*
 * The file of a refused mapping.
 */
#include "file.h"

#include "database.h"
#include "engine.h"
#include "filecache.h"
#include "filesystem.h"
#include "inode.h"
#include "kernel.h"
#include "maps.h"
#include "memory.h"
#include "mountinfo.h"
#include "opened.h"
#include "record.h"
#include "state.h"
#include "ticks.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/*
 * The device of the last file that may be served, so that privmap makes one statfs(2), which is a
 * request to the server on FUSE. 0: none yet. If another filesystem gets that device number, the
 * worst effect is one vain attempt to map privately, or an empty copy. Any thread may store here.
 */
static _Atomic uint64_t served_device;

/* The same, if /proc/PID/maps shows all of its files as stat(2) tells them, or none. */
static _Atomic uint64_t alike_device;

/*
 * The path and the rules worked for a regular file of this process that was left, or that was
 * served (file.h). Never unset.
 */
static _Atomic bool names_first, served_one;

/*
 * The device of the last file that was converted, if the next file may be early (file.h); 0 if not.
 * Any thread may store here: a wrong value costs a mapping that is taken back.
 */
static _Atomic uint64_t early_device;

enum {
	FAR_PATH = 2 * PATH_MAX,
	DIRECT_BLOCK = 4096, /* O_DIRECT wants an aligned buffer and length; no device needs more */
};

static struct file *file_of(struct file_view *view)
{
	return (struct file *)view;
}

static const char *program(struct file_view *view)
{
	(void)view;
	return engine_program();
}

void file_begin(struct file *file)
{
	if (!file->begun)
		signals_block(&file->signals);
	file->begun = true;
}

static const char *filesystem(struct file_view *view)
{
	struct file *file = file_of(view);
	struct mountinfo_reader reader;
	bool found;

	if (file->filesystem[0])
		return file->filesystem;
	if (!file_look(file))
		return NULL;
	reader = (struct mountinfo_reader){ .device = file->known.file.device };
	file_begin(file);
	opened_begin();
	found = mountinfo_find(&reader, engine_proc(), file->fd);
	opened_end();
	if (!found)
		return NULL;
	memcpy(file->filesystem, reader.name, sizeof(file->filesystem));
	return file->filesystem;
}

static bool read_only(struct file_view *view)
{
	word status = kernel(SYS_fcntl, file_of(view)->fd, F_GETFL);

	return status >= 0 && (status & O_ACCMODE) == O_RDONLY;
}

/* Separates the names of one process's files from those of another: see above.h. */
static uint64_t scope(const struct file *file)
{
	return engine_names_first() ? 0 : file->known.file.device;
}

static bool below_worktree(struct file_view *view)
{
	return above_is_worktree(scope(file_of(view)), (char *)view->path);
}

static enum header read_header(int fd)
{
	unsigned char header[DATABASE_HEADER];
	void *block;
	word count;

	count = inode_read(fd, header, sizeof(header), 0);
	/* The program may have opened it with O_DIRECT. */
	if (count == -EINVAL) {
		block = memory_borrow(DIRECT_BLOCK);
		if (!block)
			return HEADER_DATABASE;
		count = inode_read(fd, block, DIRECT_BLOCK, 0);
		memcpy(header, block, sizeof(header));
		memory_give_back(block, DIRECT_BLOCK);
		if (count > (word)sizeof(header))
			count = sizeof(header);
	}
	if (count < 0 || database_header(header, (size_t)count))
		return HEADER_DATABASE;
	return git_index_header(header, (size_t)count) ? HEADER_INDEX : HEADER_PLAIN;
}

/* Finds the header by the name, if that tells it. Then size and stamps do not matter, either. */
static void read_name(struct file *file)
{
	if (file->header == HEADER_UNREAD && file->view.path &&
	    database_excluded_by_name(file->view.path))
		file->header = HEADER_PLAIN;
}

/*
 * Reads the header again until the file is settled (filecache.h), judged by the attributes that the
 * kernel has; always with git_anew, which explains rules. A file that cannot be read counts as a
 * database, so that it is not served.
 */
bool file_is_database(struct file *file)
{
	read_name(file);
	if (file->header == HEADER_UNREAD && !file_look(file))
		return true;
	if (file->header == HEADER_UNREAD && !file->git_anew && filecache_is_plain(&file->known))
		file->header = HEADER_PLAIN;
	if (file->header == HEADER_UNREAD) {
		uint64_t before = ticks();

		file_begin(file);
		record_looks(file->known.file);
		file->header = read_header(file->fd);
		record_looked(file->known.file);
		if (file->header == HEADER_PLAIN && file->known.file.inode)
			filecache_was_plain(&file->known, before);
	}
	return file->header == HEADER_DATABASE;
}

/*
 * GIT_INDEX_FILE may be anywhere. The header comes last, because a program's own filter may kill it
 * for the calls that read it.
 */
static struct git_place find_git(struct file *file)
{
	char *path = (char *)file->view.path;
	struct git_place place = git_by_name(path);

	if (place.kind == GIT_NONE)
		place = above_is_git(scope(file), path);
	if (place.kind == GIT_NONE && git_may_be_index(path, state_index()) &&
	    !file_is_database(file) && file->header == HEADER_INDEX)
		place.kind = GIT_INDEX;
	return place;
}

/*
 * Looks up each file once under each name: git's directories remain git's while a program has files
 * in them mapped. Calls file_look() for an unknown file only if its header may have to be read.
 */
static bool is_git(struct file_view *view)
{
	struct file *file = file_of(view);
	struct identity self;
	bool git;

	if (git_may_be_index(view->path, state_index()))
		file_look(file);
	self = file->known.file;
	if (file->git_known)
		return view->git.kind != GIT_NONE;
	if (!file->git_anew && self.inode && filecache_git(self, view->path, &git))
		return git;
	view->git = find_git(file);
	file->git_known = true;
	git = view->git.kind != GIT_NONE;
	if (self.inode)
		filecache_set_git(self, view->path, git);
	return git;
}

bool file_copied(struct file *file, bool database)
{
	if (!file->header_left)
		return true;
	file->header = database ? HEADER_DATABASE : HEADER_PLAIN;
	return !database;
}

static bool is_database(struct file_view *view, enum action action)
{
	struct file *file = file_of(view);

	if (file->header == HEADER_UNREAD && action == ACTION_BUFFER && file->copy_tells) {
		file->header_left = true;
		return false;
	}
	return file_is_database(file);
}

static void strip_deleted(char *path, size_t length)
{
	static const char deleted[] = " (deleted)";
	size_t tail = sizeof(deleted) - 1;

	if (length > tail && memcmp(path + length - tail, deleted, tail) == 0)
		path[length - tail] = '\0';
}

/* The path as /proc shows it; none for a pipe ("pipe:[1]") and the like. */
static void find_path(struct file *file)
{
	char *path = file->path;
	word length;

	length = engine_path(file->fd, path, FILE_PATH_ROOM);
	if (length == FILE_PATH_ROOM) {
		file_begin(file);
		path = file->far_path = memory_borrow(FAR_PATH);
		if (!path)
			return;
		length = engine_path(file->fd, path, FAR_PATH - ABOVE_ROOM);
	}
	if (length <= 0 || path[0] != '/')
		return;
	path[length] = '\0';
	strip_deleted(path, (size_t)length);
	file->view.path = path;
}

static bool is_set(const _Atomic bool *flag)
{
	return atomic_load_explicit(flag, memory_order_relaxed);
}

bool file_find_path(struct file *file)
{
	if (!file->view.path)
		find_path(file);
	return (file->view.path && is_set(&names_first)) || file_look(file);
}

enum not_served file_not_served(struct file *file, const struct verdict *verdict)
{
	if (verdict->rule)
		return NOT_SERVED_BY_RULE;
	if (verdict->database || file_is_database(file))
		return NOT_SERVED_DATABASE;
	return file->view.private ? NOT_SERVED_PRIVATE : NOT_SERVED_NO_RULE;
}

static bool look(struct file *file, struct inode *found)
{
	bool lets_name = is_set(&served_one);

	if (lets_name)
		read_name(file);
	return lets_name && file->header == HEADER_PLAIN ? inode_known(file->fd, found) :
							   inode_look(file->fd, found);
}

bool file_look(struct file *file)
{
	struct inode inode;

	if (!file->looked) {
		file->looked = true;
		file->regular = look(file, &inode) && S_ISREG(inode.mode);
		if (file->regular)
			file->known = inode.now;
	}
	return file->regular;
}

bool file_start(struct file *file, int fd)
{
	memset(file, 0, offsetof(struct file, path));
	file->filesystem[0] = '\0';
	file->fd = fd;
	file->view.program = program;
	file->view.filesystem = filesystem;
	file->view.below_worktree = below_worktree;
	file->view.is_git = is_git;
	file->view.read_only = read_only;
	file->view.is_database = is_database;
	return is_set(&names_first) || is_set(&served_one) || file_look(file);
}

void file_left(const struct file *file)
{
	if (file->looked && engine_names_first())
		atomic_store_explicit(&names_first, true, memory_order_relaxed);
}

void file_served(void)
{
	if (!is_set(&served_one))
		atomic_store_explicit(&served_one, true, memory_order_relaxed);
}

static uint64_t device_of_early(void)
{
	return atomic_load_explicit(&early_device, memory_order_relaxed);
}

/* Mapping a device may have effects. FIOQSIZE fails for what is no file, and asks no driver. */
bool file_may_be_early(const struct file *file)
{
	uint64_t size; /* loff_t */

	return device_of_early() && !maps_are_lines() && !file->looked &&
	       !kernel(SYS_ioctl, file->fd, FIOQSIZE, &size);
}

void file_is_early(struct file *file, void *early)
{
	struct vma vma;

	file->early = early;
	if (maps_tell((uintptr_t)early, &vma, file->path, FILE_PATH_ROOM)) {
		strip_deleted(file->path, strlen(file->path));
		file->view.path = file->path;
		read_name(file);
	}
	file->regular = file->header == HEADER_PLAIN && vma.device == device_of_early();
	file->looked = file->regular;
	if (file->looked)
		file->known.file = (struct identity){ vma.device, vma.inode };
	else
		file_not_early();
}

void file_not_early(void)
{
	atomic_store_explicit(&early_device, 0, memory_order_relaxed);
}

void file_converted(const struct file *file, struct identity shown)
{
	uint64_t device = file->known.file.device;
	const char *path = file->view.path;

	if (device != device_of_early() && engine_names_first() && file_shown_alike(file) &&
	    identity_equal(shown, file->known.file) && path && database_excluded_by_name(path))
		atomic_store_explicit(&early_device, device, memory_order_relaxed);
}

/* Calls fstatfs(2) once for each mapping, and only if it decides. */
static const struct inode_mount *mount_of(struct file *file)
{
	if (!file->mount_known)
		file->mount = inode_mount(file->fd);
	file->mount_known = true;
	return &file->mount;
}

bool file_may_be_served(struct file *file)
{
	uint64_t device = file->known.file.device;

	if (device == atomic_load_explicit(&served_device, memory_order_relaxed))
		return true;
	if (filesystem_is_untouchable(mount_of(file)->type))
		return false;
	atomic_store_explicit(&served_device, device, memory_order_relaxed);
	if (mount_of(file)->type == FUSE_SUPER_MAGIC && sizeof(long) == sizeof(uint64_t))
		atomic_store_explicit(&alike_device, device, memory_order_relaxed);
	return true;
}

bool file_shown_alike(const struct file *file)
{
	return file->known.file.device == atomic_load_explicit(&alike_device, memory_order_relaxed);
}

bool file_is_noexec(struct file *file)
{
	return mount_of(file)->noexec;
}

void file_done(struct file *file)
{
	if (file->far_path)
		memory_give_back(file->far_path, FAR_PATH);
	if (file->begun)
		signals_restore(&file->signals);
}
