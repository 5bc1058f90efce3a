/* SPDX-License-Identifier: MIT */
/*
 * Reads ELF headers (elf(5)) of either class in this machine's byte order.
 */
#include "elf-look.h"

#include "kernel.h"
#include "patched-record.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

enum {
	SEGMENTS = 128,	 /* no linker makes more program headers; any others are ignored */
	WINDOW = 1024,	 /* in most files the first WINDOW bytes have all that is read */
	GO_BUILD_ID = 4, /* cmd/internal/buildid: ELFNOTE "Go", type 4 */
};

/* The bytes that were read last. */
struct window {
	int fd;
	uint64_t at;
	size_t have;
	int error;
	unsigned char bytes[WINDOW];
};

/* The fields that are needed, for both classes. */
struct segment {
	uint32_t type, flags;
	uint64_t offset, size, align;
};

/* size bytes, up to WINDOW, at an offset of the file. NULL: see error; ENOEXEC at its end. */
static const unsigned char *bytes_at(struct window *window, size_t size, uint64_t offset)
{
	if (offset < window->at || offset - window->at > window->have ||
	    window->have - (offset - window->at) < size) {
		word count = kernel_pread(window->fd, window->bytes, WINDOW, offset);

		window->at = offset;
		window->have = count < 0 ? 0 : (size_t)count;
		window->error = count < 0 ? (int)-count : ENOEXEC;
		if (window->have < size)
			return NULL;
	}
	return window->bytes + (offset - window->at);
}

static int segment_at(struct window *window, const Elf64_Ehdr *header, unsigned i,
		      struct segment *segment)
{
	Elf32_Phdr narrow;
	Elf64_Phdr wide;
	bool is_narrow = header->e_ident[EI_CLASS] == ELFCLASS32;
	const unsigned char *bytes = bytes_at(window, is_narrow ? sizeof(narrow) : sizeof(wide),
					      header->e_phoff + (uint64_t)i * header->e_phentsize);

	if (!bytes)
		return window->error;
	if (is_narrow) {
		memcpy(&narrow, bytes, sizeof(narrow));
		*segment = (struct segment){ narrow.p_type, narrow.p_flags, narrow.p_offset,
					     narrow.p_filesz, narrow.p_align };
	} else {
		memcpy(&wide, bytes, sizeof(wide));
		*segment = (struct segment){ wide.p_type, wide.p_flags, wide.p_offset,
					     wide.p_filesz, wide.p_align };
	}
	return 0;
}

static uint64_t round_up(uint64_t size, uint64_t align)
{
	return (size + align - 1) & ~(align - 1);
}

/* Looks only at the beginning of notes longer than WINDOW. */
static bool has_go_note(struct window *window, const struct segment *segment)
{
	size_t size = segment->size < WINDOW ? (size_t)segment->size : WINDOW;
	uint64_t align = segment->align == 8 ? 8 : 4;
	const unsigned char *notes = bytes_at(window, size, segment->offset);
	Elf64_Nhdr note; /* the same in both classes */

	for (uint64_t at = 0; notes && at + sizeof(note) <= size;) {
		uint64_t name = at + sizeof(note);

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_type == GO_BUILD_ID && note.n_namesz == 4 && name + 4 <= size &&
		    memcmp(notes + name, "Go\0", 4) == 0)
			return true;
		at = round_up(round_up(name + note.n_namesz, align) + note.n_descsz, align);
	}
	return false;
}

/* The header of either class, widened. */
static int read_header(struct window *window, Elf64_Ehdr *header)
{
	const unsigned char *bytes = bytes_at(window, sizeof(Elf32_Ehdr), 0);
	Elf32_Ehdr narrow;

	if (!bytes)
		return window->error;
	memcpy(&narrow, bytes, sizeof(narrow));
	if (memcmp(narrow.e_ident, ELFMAG, SELFMAG) != 0)
		return ENOEXEC;
	if (narrow.e_ident[EI_CLASS] == ELFCLASS64) {
		bytes = bytes_at(window, sizeof(*header), 0);
		if (!bytes)
			return window->error;
		memcpy(header, bytes, sizeof(*header));
		return 0;
	}
	memset(header, 0, sizeof(*header));
	memcpy(header->e_ident, narrow.e_ident, sizeof(header->e_ident));
	header->e_type = narrow.e_type;
	header->e_machine = narrow.e_machine;
	header->e_phoff = narrow.e_phoff;
	header->e_phentsize = narrow.e_phentsize;
	header->e_phnum = narrow.e_phnum;
	return 0;
}

/* The checks that fs/binfmt_elf.c makes before it gives up the old program. */
static bool is_sound(const Elf64_Ehdr *header)
{
	return (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	       header->e_phentsize == (header->e_ident[EI_CLASS] == ELFCLASS32 ?
					       sizeof(Elf32_Phdr) :
					       sizeof(Elf64_Phdr)) &&
	       header->e_phnum > 0 && header->e_phnum <= SEGMENTS;
}

/* False if the kernel rejects it: it wants only one, of at least 2 bytes, with a NUL at its end. */
static bool take_interpreter(struct window *window, const struct segment *segment, struct elf *elf)
{
	const unsigned char *bytes;

	if (segment->size < 2 || segment->size >= sizeof(elf->interpreter) || elf->interpreter[0])
		return false;
	bytes = bytes_at(window, (size_t)segment->size, segment->offset);
	if (!bytes)
		return false;
	memcpy(elf->interpreter, bytes, (size_t)segment->size);
	return elf->interpreter[0] && !bytes[segment->size - 1];
}

/* The offset of the record in the file, at the start of code; 0 if none can be read. */
static uint64_t find_record(struct window *window, const Elf64_Ehdr *header)
{
	for (unsigned i = 0; i < header->e_phnum && i < SEGMENTS; i++) {
		struct segment segment = { 0 };
		const unsigned char *bytes = NULL;

		if (segment_at(window, header, i, &segment))
			return 0;
		/* It begins a page, behind the program headers if they were moved there. */
		if (header->e_phoff == segment.offset)
			segment.offset += header->e_phnum * sizeof(Elf64_Phdr);
		segment.offset = (segment.offset + RECORD_ALIGN - 1) &
				 ~(uint64_t)(RECORD_ALIGN - 1);
		if (segment.type == PT_LOAD && segment.flags & PF_X)
			bytes = bytes_at(window, sizeof(RECORD_MAGIC), segment.offset);
		if (bytes && memcmp(bytes, RECORD_MAGIC, sizeof(RECORD_MAGIC)) == 0)
			return segment.offset;
	}
	return 0;
}

int elf_look(int fd, struct elf *elf)
{
	static const unsigned char byte_order = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB :
									      ELFDATA2MSB;
	struct window window = { .fd = fd };
	bool loaded = false, sound = true;
	Elf64_Ehdr header = { 0 };
	int error = read_header(&window, &header);

	if (error)
		return error;
	memset(elf, 0, sizeof(*elf));
	elf->class = header.e_ident[EI_CLASS];
	elf->data = header.e_ident[EI_DATA];
	elf->machine = header.e_machine;
	if (elf->data != byte_order)
		return 0; /* another architecture: nobody needs more */
	for (unsigned i = 0; i < header.e_phnum && i < SEGMENTS; i++) {
		struct segment segment = { 0 };

		error = segment_at(&window, &header, i, &segment);
		if (error)
			return error;
		if (segment.type == PT_INTERP) {
			sound &= take_interpreter(&window, &segment, elf);
		} else if (segment.type == PT_NOTE) {
			elf->go |= has_go_note(&window, &segment);
		} else if (segment.type == PT_LOAD) {
			loaded = true;
		}
	}
	elf->sound = sound && loaded && is_sound(&header);
	if (elf->sound && !elf->interpreter[0])
		elf->patched = find_record(&window, &header);
	return 0;
}
