/*
 * Converts one mapping. Called by candidate.c once the rules have said so.
 */
#include "convert.h"

#include "maps.h"
#include "next.h"
#include "ranges.h"
#include "start.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

/* One page, untouched, of the program's file: cheap, and no limit of the program's is near. */
int convert_probe(const struct mapping *call)
{
	const int before = errno;
	struct mapping probe = *call;
	void *result;
	int refused = 0;

	probe.addr = NULL;
	probe.length = start_page();
	probe.flags &= ~(MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
	result = next_mmap(&probe);
	if (result == MAP_FAILED)
		refused = errno;
	else
		next_munmap(result, probe.length);
	errno = before;
	return refused;
}

/*
 * The device whose inodes /proc/PID/maps was last seen to show as stat(2) does. 0: none yet. Read
 * and written as one value; any order of threads is right.
 */
static _Atomic uint64_t agreeing_device;

/*
 * What the kernel shows for the new range. That is not always what stat(2) says (overlayfs, btrfs
 * have devices of their own for it), so it is asked; but where one question is not enough and all
 * of maps would have to be read, which grows with the number of mappings, once per device.
 */
static struct identity identity_of(uintptr_t start, struct identity file)
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

void *convert_map(const struct mapping *call, struct identity file)
{
	const int before = errno;
	struct mapping private = *call;
	struct range range;
	void *result;

	private.flags = mapping_private_flags(call->flags);
	if (!ranges_reserve()) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if (mapping_replaces(call->flags)) {
		int refused = convert_probe(&private);

		if (refused) {
			errno = refused;
			return MAP_FAILED;
		}
	}
	result = next_mmap(&private);
	if (result == MAP_FAILED)
		return result;
	range.start = (uintptr_t)result;
	range.end = range.start + mapping_span(call->length, start_page());
	range.file = identity_of(range.start, file);
	if (!ranges_add(&range)) {
		next_munmap(result, call->length);
		errno = ENOMEM;
		return MAP_FAILED;
	}
	errno = before;
	return result;
}
