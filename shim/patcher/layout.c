/* SPDX-License-Identifier: MIT */
/*
 * Lays out what is added: behind all that there is, in memory and in the file.
 *
 * Until Linux 5.18 a program was told that its headers are as far from its first segment in memory
 * as in the file. Headers that are moved are put where that is true: the file may get a hole.
 */
#include "layout.h"

#include <string.h>

enum {
	ADDED = 2,
	TRAMPOLINE_MOST = 64, /* without what is displaced */
	RECORD_ROOM = 64,
};

static const uint64_t hole_most = 64 << 20, reach = UINT64_C(0x7f000000);

bool engine_image_take(struct engine_image *image, const uint8_t *bytes, size_t size)
{
	static char reason[REASON];
	struct binary binary;
	unsigned loads = 0;

	/* Its entry says nothing. */
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

/* Whether the program headers can grow where they are: nothing stands behind them. */
static bool may_grow(const struct binary *binary)
{
	const Elf64_Ehdr *header = binary->header;
	const Elf64_Shdr *sections = (const void *)(binary->bytes + header->e_shoff);
	uint64_t from = header->e_phoff + binary->count * sizeof(Elf64_Phdr);
	uint64_t to = from + ADDED * sizeof(Elf64_Phdr);
	bool loaded = false;

	if (!header->e_shnum)
		return false; /* who knows what these bytes are */
	for (unsigned i = 1; i < header->e_shnum; i++)
		if (sections[i].sh_type != SHT_NOBITS && sections[i].sh_offset < to &&
		    sections[i].sh_offset + sections[i].sh_size > from)
			return false;
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];
		uint64_t end = segment->p_offset + segment->p_filesz;

		if (segment->p_type == PT_LOAD)
			loaded |= segment->p_offset <= header->e_phoff && end >= to;
		else if (segment->p_offset < to && end > from)
			return false;
	}
	for (uint64_t at = from; at < to; at++)
		if (at >= binary->size || binary->bytes[at])
			return false;
	return loaded && (header->e_shoff >= to || header->e_shoff < from);
}

/* A payload, which the program would look for there, would not be at the end any more. */
static bool ends_as_headers_say(struct binary *binary)
{
	const Elf64_Ehdr *header = binary->header;
	const Elf64_Shdr *sections = (const void *)(binary->bytes + header->e_shoff);
	uint64_t end = header->e_shnum ? header->e_shoff + header->e_shnum * sizeof(*sections) : 0;

	for (unsigned i = 0; i < binary->count; i++)
		if (binary->segments[i].p_type != PT_GNU_STACK &&
		    end < binary->segments[i].p_offset + binary->segments[i].p_filesz)
			end = binary->segments[i].p_offset + binary->segments[i].p_filesz;
	for (unsigned i = 1; i < header->e_shnum; i++)
		if (sections[i].sh_type != SHT_NOBITS &&
		    end < sections[i].sh_offset + sections[i].sh_size)
			end = sections[i].sh_offset + sections[i].sh_size;
	return page_up(end) >= binary->size - binary->size % 16 ||
	       refuse(binary, "something stands behind its end, at 0x%lx of the file", end);
}

bool layout_make(struct layout *layout, struct binary *binary, const struct engine_image *image,
		 const struct sites *sites)
{
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
	if (!may_grow(binary)) {
		layout->headers = RECORD_ROOM;
		if (layout->offset + binary->base < layout->address)
			layout->offset = layout->address - binary->base;
		layout->address = layout->offset + binary->base;
		if (layout->offset - binary->size > hole_most)
			return refuse(binary, "there is no room for its headers");
	}
	layout->trampolines = RECORD_ROOM;
	if (layout->headers)
		layout->trampolines += layout->segments * sizeof(Elf64_Phdr);
	front = layout->trampolines + sites->count * (TRAMPOLINE_MOST + WINDOW_MOST);
	layout->image = layout->address + page_up(front);
	layout->end_offset = layout->offset + page_up(front) + image->text.p_filesz;
	layout->data_offset = page_up(layout->end_offset) + image->data.p_vaddr % PAGE;
	layout->end_offset = layout->data_offset + image->data.p_filesz;
	if (layout->image + image->data.p_vaddr + image->data.p_memsz - binary->base > reach)
		return refuse(binary, "it is too large for a jump to reach what is added");
	return true;
}
