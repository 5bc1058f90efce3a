/*
 * Ranges against the kernel's own view. Called by convert.c and buffer.c for what a new range
 * looks like, by protect.c and follow.c before a call is failed, by share.c.
 */
#include "verify.h"

#include "lock.h"
#include "maps.h"

#include <stdatomic.h>

/*
 * The device whose inodes /proc/PID/maps was last seen to show as stat(2) does. 0: none yet. Read
 * and written as one value; any order of threads is right.
 */
static _Atomic uint64_t agreeing_device;

static uintptr_t still_there(const struct range *range)
{
	uintptr_t at = range->start;

	while (at < range->end) {
		struct vma vma;
		enum maps_answer answer = maps_find(at, &vma);

		if (answer == MAPS_UNKNOWN || !range->file.inode)
			return at;
		if (answer == MAPS_NONE)
			break;
		if (vma.start > at) {
			at = vma.start;
			continue;
		}
		if ((range->copy || !vma.shared) && vma.inode == range->file.inode &&
		    vma.device == range->file.device)
			return at;
		at = vma.end;
	}
	return 0;
}

/* An fd is open meanwhile, which no handler of the host shall leave behind. */
uintptr_t verify_range(const struct range *range)
{
	struct lock_held signals;
	uintptr_t found;

	signals_block(&signals);
	found = still_there(range);
	signals_restore(&signals);
	return found;
}

void verify_copies(void)
{
	uint64_t moment = ranges_moment();
	struct range range;

	for (uintptr_t at = 0; ranges_find(at, UINTPTR_MAX, &range); at = range.end)
		if (range.copy && !verify_range(&range))
			ranges_forget(range.start, range.end, moment);
}

/*
 * Where one question is not enough and all of maps would have to be read, which grows with the
 * number of mappings, once per device.
 */
struct identity verify_identity(uintptr_t start, struct identity file)
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
