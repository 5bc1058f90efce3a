/* SPDX-License-Identifier: MIT */
/*
 * What the kernel shows of a range, in /proc/PID/maps or by PROCMAP_QUERY, compared with what the
 * engine has mapped there.
 */
#include "shown.h"

#include "filecache.h"

#include <stdatomic.h>

/*
 * The device whose inodes /proc/PID/maps was last seen to show as stat(2) does. 0: none yet. Read
 * and written as one value; any order of threads is right.
 */
static _Atomic uint64_t agreeing_device;

enum maps_answer shown_part(uintptr_t start, uintptr_t end, struct identity file, bool copy,
			    struct vma *part)
{
	uintptr_t at = start;

	while (at < end) {
		enum maps_answer answer = file.inode ? maps_find(at, part) : MAPS_UNKNOWN;

		if (answer == MAPS_UNKNOWN) {
			*part = (struct vma){ at, end, .writable = true, .executable = true };
			return MAPS_UNKNOWN;
		}
		if (answer == MAPS_NONE)
			break;
		if (part->start < end && (copy || !part->shared) && part->inode == file.inode &&
		    part->device == file.device) {
			if (part->start < at) {
				part->offset += at - part->start;
				part->start = at;
			}
			part->end = part->end < end ? part->end : end;
			return MAPS_FOUND;
		}
		at = part->end;
	}
	return MAPS_NONE;
}

uintptr_t shown_at(const struct extent *asked, const struct extent *whole, struct identity file,
		   bool copy)
{
	struct vma part;

	if (!copy && file.inode && maps_are_lines() && maps_show(whole->start, whole->end, file))
		return asked->start;
	return shown_part(asked->start, asked->end, file, copy, &part) == MAPS_NONE ? 0 :
										      part.start;
}

/*
 * Where one question is not enough and all of maps would have to be read, which grows with the
 * number of mappings, once per device.
 */
struct identity shown_identity(uintptr_t start, struct identity file)
{
	struct vma vma;

	if (file.device == atomic_load_explicit(&agreeing_device, memory_order_relaxed) &&
	    maps_are_lines())
		return file;
	if (maps_find(start, &vma) != MAPS_FOUND || vma.start > start)
		return (struct identity){ 0, 0 };
	if (vma.device == file.device && vma.inode == file.inode)
		atomic_store_explicit(&agreeing_device, file.device, memory_order_relaxed);
	return (struct identity){ vma.device, vma.inode };
}

/* On a stacked filesystem a file may become another one's, with another time of change. */
struct identity shown_file(uintptr_t start, const struct snapshot *file)
{
	struct identity shown;

	if (filecache_as_stat(file))
		return file->file;
	shown = shown_identity(start, file->file);
	if (identity_equal(shown, file->file))
		filecache_is_as_stat(file);
	return shown;
}
