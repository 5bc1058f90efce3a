/* SPDX-License-Identifier: MIT */
/*
 * maps_read(). Input: an address; a mapping, printed as the kernel does and read back; then a text,
 * read at once and in pieces.
 */
#include "fuzz.h"

#include "procfs.h"

#include <inttypes.h>
#include <sys/sysmacros.h>

/* Finds the mapping for address, reading the text in pieces of that size. */
static bool find(const char *text, size_t size, size_t piece, uintptr_t address, struct vma *found)
{
	struct maps_reader reader = { .address = address };

	for (size_t at = 0; at < size; at += piece) {
		size_t count = size - at < piece ? size - at : piece;
		char *bytes = input_copy(text + at, count);
		bool done = maps_read(&reader, bytes, count);

		free(bytes);
		if (done) {
			*found = reader.found;
			return true;
		}
	}
	return false;
}

static void same(const struct vma *a, const struct vma *b)
{
	MUST(a->start == b->start && a->end == b->end && a->offset == b->offset &&
	     a->writable == b->writable && a->shared == b->shared && a->device == b->device &&
	     a->inode == b->inode);
}

struct mapping {
	uint64_t start, end, offset, inode;
	uint32_t major, minor;
	uint8_t rights, piece;
};

static void read_back(const struct mapping *mapping, uintptr_t address)
{
	const struct vma wanted = {
		.start = mapping->start,
		.end = mapping->end,
		.offset = mapping->offset,
		.writable = mapping->rights & 1,
		.shared = mapping->rights & 2,
		.device = makedev(mapping->major & 0xfff, mapping->minor & 0xfffff),
		.inode = mapping->inode,
	};
	struct vma found;
	char line[400];
	int size = snprintf(line, sizeof(line),
			    "%08" PRIx64 "-%08" PRIx64 " r%cx%c %08" PRIx64 " %02x:%02x %" PRIu64
			    "%*s/a file that has \\012 in its name\n",
			    mapping->start, mapping->end, wanted.writable ? 'w' : '-',
			    wanted.shared ? 's' : 'p', mapping->offset, mapping->major & 0xfff,
			    mapping->minor & 0xfffff, mapping->inode, mapping->rights, " ");
	bool covered = find(line, (size_t)size, 1 + mapping->piece % 100, address, &found);

	MUST(covered == (address < mapping->end));
	if (covered)
		same(&found, &wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	struct mapping mapping;
	struct vma whole, pieces;
	uintptr_t address;
	bool found;

	input_take(&input, &address, sizeof(address));
	input_take(&input, &mapping, sizeof(mapping));
	read_back(&mapping, address);
	found = find((const char *)input.bytes, input.size, input.size + 1, address, &whole);
	MUST(found == find((const char *)input.bytes, input.size, 1 + mapping.piece % 100, address,
			   &pieces));
	if (found) {
		MUST(whole.end > address);
		same(&whole, &pieces);
	}
	return 0;
}
