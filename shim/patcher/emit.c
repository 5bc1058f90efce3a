/* SPDX-License-Identifier: MIT */
/*
 * Writes windows, trampolines, the engine and headers into a copy of the program.
 *
 * The syscall instruction stays. The trampoline runs the instructions before it, and asks the
 * engine. If the engine has made the call, the trampoline goes to the instruction after the
 * syscall, else to the syscall itself. So a call blocks, is interrupted and restarts at the
 * original place.
 */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

enum { TRAP = 0xcc, NAMES_MOST = 256 /* of sections, and symbols */ };

/* The file that is being written. */
struct output {
	struct binary *binary;
	const struct engine_image *image;
	const struct layout *layout;
	uint8_t *bytes;
	uint64_t used; /* by trampolines, counted from the start of the first new segment */
};

static void put(uint8_t **at, const void *bytes, size_t size)
{
	memcpy(*at, bytes, size);
	*at += size;
}

/* Writes a jump or call at address that leads to target. */
static void put_jump(uint8_t **at, uint8_t opcode, uint64_t address, uint64_t target)
{
	int32_t distance = (int32_t)(target - (address + JUMP_SIZE));

	put(at, &opcode, 1);
	put(at, &distance, 4);
}

/*
 * Moves the instructions of a window to address. False if one cannot reach the address that it
 * names any more.
 */
static bool put_displaced(struct output *output, const struct site *site, const uint8_t *from,
			  uint8_t **at, uint64_t address)
{
	int64_t moved = (int64_t)(site->window - address);
	uint64_t size = site->address - site->window;
	uint8_t *to = *at;
	struct code code;

	put(at, from, size);
	for (uint64_t i = 0; i < size; i += code.length) {
		int32_t distance;
		int64_t wanted;

		if (!code_decode(from + i, size - i, site->window + i, &code))
			return refuse(output->binary, "what is at 0x%lx cannot be moved",
				      site->window + i);
		if (!code.relative)
			continue;
		memcpy(&distance, to + i + code.relative, 4);
		wanted = distance + moved;
		distance = (int32_t)wanted;
		if (distance != wanted)
			return refuse(output->binary, "what is at 0x%lx cannot be moved",
				      site->window + i);
		memcpy(to + i + code.relative, &distance, 4);
	}
	return true;
}

static bool put_site(struct output *output, const struct site *site)
{
	static const uint8_t down[] = { 0x48, 0x8d, 0x64, 0x24, 0x80 }; /* lea -128(%rsp),%rsp */
	static const uint8_t up[] = { 0x48, 0x8d, 0xa4, 0x24, 0x80, 0, 0, 0 };
	static const uint8_t if_handled[] = { 0xe3, JUMP_SIZE }; /* jrcxz */
	const struct layout *layout = output->layout;
	const Elf64_Phdr *segment = binary_code(output->binary, site->window);
	uint8_t *window = output->bytes + segment->p_offset + (site->window - segment->p_vaddr);
	uint8_t *begin = output->bytes + layout->offset + output->used, *at = begin;
	uint64_t address = layout->address + output->used;

	if (!put_displaced(output, site, window, &at, address))
		return false;
	put(&at, down, sizeof(down));
	put_jump(&at, 0xe8, address + (uint64_t)(at - begin),
		 layout->image + output->image->about->enter);
	put(&at, up, sizeof(up));
	put(&at, if_handled, sizeof(if_handled));
	put_jump(&at, 0xe9, address + (uint64_t)(at - begin), site->address);
	put_jump(&at, 0xe9, address + (uint64_t)(at - begin), site->address + SYSCALL_SIZE);
	output->used += ((uint64_t)(at - begin) + 15) & ~UINT64_C(15);
	memset(window, TRAP, site->address - site->window);
	put_jump(&window, 0xe9, site->window, address);
	return true;
}

static void put_image(struct output *output)
{
	const struct engine_image *image = output->image;
	const struct layout *layout = output->layout;
	uint8_t *text = output->bytes + layout->offset + (layout->image - layout->address);
	struct patched_image about;

	memcpy(text, image->bytes + image->text.p_offset, image->text.p_filesz);
	memcpy(output->bytes + layout->data_offset, image->bytes + image->data.p_offset,
	       image->data.p_filesz);
	memcpy(&about, text, sizeof(about));
	about.original_entry = (int64_t)(output->binary->header->e_entry - layout->image);
	memcpy(text, &about, sizeof(about));
}

static void put_segments(struct output *output)
{
	const struct layout *layout = output->layout;
	const struct engine_image *image = output->image;
	struct binary *binary = output->binary;
	Elf64_Ehdr *header = (void *)output->bytes;
	Elf64_Phdr segments[BINARY_SEGMENTS] = { { 0 } };
	uint64_t text_size = layout->image - layout->address + image->text.p_filesz;
	uint64_t headers_end = binary->header->e_phoff + layout->segments * sizeof(segments[0]);
	unsigned last = 0, count = 0;

	for (unsigned i = 0; i < binary->count; i++)
		if (binary->segments[i].p_type == PT_LOAD)
			last = i;
	if (layout->record)
		header->e_phoff = layout->offset;
	for (unsigned i = 0; i < binary->count; i++) {
		Elf64_Phdr *segment = &segments[count];

		if (layout->dropped[i])
			continue;
		count++;
		*segment = binary->segments[i];
		/* The first segment must hold the program headers, which have grown. */
		if (segment->p_type == PT_LOAD && !segment->p_offset && !layout->record &&
		    segment->p_filesz < headers_end) {
			segment->p_filesz = headers_end;
			segment->p_memsz = headers_end;
		}
		if (segment->p_type == PT_PHDR) {
			if (layout->record) {
				segment->p_offset = header->e_phoff;
				segment->p_vaddr = layout->address;
				segment->p_paddr = segment->p_vaddr;
			}
			segment->p_filesz = layout->segments * sizeof(Elf64_Phdr);
			segment->p_memsz = segment->p_filesz;
		}
		if (i != last)
			continue;
		segments[count++] =
			(Elf64_Phdr){ PT_LOAD,	       PF_R | PF_X, layout->offset, layout->address,
				      layout->address, text_size,   text_size,	    PAGE };
		segments[count++] = (Elf64_Phdr){ PT_LOAD,
						  PF_R | PF_W,
						  layout->data_offset,
						  layout->image + image->data.p_vaddr,
						  layout->image + image->data.p_vaddr,
						  image->data.p_filesz,
						  image->data.p_memsz,
						  PAGE };
	}
	header->e_phnum = (Elf64_Half)count;
	header->e_entry = layout->image + image->about->start;
	memcpy(output->bytes + header->e_phoff, segments, count * sizeof(segments[0]));
}

/* The sections after the program's own ones: the last two only if the program can take names. */
enum { TEXT_SECTION, DATA_SECTION, BSS_SECTION, SYMBOLS, STRINGS, SECTIONS };

/* Returns the first section of a type, or 0. */
static unsigned section_of(const struct binary *binary, uint32_t type)
{
	const Elf64_Shdr *sections = binary_sections(binary);
	unsigned i = 1;

	while (i < binary->header->e_shnum && sections[i].sh_type != type)
		i++;
	return i < binary->header->e_shnum ? i : 0;
}

static const char symbol_names[] = "\0privmap_calls\0privmap_engine";

/* Writes symbols and their names, for profilers and debuggers. */
static void put_symbols(struct output *output, uint64_t *at)
{
	const struct layout *layout = output->layout;
	Elf64_Sym symbols[] = {
		{ 0 },
		{ .st_name = 1,
		  .st_value = layout->address + layout->record,
		  .st_size = layout->image - layout->address - layout->record },
		{ .st_name = 15,
		  .st_value = layout->image,
		  .st_size = output->image->text.p_filesz },
	};

	for (unsigned i = 1; i < 3; i++) {
		symbols[i].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
		symbols[i].st_shndx =
			(Elf64_Section)(output->binary->header->e_shnum + TEXT_SECTION);
	}
	memcpy(output->bytes + *at, symbols, sizeof(symbols));
	memcpy(output->bytes + *at + sizeof(symbols), symbol_names, sizeof(symbol_names));
	*at += sizeof(symbols) + sizeof(symbol_names);
}

/*
 * Describes the table of symbols at an offset. The program's own table is too large to be copied.
 * So ours become dynamic symbols, which profilers read as well, if the program has an ordinary
 * table, and an ordinary table if the program has dynamic symbols. If it has both, ours replace the
 * dynamic ones if these are empty, as in static-pie programs. True if two sections were added; else
 * ours replace a table, or there is no place for them.
 */
static bool name_symbols(const struct output *output, Elf64_Shdr *table, uint64_t offset)
{
	const unsigned count = output->binary->header->e_shnum;
	unsigned own = section_of(output->binary, SHT_SYMTAB);
	unsigned dynamic = section_of(output->binary, SHT_DYNSYM), strings = count + STRINGS;
	unsigned symbols = count + SYMBOLS;

	if (own && dynamic) {
		symbols = dynamic;
		strings = table[dynamic].sh_link;
		if (table[dynamic].sh_size > sizeof(Elf64_Sym) || !strings || strings >= count ||
		    strings == output->binary->header->e_shstrndx)
			return false;
	}
	table[symbols] = (Elf64_Shdr){
		.sh_name = table[symbols].sh_name,
		.sh_type = own ? SHT_DYNSYM : SHT_SYMTAB,
		.sh_offset = offset,
		.sh_size = 3 * sizeof(Elf64_Sym),
		.sh_link = strings,
		.sh_info = 1,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Sym),
	};
	table[strings] = (Elf64_Shdr){
		.sh_name = table[strings].sh_name,
		.sh_type = SHT_STRTAB,
		.sh_offset = offset + 3 * sizeof(Elf64_Sym),
		.sh_size = sizeof(symbol_names),
		.sh_addralign = 1,
	};
	return symbols >= count;
}

/* strip(1) removes bytes that no section has, so the added parts get sections. */
static bool put_sections(struct output *output, size_t *size)
{
	static const char names[] = ".privmap.text\0.privmap.data\0.privmap.bss\0.symtab\0.strtab\0"
				    ".dynsym\0.dynstr";
	static const unsigned name_of[2][SECTIONS] = { { 0, 14, 28, 41, 49 },
						       { 0, 14, 28, 57, 65 } };
	const struct layout *layout = output->layout;
	const struct engine_image *image = output->image;
	const Elf64_Ehdr *old = output->binary->header;
	Elf64_Ehdr *header = (void *)output->bytes;
	const Elf64_Shdr *sections = binary_sections(output->binary);
	Elf64_Shdr strings, *table, *added;
	uint64_t text = layout->address + layout->record;
	uint64_t data = layout->image + image->data.p_vaddr, at = layout->end_offset, symbols;

	*size = at;
	if (layout->unnamed && header->e_shnum) {
		header->e_shoff = 0;
		header->e_shnum = 0;
		header->e_shstrndx = SHN_UNDEF;
	}
	if (!header->e_shnum)
		return true;
	strings = sections[old->e_shstrndx];
	if (strings.sh_type != SHT_STRTAB || strings.sh_offset > output->binary->size ||
	    strings.sh_size > output->binary->size - strings.sh_offset)
		return refuse(output->binary, "its sections have no names");
	memcpy(output->bytes + at, output->binary->bytes + strings.sh_offset, strings.sh_size);
	memcpy(output->bytes + at + strings.sh_size, names, sizeof(names));
	symbols = (at + strings.sh_size + sizeof(names) + 7) & ~UINT64_C(7);
	strings.sh_offset = at;
	at = symbols;
	put_symbols(output, &at);
	at = (at + 7) & ~UINT64_C(7);
	table = (void *)(output->bytes + at);
	memcpy(table, sections, old->e_shnum * sizeof(*table));
	added = table + old->e_shnum;
	for (unsigned i = 0; i < SECTIONS; i++)
		added[i].sh_name = (Elf64_Word)strings.sh_size +
				   name_of[section_of(output->binary, SHT_SYMTAB) != 0][i];
	for (unsigned i = 0; i < SYMBOLS; i++) {
		added[i].sh_type = i == BSS_SECTION ? SHT_NOBITS : SHT_PROGBITS;
		added[i].sh_flags = SHF_ALLOC | (i ? SHF_WRITE : SHF_EXECINSTR);
		added[i].sh_addralign = i == BSS_SECTION ? 1 : 16;
	}
	added[TEXT_SECTION].sh_addr = text;
	added[TEXT_SECTION].sh_offset = layout->offset + layout->record;
	added[TEXT_SECTION].sh_size = layout->image - text + image->text.p_filesz;
	added[DATA_SECTION].sh_addr = data;
	added[DATA_SECTION].sh_offset = layout->data_offset;
	added[DATA_SECTION].sh_size = image->data.p_filesz;
	added[BSS_SECTION].sh_addr = data + image->data.p_filesz;
	added[BSS_SECTION].sh_offset = layout->data_offset + image->data.p_filesz;
	added[BSS_SECTION].sh_size = image->data.p_memsz - image->data.p_filesz;
	strings.sh_size += sizeof(names);
	table[old->e_shstrndx] = strings;
	header->e_shoff = at;
	header->e_shnum = (Elf64_Half)(old->e_shnum +
				       (name_symbols(output, table, symbols) ? SECTIONS : SYMBOLS));
	*size = at + header->e_shnum * sizeof(*sections);
	return true;
}

/* Returns the most bytes that may follow the new segments. */
static size_t tail_most(const struct binary *binary)
{
	const Elf64_Shdr *sections = binary_sections(binary);

	uint64_t names;

	if (!binary->header->e_shnum)
		return 0;
	names = sections[binary->header->e_shstrndx].sh_size;
	return (names < binary->size ? names : binary->size) +
	       (binary->header->e_shnum + (unsigned)SECTIONS) * sizeof(*sections) + NAMES_MOST;
}

uint8_t *emit(struct binary *binary, const struct sites *sites, const struct engine_image *image,
	      const struct layout *layout, uint64_t sum, size_t *size)
{
	struct output output = { binary, image, layout, NULL, layout->trampolines };
	struct patch_record record = { .magic = RECORD_MAGIC, .size = binary->size, .sum = sum };
	bool made = true;

	output.bytes = calloc(1, layout->end_offset + tail_most(binary));
	if (!output.bytes) {
		refuse(binary, "there is no memory");
		return NULL;
	}
	memcpy(output.bytes, binary->bytes, binary->size);
	memset(output.bytes + layout->offset, TRAP, layout->image - layout->address);
	memcpy(record.version, image->about->version, sizeof(record.version));
	memcpy(output.bytes + layout->offset + layout->record, &record, sizeof(record));
	for (size_t i = 0; i < sites->count && made; i++)
		made = put_site(&output, &sites->all[i]);
	put_image(&output);
	put_segments(&output);
	if (made && put_sections(&output, size))
		return output.bytes;
	free(output.bytes);
	return NULL;
}
