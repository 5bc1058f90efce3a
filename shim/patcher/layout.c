/* SPDX-License-Identifier: MIT */
/*
 * Lays out the added parts: after all others, in memory and in the file.
 *
 * Before Linux 5.18, the kernel assumes that the program headers are as far from the first segment
 * in memory as in the file. Moved headers are put where that is true: the file may get a hole.
 *
 * strip(1) keeps moved headers if they begin a segment in front of its first section. It moves that
 * segment in the file, to where the loaded bytes before it end, and must not have to move it in its
 * page: the GNU one then makes a file that does not run. Where that end is not aligned as headers
 * must be, there is no such place; strip(1) refuses a file without sections.
 */
#include "layout.h"

#include <string.h>

enum {
	ADDED = 2,
	PT_PAX_FLAGS = 0x65041580,
	TRAMPOLINE_MOST = 64, /* without the displaced instructions */
	RECORD_ROOM = 64,
	HEADER_ALIGN = 8,
};

static const uint64_t hole_most = 64 << 20, reach = UINT64_C(0x7f000000);

bool engine_image_take(struct engine_image *image, const uint8_t *bytes, size_t size)
{
	static char reason[REASON];
	struct binary binary;
	unsigned loads = 0;

	/* The engine's ELF entry means nothing. */
	if (size < sizeof(Elf64_Ehdr) || !binary_take(&binary, bytes, size, reason))
		return false;
	memset(image, 0, sizeof(*image));
	for (unsigned i = 0; i < binary.count; i++) {
		if (binary.segments[i].p_type != PT_LOAD)
			continue;
		if (loads < 2)
			*(loads ? &image->data : &image->text) = binary.segments[i];
		loads++;
	}
	image->bytes = bytes;
	image->about = (const void *)(bytes + image->text.p_offset);
	return loads == 2 && image->text.p_vaddr == 0 && image->text.p_flags == (PF_R | PF_X) &&
	       image->data.p_flags == (PF_R | PF_W) &&
	       image->text.p_filesz >= sizeof(*image->about) &&
	       image->text.p_filesz == image->text.p_memsz &&
	       memcmp(image->about->magic, PATCHED_MAGIC, sizeof(image->about->magic)) == 0 &&
	       image->about->abi == PATCHED_ABI && image->about->size == sizeof(*image->about) &&
	       image->about->start < image->text.p_filesz &&
	       image->about->enter < image->text.p_filesz;
}

/* Returns how many program headers fit after the present ones, in bytes that nothing else uses.
 * Section headers there do not count: they move to the end anyway. */
static unsigned room_behind(const struct binary *binary)
{
	const Elf64_Ehdr *header = binary->header;
	const Elf64_Shdr *sections = binary_sections(binary);
	uint64_t from = header->e_phoff + binary->count * sizeof(Elf64_Phdr);
	uint64_t to = from + ADDED * sizeof(Elf64_Phdr);
	uint64_t end = sections ? header->e_shoff + header->e_shnum * sizeof(*sections) : 0;
	bool loaded = false;

	if (!sections || header->e_phoff != sizeof(*header))
		return 0; /* these bytes may mean anything */
	for (unsigned i = 1; i < header->e_shnum; i++)
		if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_size &&
		    sections[i].sh_offset < to && sections[i].sh_offset >= from)
			to = sections[i].sh_offset;
		else if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_offset < from &&
			 sections[i].sh_size > from - sections[i].sh_offset)
			return 0;
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];

		/* The first segment has the headers; if it ends with them, it may grow. */
		if (segment->p_type == PT_LOAD && !segment->p_offset && segment->p_filesz >= from)
			loaded = segment->p_filesz >= to || segment->p_memsz == segment->p_filesz;
		else if (segment->p_filesz && segment->p_offset >= from && segment->p_offset < to)
			to = segment->p_offset;
	}
	for (uint64_t at = from; at < to; at++)
		if (at >= binary->size ||
		    (binary->bytes[at] && !(at >= header->e_shoff && at < end)))
			to = at;
	return loaded && to > from ? (unsigned)((to - from) / sizeof(Elf64_Phdr)) : 0;
}

/* Program headers that nobody needs at run time, in the order in which they are dropped. */
enum spare { SPARE_EMPTY, SPARE_PROPERTY, SPARE_PHDR, SPARE_NOTE, SPARES };

static bool is_spare(const struct binary *binary, const Elf64_Phdr *segment, enum spare spare)
{
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *other = &binary->segments[i];

		/* The engine changes stacks, so the program cannot have a shadow stack. */
		if (spare == SPARE_PROPERTY && other->p_type == PT_GNU_PROPERTY &&
		    (segment == other ||
		     (segment->p_type == PT_NOTE && segment->p_offset == other->p_offset &&
		      segment->p_filesz == other->p_filesz)))
			return true;
		/* With PT_DYNAMIC, libcs find their base without PT_PHDR. */
		if (spare == SPARE_PHDR && segment->p_type == PT_PHDR &&
		    other->p_type == PT_DYNAMIC)
			return true;
	}
	return (spare == SPARE_EMPTY &&
		(segment->p_type == PT_NULL || segment->p_type == PT_PAX_FLAGS)) ||
	       (spare == SPARE_NOTE && segment->p_type == PT_NOTE);
}

/*
 * Marks the program headers to drop, so that the others stay in place. False if there is too little
 * room.
 */
static bool stays_in_place(struct layout *layout, const struct binary *binary)
{
	unsigned room = 0, behind = room_behind(binary);

	for (unsigned spare = 0; spare < SPARES; spare++) {
		if (spare == SPARE_PHDR)
			room += behind;
		for (unsigned i = 0; i < binary->count && room < ADDED; i++) {
			if (layout->dropped[i] ||
			    !is_spare(binary, &binary->segments[i], (enum spare)spare))
				continue;
			layout->dropped[i] = true;
			layout->segments--;
			room++;
		}
		if (room >= ADDED)
			return true;
	}
	memset(layout->dropped, 0, sizeof(layout->dropped));
	layout->segments = binary->count + ADDED;
	return false;
}

/*
 * False, with a reason, if the program has a payload at its end, however short: it would not find
 * it there any more. Linkers and other tools may leave zeros.
 */
static bool ends_as_headers_say(struct binary *binary)
{
	const Elf64_Ehdr *header = binary->header;
	const Elf64_Shdr *sections = binary_sections(binary);
	uint64_t end = sections ? header->e_shoff + header->e_shnum * sizeof(*sections) : 0;
	uint64_t padded;

	for (unsigned i = 0; i < binary->count; i++)
		if (binary->segments[i].p_type != PT_GNU_STACK &&
		    end < binary->segments[i].p_offset + binary->segments[i].p_filesz)
			end = binary->segments[i].p_offset + binary->segments[i].p_filesz;
	for (unsigned i = 1; i < header->e_shnum; i++)
		if (sections[i].sh_type != SHT_NOBITS &&
		    end < sections[i].sh_offset + sections[i].sh_size)
			end = sections[i].sh_offset + sections[i].sh_size;
	padded = end;
	while (padded < binary->size && !binary->bytes[padded])
		padded++;
	return (padded >= binary->size && page_up(end) >= binary->size - binary->size % 16) ||
	       refuse(binary, "something stands behind its end, at 0x%lx of the file", end);
}

/* The offset where the file's loaded bytes end. */
static uint64_t loaded_end(const struct binary *binary)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < binary->count; i++)
		if (binary->segments[i].p_type == PT_LOAD)
			end = binary->segments[i].p_offset + binary->segments[i].p_filesz;
	return end;
}

bool layout_make(struct layout *layout, struct binary *binary, const struct engine_image *image,
		 const struct sites *sites)
{
	const uint64_t loaded = loaded_end(binary);
	uint64_t front;

	memset(layout, 0, sizeof(*layout));
	if (!ends_as_headers_say(binary))
		return false;
	if (memmem(binary->bytes, binary->size < PAGE ? binary->size : PAGE, "UPX!", 4))
		return refuse(binary, "it is packed");
	layout->segments = binary->count + ADDED;
	layout->address = page_up(binary->end);
	layout->offset = page_up(binary->size);
	if (layout->segments > BINARY_SEGMENTS)
		return refuse(binary, "it has too many segments");
	if (!stays_in_place(layout, binary)) {
		if (layout->offset + binary->base < layout->address)
			layout->offset = layout->address - binary->base;
		layout->offset += (loaded + HEADER_ALIGN - 1) % PAGE &
				  ~(uint64_t)(HEADER_ALIGN - 1);
		layout->unnamed = loaded % HEADER_ALIGN;
		layout->address = layout->offset + binary->base;
		layout->record = page_up(layout->address + layout->segments * sizeof(Elf64_Phdr)) -
				 layout->address;
		if (layout->offset - binary->size > hole_most)
			return refuse(binary, "there is no room for its headers");
	}
	layout->trampolines = layout->record + RECORD_ROOM;
	front = layout->trampolines + sites->count * (TRAMPOLINE_MOST + WINDOW_MOST);
	layout->image = page_up(layout->address + front);
	layout->end_offset =
		layout->offset + (layout->image - layout->address) + image->text.p_filesz;
	layout->data_offset = page_up(layout->end_offset) + image->data.p_vaddr % PAGE;
	layout->end_offset = layout->data_offset + image->data.p_filesz;
	if (layout->image + image->data.p_vaddr + image->data.p_memsz - binary->base > reach)
		return refuse(binary, "it is too large for a jump to reach what is added");
	return true;
}
