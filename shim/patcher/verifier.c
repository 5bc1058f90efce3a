/* SPDX-License-Identifier: MIT */
/*
 * Checks that in a patched file: all segments of the original exist, with the same bytes except
 * those before a syscall; the jumps that replace these lead to a trampoline that has the old
 * instructions, and comes back to the syscall or to the instruction after it; the added part is the
 * engine's image, which is nowhere both writable and executable, and overlaps nothing.
 */
#include "verifier.h"

#include "image.h"

#include <elf.h>
#include <string.h>

enum { LONGEST_WINDOW = 5 + 15, PAGE_SIZE = 4096 };

struct check {
	struct verified *files;
	const Elf64_Ehdr *before, *after;
	const Elf64_Phdr *old, *new; /* program headers */
	const Elf64_Phdr *text, *data;
	uint64_t image; /* its address in the program */
	uint64_t base;	/* of text: the offset of address 0 in the file */
	const struct patched_image *about;
};

static bool wrong(struct check *check, const char *reason, uint64_t at)
{
	check->files->reason = reason;
	check->files->at = at;
	return false;
}

static bool fits(uint64_t offset, uint64_t size, uint64_t most)
{
	return offset <= most && size <= most - offset;
}

/* True for a table of dynamic symbols that was empty, and for its names: the engine's symbols may
 * have replaced them, but must not be loaded. */
static bool names_symbols(const struct check *check, unsigned section)
{
	const Elf64_Shdr *old = (const void *)(check->files->original + check->before->e_shoff);
	const Elf64_Shdr *new = (const void *)(check->files->patched + check->after->e_shoff);

	for (unsigned i = 1; i < check->before->e_shnum; i++)
		if (old[i].sh_type == SHT_DYNSYM && old[i].sh_size <= sizeof(Elf64_Sym) &&
		    (i == section || old[i].sh_link == section))
			return new[section].sh_type == old[section].sh_type &&
			       !new[section].sh_flags && !new[section].sh_addr;
	return false;
}

/* All of its own and those of the engine; or none, where strip(1) could not keep them. */
static bool has_its_sections(const Elf64_Ehdr *before, const Elf64_Ehdr *after)
{
	if (!before->e_shnum || !after->e_shnum)
		return !after->e_shnum && after->e_shoff == (before->e_shnum ? 0 : before->e_shoff);
	return after->e_shnum == before->e_shnum + 3 || /* without symbols */
	       after->e_shnum == before->e_shnum + 5;
}

static bool check_header(struct check *check)
{
	struct verified *files = check->files;
	Elf64_Ehdr one, other;

	if (files->original_size < sizeof(one) || files->patched_size < files->original_size)
		return wrong(check, "the file is too short", files->patched_size);
	check->before = (const void *)files->original;
	check->after = (const void *)files->patched;
	memcpy(&one, files->original, sizeof(one));
	memcpy(&other, files->patched, sizeof(other));
	one.e_entry = other.e_entry;
	one.e_phoff = other.e_phoff;
	one.e_phnum = other.e_phnum;
	one.e_shoff = other.e_shoff;
	one.e_shnum = other.e_shnum;
	if (check->before->e_shnum && !other.e_shnum)
		one.e_shstrndx = SHN_UNDEF;
	if (memcmp(&one, &other, sizeof(one)) != 0)
		return wrong(check, "the file's header has changed", 0);
	if (!fits(one.e_phoff, (uint64_t)one.e_phnum * sizeof(Elf64_Phdr), files->patched_size) ||
	    !fits(one.e_shoff, (uint64_t)one.e_shnum * sizeof(Elf64_Shdr), files->patched_size))
		return wrong(check, "headers lie outside of the file", one.e_phoff);
	if (!has_its_sections(check->before, &one))
		return wrong(check, "there are other sections", one.e_shnum);
	for (unsigned i = 0; one.e_shnum && i < check->before->e_shnum; i++)
		if (i != one.e_shstrndx && !names_symbols(check, i) &&
		    memcmp(files->original + check->before->e_shoff + i * sizeof(Elf64_Shdr),
			   files->patched + one.e_shoff + i * sizeof(Elf64_Shdr),
			   sizeof(Elf64_Shdr)) != 0)
			return wrong(check, "a section header has changed", i);
	check->old = (const void *)(files->original + check->before->e_phoff);
	check->new = (const void *)(files->patched + one.e_phoff);
	return true;
}

/* True for program headers that a program can do without. */
static bool may_go(uint32_t type)
{
	return type == PT_NULL || type == PT_NOTE || type == PT_GNU_PROPERTY || type == PT_PHDR ||
	       type == 0x65041580;
}

/* True if the only change is that the segment grew to the end of the program headers. */
static bool has_grown(const struct check *check, const Elf64_Phdr *old, const Elf64_Phdr *new)
{
	uint64_t end = check->after->e_phoff + check->after->e_phnum * sizeof(*new);
	Elf64_Phdr grown = *old;

	grown.p_filesz = end;
	grown.p_memsz = end;
	return old->p_type == PT_LOAD && old->p_offset == 0 && old->p_filesz == old->p_memsz &&
	       old->p_filesz < end && memcmp(&grown, new, sizeof(grown)) == 0;
}

/* The old program headers must keep their order, with the new ones after the last PT_LOAD. */
static bool check_segments(struct check *check)
{
	unsigned j = 0, loads = 0, count = check->after->e_phnum;
	uint64_t end = 0, headers = 0, at;
	const Elf64_Phdr *first = NULL;
	bool found = false;

	for (unsigned i = 0; i < check->before->e_phnum; i++)
		loads += check->old[i].p_type == PT_LOAD;
	for (unsigned i = 0; i < check->before->e_phnum; i++) {
		const Elf64_Phdr *old = &check->old[i];

		if (j < count && old->p_type == PT_PHDR && check->new[j].p_type == PT_PHDR) {
			headers = check->new[j].p_vaddr;
			if (check->new[j].p_offset != check->after->e_phoff ||
			    check->new[j].p_filesz != count * sizeof(*old))
				return wrong(check, "a program header is wrong", j);
		} else if (j >= count || (memcmp(old, &check->new[j], sizeof(*old)) != 0 &&
					  !has_grown(check, old, &check->new[j]))) {
			if (!may_go(old->p_type))
				return wrong(check, "a program header has changed", j);
			continue;
		}
		j++;
		if (old->p_type == PT_LOAD && --loads == 0 && j + 2 <= count) {
			check->text = &check->new[j];
			check->data = check->text + 1;
			j += 2;
		}
	}
	if (j != count)
		return wrong(check, "there are other segments", j);
	if (!check->text || check->text->p_flags != (PF_R | PF_X) ||
	    check->text->p_type != PT_LOAD || check->data->p_type != PT_LOAD ||
	    check->data->p_flags != (PF_R | PF_W))
		return wrong(check, "the new segments are not those of code and data", 0);
	for (const Elf64_Phdr *new = check->text; new <= check->data; new ++)
		if (new->p_paddr != new->p_vaddr || new->p_align != PAGE_SIZE)
			return wrong(check, "a new segment is not like others", new->p_vaddr);
	for (unsigned i = 0; i < check->after->e_phnum; i++) {
		const Elf64_Phdr *segment = &check->new[i];

		if (segment->p_type != PT_LOAD)
			continue;
		if (!first)
			first = segment;
		if (!fits(segment->p_offset, segment->p_filesz, check->files->patched_size) ||
		    (segment->p_vaddr - segment->p_offset) % PAGE_SIZE ||
		    segment->p_memsz < segment->p_filesz ||
		    (end && (segment->p_vaddr < end ||
			     (segment >= check->text &&
			      segment->p_vaddr / PAGE_SIZE <= (end - 1) / PAGE_SIZE))))
			return wrong(check, "a segment lies over another, or nowhere", i);
		end = segment->p_vaddr + segment->p_memsz;
		/* The address that an old or new kernel tells the program for its headers. */
		if (check->after->e_phoff < segment->p_offset ||
		    check->after->e_phoff + count * sizeof(*segment) >
			    segment->p_offset + segment->p_filesz)
			continue;
		at = segment->p_vaddr + (check->after->e_phoff - segment->p_offset);
		if ((headers && at != headers) ||
		    at != first->p_vaddr - first->p_offset + check->after->e_phoff)
			return wrong(check, "the program headers are not where they say", at);
		found = true;
	}
	if (!found)
		return wrong(check, "the program headers are not in memory", 0);
	check->base = check->text->p_offset - check->text->p_vaddr;
	return true;
}

/* Checks the engine's image, at the end of the new code, and its data. */
static bool check_image(struct check *check)
{
	struct verified *files = check->files;
	const Elf64_Ehdr *header = (const void *)files->image;
	const Elf64_Phdr *part = (const void *)(files->image + header->e_phoff);
	const Elf64_Phdr *parts[2] = { NULL, NULL };
	const uint8_t *text, *data;
	struct patched_image about;

	for (unsigned i = 0, n = 0; i < header->e_phnum && n < 2; i++)
		if (part[i].p_type == PT_LOAD)
			parts[n++] = &part[i];
	if (!parts[1] || parts[0]->p_filesz > check->text->p_filesz)
		return wrong(check, "the engine is not there", 0);
	check->image = check->text->p_vaddr + check->text->p_filesz - parts[0]->p_filesz;
	text = files->patched + (check->image + check->base);
	data = files->patched + check->data->p_offset;
	memcpy(&about, text, sizeof(about));
	check->about = (const void *)(files->image + parts[0]->p_offset);
	if (check->image % PAGE_SIZE || check->data->p_vaddr != check->image + parts[1]->p_vaddr ||
	    check->data->p_filesz != parts[1]->p_filesz ||
	    check->data->p_memsz != parts[1]->p_memsz)
		return wrong(check, "the engine does not lie as it should", check->image);
	if (check->image + (uint64_t)about.original_entry != check->before->e_entry ||
	    check->after->e_entry != check->image + check->about->start)
		return wrong(check, "the program would begin elsewhere", check->after->e_entry);
	about.original_entry = check->about->original_entry;
	if (memcmp(&about, check->about, sizeof(about)) != 0 ||
	    memcmp(text + sizeof(about), files->image + parts[0]->p_offset + sizeof(about),
		   parts[0]->p_filesz - sizeof(about)) != 0 ||
	    memcmp(data, files->image + parts[1]->p_offset, parts[1]->p_filesz) != 0)
		return wrong(check, "the engine is another", check->image);
	return true;
}

static uint64_t goes_to(const uint8_t *bytes, uint64_t address)
{
	int32_t distance;

	memcpy(&distance, bytes + 1, 4);
	return address + 5 + (uint64_t)(int64_t)distance;
}

/* True for the same instructions; distances may differ by exactly how far these moved. */
static bool same_moved(const uint8_t *there, const uint8_t *here, unsigned size, uint64_t moved)
{
	for (unsigned i = 0; i < size; i++) {
		bool found = false;

		if (there[i] == here[i])
			continue;
		/* The first byte that differs may not be the first of the distance. */
		for (unsigned back = 0; back < 4 && back <= i && !found; back++) {
			unsigned at = i - back;
			int32_t one, other;

			if (at + 4 > size)
				continue;
			memcpy(&one, there + at, 4);
			memcpy(&other, here + at, 4);
			found = (int64_t)other - one == (int64_t)moved;
			if (found)
				i = at + 3;
		}
		if (!found)
			return false;
	}
	return true;
}

/* Finds the size of the window at an address by its trampoline; 0 if something is wrong. */
static unsigned window_size(struct check *check, uint64_t address, const uint8_t *old,
			    const uint8_t *new)
{
	static const uint8_t down[] = { 0x48, 0x8d, 0x64, 0x24, 0x80, 0xe8 };
	static const uint8_t up[] = { 0x48, 0x8d, 0xa4, 0x24, 0x80, 0, 0, 0, 0xe3, 0x05, 0xe9 };
	uint64_t to = goes_to(new, address);
	const uint8_t *bytes;

	if (new[0] != 0xe9 || to < check->text->p_vaddr || to > check->image - 64)
		return 0;
	bytes = check->files->patched + (to + check->base);
	for (unsigned size = 5; size < LONGEST_WINDOW; size++) {
		const uint8_t *call = bytes + size + 5, *jumps = bytes + size + 20;

		if (old[size] != 0x0f || old[size + 1] != 0x05 || new[size] != 0x0f ||
		    new[size + 1] != 0x05 || memcmp(bytes + size, down, sizeof(down)) != 0 ||
		    memcmp(bytes + size + 10, up, sizeof(up)) != 0 || jumps[5] != 0xe9)
			continue;
		if (goes_to(call, to + size + 5) == check->image + check->about->enter &&
		    goes_to(jumps, to + size + 20) == address + size &&
		    goes_to(jumps + 5, to + size + 25) == address + size + 2 &&
		    same_moved(old, bytes, size, address - to))
			return size;
	}
	return 0;
}

/* True for bytes of the file's header, or of the new program headers. */
static bool is_of_headers(const struct check *check, uint64_t offset)
{
	const Elf64_Ehdr *after = check->after;

	return offset < sizeof(*after) ||
	       (offset >= after->e_phoff &&
		offset < after->e_phoff + after->e_phnum * sizeof(Elf64_Phdr));
}

static bool check_bytes(struct check *check)
{
	struct verified *files = check->files;
	uint64_t size = files->original_size, windows = 0;

	for (uint64_t at = 0; at < size; at++) {
		const Elf64_Phdr *in = NULL;
		unsigned window;
		uint64_t address;

		/* Most pages are equal; this compares them faster. */
		while (size - at >= PAGE_SIZE &&
		       memcmp(files->original + at, files->patched + at, PAGE_SIZE) == 0)
			at += PAGE_SIZE;
		if (at == size)
			break;
		if (files->original[at] == files->patched[at] || is_of_headers(check, at))
			continue;
		for (unsigned i = 0; i < check->before->e_phnum; i++)
			if (check->old[i].p_type == PT_LOAD && (check->old[i].p_flags & PF_X) &&
			    at >= check->old[i].p_offset &&
			    at - check->old[i].p_offset < check->old[i].p_filesz)
				in = &check->old[i];
		if (!in || size - at < LONGEST_WINDOW + 2)
			return wrong(check, "bytes outside of the code have changed", at);
		address = in->p_vaddr + (at - in->p_offset);
		window = window_size(check, address, files->original + at, files->patched + at);
		if (!window)
			return wrong(check, "code has changed where it should not", address);
		windows++;
		at += window - 1;
	}
	if (windows != files->sites)
		return wrong(check, "not all system calls were patched", windows);
	return true;
}

bool verify(struct verified *files)
{
	struct check check = { .files = files };

	return check_header(&check) && check_segments(&check) && check_image(&check) &&
	       check_bytes(&check);
}
