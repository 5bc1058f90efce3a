/* SPDX-License-Identifier: MIT */
/*
 * Checks the headers of a static program. Invariant: it never reads outside of the file, however
 * damaged the headers are.
 */
#include "binary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool refuse(struct binary *binary, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(binary->reason, REASON, format, arguments);
	va_end(arguments);
	return false;
}

static bool lies_within(uint64_t offset, uint64_t size, uint64_t within)
{
	return offset <= within && size <= within - offset;
}

/* The highest address of a program: sums of addresses cannot wrap. */
static const uint64_t highest = UINT64_C(1) << 46;

static bool take_segment(struct binary *binary, unsigned i, uint64_t *last, bool *loaded)
{
	const Elf64_Phdr *segment = &binary->segments[i];

	if (segment->p_type == PT_INTERP)
		return refuse(binary, "it has a dynamic linker");
	if (segment->p_type != PT_LOAD) {
		if (segment->p_type != PT_GNU_STACK &&
		    !lies_within(segment->p_offset, segment->p_filesz, binary->size))
			return refuse(binary, "segment %u lies outside of the file", i);
		return true;
	}
	if (!lies_within(segment->p_offset, segment->p_filesz, binary->size) ||
	    segment->p_memsz < segment->p_filesz ||
	    !lies_within(segment->p_vaddr, segment->p_memsz, highest))
		return refuse(binary, "segment %u lies outside of the file or of memory", i);
	if ((segment->p_vaddr - segment->p_offset) % 4096)
		return refuse(binary, "segment %u does not lie as pages do", i);
	if (*loaded && segment->p_vaddr < *last)
		return refuse(binary, "segment %u overlaps another", i);
	if ((segment->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return refuse(binary, "segment %u is writable and executable", i);
	if (!*loaded)
		binary->base = segment->p_vaddr - segment->p_offset;
	*loaded = true;
	*last = segment->p_vaddr + segment->p_memsz;
	return true;
}

bool binary_take(struct binary *binary, const uint8_t *bytes, size_t size, char reason[REASON])
{
	const Elf64_Ehdr *header = (const void *)bytes;
	uint64_t last = 0;
	bool loaded = false;

	memset(binary, 0, sizeof(*binary));
	binary->bytes = bytes;
	binary->size = size;
	binary->header = header;
	binary->reason = reason;
	if (size < sizeof(*header) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return refuse(binary, "it is not an ELF program");
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64)
		return refuse(binary, "it is not of x86-64");
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return refuse(binary, "it is no program");
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
	    header->e_phnum > BINARY_SEGMENTS ||
	    !lies_within(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), size))
		return refuse(binary, "its program headers are not where they should be");
	binary->count = header->e_phnum;
	memcpy(binary->segments, bytes + header->e_phoff, binary->count * sizeof(Elf64_Phdr));
	for (unsigned i = 0; i < binary->count; i++)
		if (!take_segment(binary, i, &last, &loaded))
			return false;
	if (!loaded)
		return refuse(binary, "it loads nothing");
	binary->end = last;
	if (header->e_shnum &&
	    (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 ||
	     header->e_shnum >= SHN_LORESERVE || header->e_shstrndx >= header->e_shnum ||
	     !lies_within(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), size)))
		return refuse(binary, "its section headers are not where they should be");
	if (!binary_code(binary, header->e_entry))
		return refuse(binary, "it does not begin in its code");
	return true;
}

const uint8_t *binary_at_segment(const struct binary *binary, const Elf64_Phdr *segment,
				 uint64_t address, size_t size)
{
	if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
	    !lies_within(address - segment->p_vaddr, size, segment->p_filesz))
		return NULL;
	return binary->bytes + segment->p_offset + (address - segment->p_vaddr);
}

const uint8_t *binary_at(const struct binary *binary, uint64_t address, size_t size)
{
	const uint8_t *bytes = NULL;

	for (unsigned i = 0; i < binary->count && !bytes; i++)
		bytes = binary_at_segment(binary, &binary->segments[i], address, size);
	return bytes;
}

const Elf64_Phdr *binary_code(const struct binary *binary, uint64_t address)
{
	for (unsigned i = 0; i < binary->count; i++) {
		const Elf64_Phdr *segment = &binary->segments[i];

		if (segment_has_code(segment) && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_filesz)
			return segment;
	}
	return NULL;
}

const Elf64_Shdr *binary_sections(const struct binary *binary)
{
	return binary->header->e_shnum ? (const void *)(binary->bytes + binary->header->e_shoff) :
					 NULL;
}

const Elf64_Shdr *binary_section(const struct binary *binary, const char *name)
{
	const Elf64_Shdr *sections = binary_sections(binary), *strings;
	size_t length = strlen(name) + 1;

	if (!sections)
		return NULL;
	strings = sections + binary->header->e_shstrndx;
	if (strings->sh_type != SHT_STRTAB ||
	    !lies_within(strings->sh_offset, strings->sh_size, binary->size))
		return NULL;
	for (unsigned i = 1; i < binary->header->e_shnum; i++) {
		const Elf64_Shdr *section = sections + i;

		if (lies_within(section->sh_name, length, strings->sh_size) &&
		    memcmp(binary->bytes + strings->sh_offset + section->sh_name, name, length) ==
			    0 &&
		    (section->sh_type == SHT_NOBITS ||
		     lies_within(section->sh_offset, section->sh_size, binary->size)))
			return section;
	}
	return NULL;
}
