/* SPDX-License-Identifier: MIT */
/*
 * The nameless file that contains a copy.
 *
 * Its fd is in the program's table while the copy is read. A program that closes descriptors that
 * it did not open may give that number to another file. So privmap checks the fd before it writes
 * to it, shortens it or closes it.
 */
#include "backing.h"

#include "filesystem.h"
#include "inode.h"
#include "kept.h"
#include "kernel.h"
#include "log.h"
#include "mapping.h"
#include "memory.h"
#include "opened.h"
#include "room.h"
#include "state.h"
#include "text.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/*
 * New files get the lowest free number, so nobody takes a high one by accident. The table of a
 * small process has room for 64, and this number does not make it grow.
 */
enum { OUT_OF_THE_WAY = 48 };

/*
 * Bytes of one write. For a longer write ext4 and xfs look for a folio of that size. If memory is
 * fragmented, that takes ten times as long as the write.
 */
enum { STEP = 256 * 1024 };

static bool is_ours(const struct backing *backing, struct inode *found)
{
	return inode_look(backing->fd, found) && identity_equal(found->now.file, backing->self);
}

/* Beyond that limit write(2) sends SIGXFSZ, and the program would die because of a mapping. */
static bool may_write(uint64_t bytes)
{
	uint64_t limit[2];

	return kernel(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, limit) || bytes <= limit[0];
}

/* Another thread has lowered the limit since. The blocked signal must not stay pending. */
static void take_back_signal(void)
{
	static const uint64_t raised[2] = { UINT64_C(1) << (SIGXFSZ - 1), 0 };
	static const word now[2] = { 0, 0 };

	kernel(SYS_rt_sigtimedwait, raised, NULL, now, KERNEL_SIGNALS);
}

static word spool_fails(int error)
{
	const struct settings *settings = state_settings();
	struct text text;

	if (state_set_spool_failed() && log_begin(&text, LOG_LEVEL_WARN)) {
		text_add(&text, "spool ");
		text_add_name(&text, settings->buffer_spool);
		text_add(&text, ": its filesystem ");
		text_add(&text, mapping_errno_refuses(error) && error != EOPNOTSUPP ?
					"refuses mappings itself" :
					"has no nameless files (O_TMPFILE)");
		text_add(&text, settings->buffer_memory ?
					"; copies are made in memory, up to the limit" :
					"; no copies are made");
		log_end(&text, LOG_LEVEL_WARN);
	}
	return -error;
}

/* Maps the empty file, before anything is copied into it. 0, or the errno of the refusal. */
static int refuses_mappings(int fd)
{
	void *place = memory_place(state_page());
	word addr = KERNEL_MMAP(place, state_page(), PROT_READ, MAP_SHARED, fd, 0);

	if (!kernel_failed(addr))
		kernel(SYS_munmap, addr, state_page());
	memory_leave(place, state_page());
	return kernel_failed(addr) && mapping_errno_refuses((int)-addr) ? (int)-addr : 0;
}

/* O_EXCL: it can never get a name. */
static word open_spool(void)
{
	word fd;
	int error;

	if (state_spool_failed())
		return -ENODEV;
	fd = kernel(SYS_openat, AT_FDCWD, state_settings()->buffer_spool,
		    O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	/* EISDIR: the filesystem, or the kernel, does not know O_TMPFILE (open(2)). */
	if (fd == -EOPNOTSUPP || fd == -EISDIR)
		return spool_fails(EOPNOTSUPP);
	if (fd < 0)
		return fd;
	/* The file is opened again to seal it: the umask must not matter. */
	kernel(SYS_fchmod, fd, S_IRUSR);
	error = refuses_mappings((int)fd);
	if (!error)
		return fd;
	kernel(SYS_close, fd);
	return spool_fails(error);
}

/* The backing takes over a descriptor that was just opened. 0 or an errno. */
static int take(struct backing *backing, word fd)
{
	struct inode found;

	if (!inode_look((int)fd, &found)) {
		kernel(SYS_close, fd);
		return ENOSYS;
	}
	backing->fd = (int)fd;
	backing->self = found.now.file;
	backing->opened = opened_add(backing->fd, backing->self);
	return 0;
}

static int take_away(struct backing *backing, word fd)
{
	word higher;

	if (fd < 0)
		return (int)-fd;
	higher = kernel(SYS_fcntl, fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	if (higher >= 0) {
		kernel(SYS_close, fd);
		fd = higher;
	}
	return take(backing, fd);
}

/* Does not log that the filesystem refuses mappings: the spool is next, and logs that. */
static word open_kept(void)
{
	word fd = kept_nameless();
	int error = fd < 0 ? 0 : refuses_mappings((int)fd);

	if (error)
		kernel(SYS_close, fd);
	return error ? -error : fd;
}

static word open_new(enum backing_place place)
{
	switch (place) {
	case BACKING_MEMORY:
		return memory_file("privmap", 0);
	case BACKING_KEPT:
		return open_kept();
	default:
		return open_spool();
	}
}

int backing_allocate(const struct backing *backing, uint64_t offset, uint64_t bytes)
{
	struct inode found;
	word answer;

	if (!is_ours(backing, &found))
		return EBADF;
	answer = kernel_fallocate(backing->fd, FALLOC_FL_KEEP_SIZE, offset, bytes);
	if (answer == -EFBIG)
		take_back_signal();
	return (int)-answer;
}

/*
 * If the filesystem cannot reserve space, a write will tell. A spool may itself be memory. Not
 * within opened_begin(), because room_in_memory() calls that. 0 or an errno.
 */
static int reserve(const struct backing *backing, uint64_t bytes)
{
	int error;

	if (filesystem_is_untouchable(inode_mount(backing->fd).type) && !room_in_memory(bytes))
		return ENOMEM;
	if (!bytes)
		return 0;
	error = backing_allocate(backing, 0, bytes);
	return error == EOPNOTSUPP || error == ENOSYS ? 0 : error;
}

int backing_open(struct backing *backing, enum backing_place place, uint64_t bytes)
{
	bool in_memory = place == BACKING_MEMORY;
	int error;

	*backing = (struct backing){ .fd = -1, .in_memory = in_memory };
	if (!may_write(bytes))
		return EFBIG;
	if (in_memory && !room_in_memory(bytes))
		return ENOMEM;
	opened_begin();
	error = take_away(backing, open_new(place));
	opened_end();
	if (!error && !in_memory) {
		error = reserve(backing, bytes);
		if (error)
			backing_close(backing);
	}
	return error;
}

int backing_take(struct backing *backing, long fd)
{
	*backing = (struct backing){ .fd = -1, .sealed = true };
	return take_away(backing, fd);
}

int backing_open_late(struct backing *backing, uint64_t bytes)
{
	*backing = (struct backing){ .fd = -1, .in_memory = true };
	return room_in_memory(bytes) ? 0 : ENOMEM;
}

void backing_close(struct backing *backing)
{
	struct inode found;

	if (backing->fd < 0)
		return;
	opened_begin();
	if (is_ours(backing, &found))
		kernel(SYS_close, backing->fd);
	opened_forget(backing->opened);
	opened_end();
	backing->fd = -1;
}

int backing_keep(struct backing *backing)
{
	opened_forget(backing->opened);
	return backing->fd;
}

/* The caller has checked that the fd is ours. 0 or an errno. */
static int write_all(const struct backing *backing, const char *from, size_t size, uint64_t offset)
{
	while (size) {
		word count = kernel_pwrite(backing->fd, from, size < STEP ? size : STEP, offset);

		if (count == -EFBIG)
			take_back_signal();
		if (count <= 0)
			return count ? (int)-count : ENOSPC;
		from += count;
		offset += (uint64_t)count;
		size -= (size_t)count;
	}
	return 0;
}

int backing_write(struct backing *backing, const void *bytes, size_t size, uint64_t offset)
{
	const char *from = bytes;
	struct inode found;
	int error = 0;

	while (size && !error) {
		size_t step = size < STEP ? size : STEP;

		error = is_ours(backing, &found) ? write_all(backing, from, step, offset) : EBADF;
		from += step;
		offset += step;
		size -= step;
	}
	return error;
}

/*
 * Replaces the descriptor by a read-only one. looked: the fd was just seen to be ours; the file
 * that it opens shows so, too.
 */
static int open_again(struct backing *backing, bool looked)
{
	struct backing again = { .in_memory = backing->in_memory, .self = backing->self };
	struct inode found;
	word fd = own_open(backing->fd, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return (int)-fd;
	again.fd = (int)fd;
	if (!is_ours(&again, &found)) {
		kernel(SYS_close, fd);
		return EBADF;
	}
	if (looked || is_ours(backing, &found))
		kernel(SYS_close, backing->fd);
	opened_forget(backing->opened);
	again.opened = opened_add(again.fd, again.self);
	again.sealed = true;
	*backing = again;
	return 0;
}

/*
 * Opens, writes and seals without a call to a server or a wait, so that there is no time in which
 * another thread could reuse the number.
 */
static int open_and_fill(struct backing *backing, const void *bytes, size_t size)
{
	word fd = memory_file("privmap", 0);
	int error;

	backing->none = fd < 0;
	error = fd < 0 ? (int)-fd : take(backing, fd);
	if (!error)
		error = write_all(backing, bytes, size, 0);
	return error ? error : open_again(backing, true);
}

int backing_fill(struct backing *backing, const void *bytes, size_t size)
{
	int error;

	opened_begin();
	error = open_and_fill(backing, bytes, size);
	opened_end();
	return error;
}

int backing_shorten(const struct backing *backing, uint64_t bytes)
{
	struct inode found;

	if (!is_ours(backing, &found))
		return EBADF;
	if (found.now.size < bytes)
		return 0;
	return (int)-kernel_ftruncate(backing->fd, bytes);
}

int backing_seal(struct backing *backing)
{
	int error;

	if (backing->sealed)
		return 0;
	opened_begin();
	error = open_again(backing, false);
	opened_end();
	return error;
}
