/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel what is mapped at an address, and which identity it shows for a file.
 */
#include "maps.h"

#include "engine.h"
#include "filecache.h"
#include "kernel.h"
#include "opened.h"
#include "text.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* include/uapi/linux/fs.h of Linux 6.11, which headers of older systems lack. */
struct procmap_query {
	uint64_t size;
	uint64_t query_flags;
	uint64_t query_addr;
	uint64_t vma_start, vma_end;
	uint64_t vma_flags;
	uint64_t vma_page_size;
	uint64_t vma_offset;
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size, build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};

#define PROCMAP_QUERY_IOCTL _IOWR('f', 17, struct procmap_query)

enum {
	VMA_WRITABLE = 2,
	VMA_EXECUTABLE = 4,
	VMA_SHARED = 8,
	VMA_COVERING_OR_NEXT = 16,
};

/* Set when the kernel does not know the query, and never unset. Relaxed: it guards nothing else. */
static _Atomic bool lines_only;

/*
 * The last device for which /proc/PID/maps showed the same inode as stat(2). 0: none yet. Read and
 * written as one value; threads may store it in any order.
 */
static _Atomic uint64_t agreeing_device;

bool maps_are_lines(void)
{
	return atomic_load_explicit(&lines_only, memory_order_relaxed);
}

/*
 * One call in place of reading the file from its start; ENOTTY before Linux 6.11. Stores the name
 * too, with a zero byte, if there is room for any; fails if it is longer.
 */
static word query(int maps, uintptr_t address, struct vma *found, char *name, size_t room)
{
	struct procmap_query ask = {
		.size = sizeof(ask),
		.query_flags = VMA_COVERING_OR_NEXT,
		.query_addr = address,
		.vma_name_size = (uint32_t)room,
		.vma_name_addr = (uintptr_t)name,
	};
	word result = kernel(SYS_ioctl, maps, PROCMAP_QUERY_IOCTL, &ask);

	if (!result)
		*found = (struct vma){
			.start = (uintptr_t)ask.vma_start,
			.end = (uintptr_t)ask.vma_end,
			.offset = ask.vma_offset,
			.writable = ask.vma_flags & VMA_WRITABLE,
			.executable = ask.vma_flags & VMA_EXECUTABLE,
			.shared = ask.vma_flags & VMA_SHARED,
			.device = makedev(ask.dev_major, ask.dev_minor),
			.inode = ask.inode,
		};
	return result;
}

static enum maps_answer read_lines(int maps, uintptr_t address, struct vma *found)
{
	struct maps_reader reader = { .address = address };
	char bytes[1024];
	word count;

	while ((count = kernel(SYS_read, maps, bytes, sizeof(bytes))) > 0)
		if (maps_read(&reader, bytes, (size_t)count)) {
			*found = reader.found;
			return MAPS_FOUND;
		}
	return count ? MAPS_UNKNOWN : MAPS_NONE;
}

/* Call it within opened_begin(). */
static int open_maps(const char *proc)
{
	char name[64];
	struct text path = TEXT_IN(name);

	text_add(&path, proc);
	text_add(&path, "/maps");
	return (int)kernel(SYS_openat, AT_FDCWD, text_string(&path), O_RDONLY | O_CLOEXEC);
}

enum maps_answer maps_find(uintptr_t address, struct vma *found)
{
	enum maps_answer answer;
	word result;
	int maps;

	opened_begin();
	maps = open_maps(engine_proc());
	result = maps < 0 ? 0 : query(maps, address, found, NULL, 0);
	if (maps < 0) {
		answer = MAPS_UNKNOWN;
	} else if (!result) {
		answer = MAPS_FOUND;
	} else if (result == -ENOENT) {
		answer = MAPS_NONE;
	} else {
		/* Not if the process has just ended: the query works for the next process. */
		if (result != -ESRCH)
			atomic_store_explicit(&lines_only, true, memory_order_relaxed);
		answer = read_lines(maps, address, found);
	}
	if (maps >= 0)
		kernel(SYS_close, maps);
	opened_end();
	return answer;
}

bool maps_tell(uintptr_t address, struct vma *found, char *path, size_t room)
{
	word result = -ENOENT;
	int maps;

	path[0] = '\0';
	opened_begin();
	maps = open_maps(engine_proc_of_process());
	if (maps >= 0) {
		result = query(maps, address, found, path, room);
		kernel(SYS_close, maps);
	}
	opened_end();
	return !result && found->start <= address && path[0] == '/';
}

#if defined(__LP64__) && defined(SYS_newfstatat)
/* Adds a number as map_files names it: without leading zeros. */
static void add_hex(struct text *text, uintptr_t number)
{
	unsigned bits = 8 * sizeof(number);

	while (bits > 4 && !(number >> (bits - 4)))
		bits -= 4;
	while (bits) {
		bits -= 4;
		text_add_bytes(text, &"0123456789abcdef"[number >> bits & 15], 1);
	}
}

/*
 * The name of a link in map_files gives the exact bounds of a mapping. Only root may follow the
 * link, but everyone may read it. If the file at its target is the wanted file, that one is mapped,
 * except where two mounts cover each other. The link has the mode of the descriptor that was
 * mapped. If that was read-only, nobody can make a shared mapping writable. If it was not, the link
 * does not tell a shared mapping from a private one.
 */
bool maps_show(uintptr_t start, uintptr_t end, struct identity file)
{
	char name[96], target[512];
	struct text path = TEXT_IN(name);
	struct stat now;
	word length;

	text_add(&path, engine_proc_of_process());
	text_add(&path, "/map_files/");
	add_hex(&path, start);
	text_add(&path, "-");
	add_hex(&path, end);
	if (kernel(SYS_newfstatat, AT_FDCWD, text_string(&path), &now, AT_SYMLINK_NOFOLLOW) ||
	    now.st_mode & S_IWUSR)
		return false;
	length = kernel(SYS_readlinkat, AT_FDCWD, name, target, sizeof(target));
	if (length <= 0 || length == (word)sizeof(target))
		return false;
	target[length] = '\0';
	return !kernel(SYS_newfstatat, AT_FDCWD, target, &now, AT_NO_AUTOMOUNT) &&
	       now.st_dev == file.device && now.st_ino == file.inode;
}
#else
bool maps_show(uintptr_t start, uintptr_t end, struct identity file)
{
	(void)start, (void)end, (void)file;
	return false;
}
#endif

static bool agrees(uint64_t device)
{
	return device == atomic_load_explicit(&agreeing_device, memory_order_relaxed);
}

/*
 * Without the query, maps is read only once for each device, because that takes longer with each
 * mapping.
 */
struct identity maps_identity(uintptr_t start, struct identity file)
{
	struct vma vma;

	if (agrees(file.device) && maps_are_lines())
		return file;
	if (maps_find(start, &vma) != MAPS_FOUND || vma.start > start)
		return (struct identity){ 0, 0 };
	if (vma.device == file.device && vma.inode == file.inode)
		atomic_store_explicit(&agreeing_device, file.device, memory_order_relaxed);
	return (struct identity){ vma.device, vma.inode };
}

/* On a stacked filesystem a file may move to another device, with another time of change. */
struct identity maps_identity_of(uintptr_t start, const struct snapshot *file, bool alike)
{
	struct identity shown;

	if ((alike && agrees(file->file.device)) || filecache_as_stat(file))
		return file->file;
	shown = maps_identity(start, file->file);
	if (identity_equal(shown, file->file))
		filecache_is_as_stat(file);
	return shown;
}
