/* SPDX-License-Identifier: MIT */
/*
 * Reads dynamic symbol tables (elf(5)) of either class. Every number in the file may be a lie.
 */
#include "imports.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST = 64 << 20 }; /* a table beyond this is not looked at */

struct table {
	uint64_t offset, size;
	uint32_t link;
};

/* The bytes [offset, offset + size) and a NUL behind them; NULL if they are not all there. */
static char *bytes_at(int fd, uint64_t offset, uint64_t size)
{
	char *bytes;

	if (size > LARGEST || offset > INT64_MAX)
		return NULL;
	bytes = malloc((size_t)size + 1);
	if (bytes && pread(fd, bytes, (size_t)size, (off_t)offset) != (ssize_t)size) {
		free(bytes);
		return NULL;
	}
	if (bytes)
		bytes[size] = '\0';
	return bytes;
}

/* Section i, and its type. */
static uint32_t section(const char *headers, bool wide, uint16_t entry, unsigned i,
			struct table *table)
{
	if (wide) {
		Elf64_Shdr header;

		memcpy(&header, headers + (size_t)i * entry, sizeof(header));
		*table = (struct table){ header.sh_offset, header.sh_size, header.sh_link };
		return header.sh_type;
	} else {
		Elf32_Shdr header;

		memcpy(&header, headers + (size_t)i * entry, sizeof(header));
		*table = (struct table){ header.sh_offset, header.sh_size, header.sh_link };
		return header.sh_type;
	}
}

static bool find_tables(int fd, bool *wide, struct table *symbols, struct table *strings)
{
	unsigned char ident[EI_NIDENT];
	Elf64_Ehdr header;
	Elf32_Ehdr narrow;
	uint16_t entry, count;
	char *headers;
	bool found = false;

	if (pread(fd, ident, sizeof(ident), 0) != sizeof(ident))
		return false;
	*wide = ident[EI_CLASS] == ELFCLASS64;
	if (*wide ? pread(fd, &header, sizeof(header), 0) != sizeof(header) :
		    pread(fd, &narrow, sizeof(narrow), 0) != sizeof(narrow))
		return false;
	entry = *wide ? header.e_shentsize : narrow.e_shentsize;
	count = *wide ? header.e_shnum : narrow.e_shnum;
	if (entry < (*wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		return false;
	headers = bytes_at(fd, *wide ? header.e_shoff : narrow.e_shoff, (uint64_t)entry * count);
	for (unsigned i = 0; headers && !found && i < count; i++)
		found = section(headers, *wide, entry, i, symbols) == SHT_DYNSYM &&
			symbols->link < count &&
			section(headers, *wide, entry, symbols->link, strings) == SHT_STRTAB;
	free(headers);
	return found;
}

static bool among(const char *symbols, uint64_t size, bool wide, const char *strings,
		  uint64_t strings_size, const char *name)
{
	size_t entry = wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	for (uint64_t at = 0; at + entry <= size; at += entry) {
		Elf64_Sym symbol;
		Elf32_Sym narrow;
		uint32_t word;
		uint16_t where;

		if (wide) {
			memcpy(&symbol, symbols + at, sizeof(symbol));
			word = symbol.st_name;
			where = symbol.st_shndx;
		} else {
			memcpy(&narrow, symbols + at, sizeof(narrow));
			word = narrow.st_name;
			where = narrow.st_shndx;
		}
		if (where == SHN_UNDEF && word < strings_size && strcmp(strings + word, name) == 0)
			return true;
	}
	return false;
}

int imports(int fd, const char *name)
{
	struct table symbols, strings;
	char *symbol_bytes, *string_bytes;
	bool wide;
	int answer = -1;

	if (!find_tables(fd, &wide, &symbols, &strings))
		return -1;
	symbol_bytes = bytes_at(fd, symbols.offset, symbols.size);
	string_bytes = bytes_at(fd, strings.offset, strings.size);
	if (symbol_bytes && string_bytes)
		answer = among(symbol_bytes, symbols.size, wide, string_bytes, strings.size, name);
	free(symbol_bytes);
	free(string_bytes);
	return answer;
}
