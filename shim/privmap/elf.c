/* SPDX-License-Identifier: MIT */
/*
 * Reads ELF headers (elf(5)) of either class in this machine's byte order.
 */
#include "elf.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	SEGMENTS = 128,	   /* more program headers than any linker makes are not looked at */
	NOTES = 4096,	   /* nor notes behind that */
	GO_BUILD_ID = 4,   /* cmd/internal/buildid: ELFNOTE "Go", type 4 */
};

/* The fields we need, whatever the class. */
struct segment {
	uint32_t type;
	uint64_t offset, size, align;
};

static int read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	ssize_t count = pread(fd, bytes, size, (off_t)offset);

	if (count < 0)
		return errno;
	return (size_t)count == size ? 0 : ENOEXEC;
}

static int segment_at(int fd, const Elf64_Ehdr *header, unsigned i, struct segment *segment)
{
	union {
		Elf32_Phdr narrow;
		Elf64_Phdr wide;
	} raw;
	bool narrow = header->e_ident[EI_CLASS] == ELFCLASS32;
	int error = read_at(fd, &raw, narrow ? sizeof(raw.narrow) : sizeof(raw.wide),
			    header->e_phoff + (uint64_t)i * header->e_phentsize);

	if (error)
		return error;
	*segment = narrow ? (struct segment){ raw.narrow.p_type, raw.narrow.p_offset,
					      raw.narrow.p_filesz, raw.narrow.p_align } :
			    (struct segment){ raw.wide.p_type, raw.wide.p_offset,
					      raw.wide.p_filesz, raw.wide.p_align };
	return 0;
}

static uint64_t round_up(uint64_t size, uint64_t align)
{
	return (size + align - 1) & ~(align - 1);
}

static bool has_go_note(int fd, const struct segment *segment)
{
	char notes[NOTES];
	size_t size = segment->size < sizeof(notes) ? (size_t)segment->size : sizeof(notes);
	uint64_t align = segment->align == 8 ? 8 : 4;
	Elf64_Nhdr note; /* the same in both classes */

	if (read_at(fd, notes, size, segment->offset))
		return false;
	for (uint64_t at = 0; at + sizeof(note) <= size;) {
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
static int read_header(int fd, Elf64_Ehdr *header)
{
	Elf32_Ehdr narrow;
	int error = read_at(fd, &narrow, sizeof(narrow), 0);

	if (error)
		return error;
	if (memcmp(narrow.e_ident, ELFMAG, SELFMAG) != 0)
		return ENOEXEC;
	if (narrow.e_ident[EI_CLASS] == ELFCLASS64)
		return read_at(fd, header, sizeof(*header), 0);
	memset(header, 0, sizeof(*header));
	memcpy(header->e_ident, narrow.e_ident, sizeof(header->e_ident));
	header->e_type = narrow.e_type;
	header->e_machine = narrow.e_machine;
	header->e_phoff = narrow.e_phoff;
	header->e_phentsize = narrow.e_phentsize;
	header->e_phnum = narrow.e_phnum;
	return 0;
}

int elf_look(int fd, struct elf *elf)
{
	static const unsigned char byte_order = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB :
									      ELFDATA2MSB;
	Elf64_Ehdr header;
	int error = read_header(fd, &header);

	if (error)
		return error;
	memset(elf, 0, sizeof(*elf));
	elf->class = header.e_ident[EI_CLASS];
	elf->data = header.e_ident[EI_DATA];
	elf->machine = header.e_machine;
	if (elf->data != byte_order)
		return 0; /* another architecture: nobody asks for more */
	for (unsigned i = 0; i < header.e_phnum && i < SEGMENTS; i++) {
		struct segment segment;

		error = segment_at(fd, &header, i, &segment);
		if (error)
			return error;
		if (segment.type == PT_INTERP && segment.size < sizeof(elf->interpreter))
			error = read_at(fd, elf->interpreter, (size_t)segment.size,
					segment.offset);
		else if (segment.type == PT_NOTE)
			elf->go |= has_go_note(fd, &segment);
		if (error)
			return error;
	}
	return 0;
}

const char *elf_machine_name(const struct elf *elf, char *room)
{
	switch (elf->machine) {
	case EM_X86_64:
		return elf->class == ELFCLASS32 ? "x32" : "x86_64";
	case EM_386:
		return "i386";
	case EM_AARCH64:
		return "aarch64";
	case EM_ARM:
		return "arm";
	case EM_RISCV:
		return "riscv";
	case EM_PPC64:
		return "ppc64";
	case EM_S390:
		return "s390";
	default:
		snprintf(room, 16, "machine %u", elf->machine);
		return room;
	}
}
