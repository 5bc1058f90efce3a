/* SPDX-License-Identifier: MIT */
/*
 * The directory of kept copies.
 */
#include "kept.h"

#include "database.h"
#include "engine.h"
#include "filecache.h"
#include "inode.h"
#include "kept-room.h"
#include "kernel.h"
#include "keptname.h"
#include "mapping.h"
#include "memory.h"
#include "opened.h"
#include "record.h"
#include "state.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum {
	PATH_ROOM = 320, /* for the directory; a spool with a longer name keeps nothing */
	COPY_MODE = S_IFREG | S_IRUSR,
	DIRECTORY_MODE = S_IFDIR | S_IRWXU,
	LOCK_TRIES = 100,
};

#ifdef SYS_geteuid32
#define USER() ((uint32_t)kernel(SYS_geteuid32))
#else
#define USER() ((uint32_t)kernel(SYS_geteuid))
#endif

/* Keeps large variables off the program's stack except while they are needed. */
#define APART __attribute__((noinline))

/* Read once from /proc. Threads write the same values; each half is one atomic value. */
static _Atomic uint64_t boot_halves[2];

bool kept_wanted(const struct part *part)
{
	uint64_t keep = state_settings()->buffer_keep;

	return part->bytes && part->bytes <= keep && !state_spool_failed() && engine_keeps();
}

static bool know_boot(struct boot *boot)
{
	char text[48];
	word fd, count;

	for (int i = 0; i < 2; i++)
		boot->halves[i] = atomic_load_explicit(&boot_halves[i], memory_order_relaxed);
	if (boot->halves[0] && boot->halves[1])
		return true;
	fd = kernel(SYS_openat, AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	count = kernel(SYS_read, fd, text, sizeof(text));
	kernel(SYS_close, fd);
	if (count <= 0 || !kept_boot_parse(text, (size_t)count, boot))
		return false;
	for (int i = 0; i < 2; i++)
		atomic_store_explicit(&boot_halves[i], boot->halves[i], memory_order_relaxed);
	return true;
}

static bool is_of(word directory, const char *name, uint32_t user, uint32_t mode,
		  struct statx *found)
{
	int flags = *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;

	return !kernel(SYS_statx, directory, name, flags, STATX_BASIC_STATS, found) &&
	       found->stx_uid == user && found->stx_mode == mode;
}

APART static word open_by_name(uint32_t user, bool create)
{
	char room[PATH_ROOM];
	struct text path = TEXT_IN(room);
	word fd = -ENOENT;

	text_add(&path, state_settings()->buffer_spool);
	text_add(&path, KEPT_DIRECTORY);
	text_add_number(&path, user);
	if (path.length == path.size)
		return -ENAMETOOLONG;
	text_string(&path);
	for (int i = 0; i < 2 && fd == -ENOENT; i++) {
		if (i && (!create || kernel(SYS_mkdirat, AT_FDCWD, room, S_IRWXU)))
			break;
		fd = kernel(SYS_openat, AT_FDCWD, room,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	return fd;
}

/* Opens it if it is the user's, whoever made it: not if others own it or may enter it. */
static word open_directory(uint32_t user, bool create)
{
	word fd = open_by_name(user, create);
	struct statx found;

	if (fd < 0 || is_of(fd, "", user, DIRECTORY_MODE, &found))
		return fd;
	kernel(SYS_close, fd);
	return -EPERM;
}

/* Call both within opened_begin(). */
static bool enter(struct kept_directory *directory, bool create)
{
	directory->user = USER();
	if (!know_boot(&directory->boot))
		return false;
	directory->fd = open_directory(directory->user, create);
	return directory->fd >= 0;
}

static void leave(const struct kept_directory *directory)
{
	kernel(SYS_close, directory->fd);
}

static void name_in(char room[KEPT_NAME], enum kept_kind kind, const struct part *part,
		    const struct kept_directory *directory)
{
	struct text name = { room, KEPT_NAME, 0 };

	kept_name(&name, kind, part, &directory->boot);
}

/* A descriptor or -errno. */
APART static word open_copy(const struct kept_directory *directory, const char *name,
			    uint64_t bytes)
{
	struct statx found;
	word fd = kernel(SYS_openat, directory->fd, name,
			 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd == -ENOENT)
		return fd;
	if (fd >= 0 && is_of(fd, "", directory->user, COPY_MODE, &found) &&
	    found.stx_size == bytes && found.stx_nlink == 1)
		return fd;
	if (fd >= 0)
		kernel(SYS_close, fd);
	kernel(SYS_unlinkat, directory->fd, name, 0);
	return -EPERM;
}

/* The time is the text of a symbolic link: made in one step, and read without a descriptor. */
static void know_when_seen(const struct kept_directory *directory, const struct part *part,
			   uint64_t now)
{
	char name[KEPT_NAME];
	char text[24];
	uint64_t when = 0;
	word length;

	name_in(name, KEPT_SEEN, part, directory);
	length = kernel(SYS_readlinkat, directory->fd, name, text, sizeof(text));
	for (word i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
		when = when * 10 + (uint64_t)(text[i] - '0');
	if (when && when < now)
		filecache_was_seen(&part->file, when, now);
}

/* Whether part and copy have the same size bytes, at most a page, at that place of the part. */
static bool page_same(int fd, const struct part *part, int copy, uint64_t at, size_t size,
		      char *pages)
{
	size_t page = state_page();
	word count;

	record_looks(part->file.file);
	count = inode_read(fd, pages, page, part->offset + at);
	record_looked(part->file.file);
	return count >= (word)size && inode_read(copy, pages + page, page, at) == (word)size &&
	       memcmp(pages, pages + page, size) == 0;
}

static bool shows(int fd, struct copied *made, const struct backing *backing)
{
	const struct part *part = &made->part;
	size_t page = state_page();
	uint64_t last = (part->bytes - 1) / page * page;
	size_t first = part->bytes < page ? (size_t)part->bytes : page;
	char *pages = memory_borrow(2 * page);
	bool same;

	if (!pages)
		return false;
	same = page_same(fd, part, backing->fd, 0, first, pages);
	made->database = !part->offset && database_header((unsigned char *)pages, first);
	if (last)
		same = same &&
		       page_same(fd, part, backing->fd, last, (size_t)(part->bytes - last), pages);
	memory_give_back(pages, 2 * page);
	return same;
}

static void now_used(const struct backing *backing)
{
	static const word times[4] = { 0, UTIME_NOW, 0, UTIME_OMIT };

	kernel(SYS_utimensat, backing->fd, NULL, times, 0);
}

APART static void remove_copy(const struct part *part)
{
	struct kept_directory directory;
	char name[KEPT_NAME];

	opened_begin();
	if (enter(&directory, false)) {
		name_in(name, KEPT_COPY, part, &directory);
		kernel(SYS_unlinkat, directory.fd, name, 0);
		leave(&directory);
	}
	opened_end();
}

APART static bool open_found(const struct part *part, struct backing *backing, uint64_t now)
{
	struct kept_directory directory;
	char name[KEPT_NAME];
	word fd;

	if (!enter(&directory, false))
		return false;
	name_in(name, KEPT_COPY, part, &directory);
	fd = open_copy(&directory, name, part->bytes);
	if (fd < 0)
		know_when_seen(&directory, part, now);
	leave(&directory);
	return fd >= 0 && !backing_take(backing, fd);
}

bool kept_find(int fd, struct copied *made, struct backing *backing, uint64_t now)
{
	bool found;

	opened_begin();
	found = open_found(&made->part, backing, now);
	opened_end();
	if (!found)
		return false;
	if (shows(fd, made, backing)) {
		now_used(backing);
		made->self = backing->self;
		made->shared = made->kept = true;
		made->in_memory = false;
		return true;
	}
	backing_close(backing);
	remove_copy(&made->part);
	return false;
}

long kept_nameless(void)
{
	struct kept_directory directory;
	word fd;

	if (!enter(&directory, true))
		return -ENOENT;
	fd = kernel(SYS_openat, directory.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR);
	leave(&directory);
	/* The umask must not matter. */
	if (fd >= 0)
		kernel(SYS_fchmod, fd, S_IRUSR);
	return fd;
}

/* A stopped process may have the lock, so nobody waits for long. */
static bool lock(word directory)
{
	static const word step[2] = { 0, 1000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!kernel(SYS_flock, directory, LOCK_EX | LOCK_NB))
			return true;
		kernel(SYS_ppoll, NULL, 0, step, NULL, KERNEL_SIGNALS);
	}
	return false;
}

static int put_locked(const struct kept_directory *directory, const struct copied *made, int fd)
{
	char name[KEPT_NAME];
	word answer;

	name_in(name, KEPT_COPY, &made->part, directory);
	if (!kept_make_room(directory, made->part.bytes))
		return ENOSPC;
	answer = own_link(fd, (int)directory->fd, name);
	name_in(name, KEPT_SEEN, &made->part, directory);
	kernel(SYS_unlinkat, directory->fd, name, 0);
	return (int)-answer;
}

int kept_put(const struct copied *made, const struct backing *backing)
{
	struct kept_directory directory;
	int error = EAGAIN;

	opened_begin();
	if (!enter(&directory, false)) {
		opened_end();
		return ENOENT;
	}
	if (lock(directory.fd)) {
		error = put_locked(&directory, made, backing->fd);
		/* Closing may not be enough: a child may have got the descriptor. */
		kernel(SYS_flock, directory.fd, LOCK_UN);
	}
	leave(&directory);
	opened_end();
	return error;
}

void kept_seen(const struct part *part, uint64_t when)
{
	struct kept_directory directory;
	char name[KEPT_NAME];
	char room[24];
	struct text time = TEXT_IN(room);

	text_add_number(&time, when);
	text_string(&time);
	opened_begin();
	if (enter(&directory, true)) {
		name_in(name, KEPT_SEEN, part, &directory);
		kernel(SYS_symlinkat, room, directory.fd, name);
		leave(&directory);
	}
	opened_end();
}
