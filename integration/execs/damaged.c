/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: ELF files with damaged headers. The answer is always that of the kernel.
 */
#include "execs.h"

#include <elf.h>

/* The kinds that take different ways through the kernel's loader. */
static const char *const kinds[] = { "static", "dynamic" };

static char *bytes;
static size_t size;

static void take(const char *name)
{
	char path[256];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "../../targets/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0 && fstat(fd, &st) == 0);
	size = (size_t)st.st_size;
	bytes = malloc(size);
	MUST(bytes && read(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}

static Elf64_Ehdr *header(void)
{
	return (Elf64_Ehdr *)(void *)bytes;
}

static Elf64_Phdr *segment(uint32_t type)
{
	Elf64_Phdr *segments = (Elf64_Phdr *)(void *)(bytes + header()->e_phoff);

	for (int i = 0; i < header()->e_phnum; i++)
		if (segments[i].p_type == type)
			return &segments[i];
	return NULL;
}

/* Tries what CHANGE makes of each kind; CHANGE returns false if it changes nothing. */
static void damaged(bool (*change)(void))
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		take(kinds[i]);
		if (change()) {
			make_text("it", bytes, size, 0755);
			try_all(&(struct order){
				.file = "./it",
				.keys = "argv",
				.only = "execve execveat fexecve posix_spawn posix_spawnp" });
			MUST(unlink("it") == 0);
		}
		free(bytes);
	}
}

#define DAMAGE(function, ...)                                                                      \
	static bool change_##function(void)                                                        \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
		return true;                                                                       \
	}                                                                                          \
	static void function(void)                                                                 \
	{                                                                                          \
		damaged(change_##function);                                                        \
	}
/* A change of a segment, if the file has such a segment. */
#define OF_SEGMENT(function, type, ...)                                                            \
	static bool change_##function(void)                                                        \
	{                                                                                          \
		Elf64_Phdr *it = segment(type);                                                    \
		if (!it)                                                                           \
			return false;                                                              \
		__VA_ARGS__;                                                                       \
		return true;                                                                       \
	}                                                                                          \
	static void function(void)                                                                 \
	{                                                                                          \
		damaged(change_##function);                                                        \
	}

DAMAGE(nothing, (void)0)
DAMAGE(cut_mark, size = 4)
DAMAGE(cut_ident, size = 16)
DAMAGE(cut_header, size = 63)
DAMAGE(cut_segments, size = 64)
DAMAGE(cut_first_page, size = 4096)
DAMAGE(no_class, bytes[EI_CLASS] = 0)
DAMAGE(narrow_class, bytes[EI_CLASS] = ELFCLASS32)
DAMAGE(odd_class, bytes[EI_CLASS] = (char)200)
DAMAGE(big_endian, bytes[EI_DATA] = ELFDATA2MSB)
DAMAGE(odd_data, bytes[EI_DATA] = 9)
DAMAGE(other_machine, header()->e_machine = EM_S390)
DAMAGE(narrow_machine, header()->e_machine = EM_386)
DAMAGE(no_machine, header()->e_machine = 0)
DAMAGE(relocatable, header()->e_type = ET_REL)
DAMAGE(core_file, header()->e_type = ET_CORE)
DAMAGE(other_type, header()->e_type = header()->e_type == ET_DYN ? ET_EXEC : ET_DYN)
DAMAGE(other_system, bytes[EI_OSABI] = 77)
DAMAGE(other_version, header()->e_version = 9)
DAMAGE(no_segments, header()->e_phnum = 0)
DAMAGE(many_segments, header()->e_phnum = 0xffff)
DAMAGE(some_segments, header()->e_phnum = 1000)
DAMAGE(small_segments, header()->e_phentsize = 1)
DAMAGE(large_segments, header()->e_phentsize = 0xffff)
DAMAGE(segments_behind, header()->e_phoff = size + 10)
DAMAGE(segments_far, header()->e_phoff = UINT64_MAX - 20)
DAMAGE(segments_cut, header()->e_phoff = size - 100)
DAMAGE(segments_odd, header()->e_phoff = 65)
OF_SEGMENT(linker_missing, PT_INTERP, memcpy(bytes + it->p_offset, "/missing", 9))
OF_SEGMENT(linker_directory, PT_INTERP, memcpy(bytes + it->p_offset, "/usr", 5))
OF_SEGMENT(linker_script, PT_INTERP, memcpy(bytes + it->p_offset, "./linker", 9);
	   SCRIPT("linker", "#!/bin/sh\n"))
OF_SEGMENT(linker_text, PT_INTERP, memcpy(bytes + it->p_offset, "./text", 7);
	   SCRIPT("text", "text\n"))
OF_SEGMENT(linker_of_musl, PT_INTERP, memcpy(bytes + it->p_offset, "/lib/ld-musl-no.so", 19))
OF_SEGMENT(linker_empty, PT_INTERP, it->p_filesz = 0)
OF_SEGMENT(linker_unnamed, PT_INTERP, bytes[it->p_offset] = '\0')
OF_SEGMENT(linker_not_ended, PT_INTERP, it->p_filesz -= 1)
OF_SEGMENT(linker_long, PT_INTERP, it->p_filesz = 5000)
OF_SEGMENT(linker_huge, PT_INTERP, it->p_filesz = UINT64_MAX)
OF_SEGMENT(linker_behind, PT_INTERP, it->p_offset = size + 10)
OF_SEGMENT(linker_far, PT_INTERP, it->p_offset = UINT64_MAX - 4)
OF_SEGMENT(linker_made_note, PT_INTERP, it->p_type = PT_NOTE)
OF_SEGMENT(notes_huge, PT_NOTE, it->p_filesz = UINT64_MAX)
OF_SEGMENT(notes_far, PT_NOTE, it->p_offset = UINT64_MAX - 4)
OF_SEGMENT(notes_ones, PT_NOTE, memset(bytes + it->p_offset, 0xff, 16))
OF_SEGMENT(notes_unaligned, PT_NOTE, it->p_align = 3)
OF_SEGMENT(load_far, PT_LOAD, it->p_vaddr = UINT64_C(1) << 60)
OF_SEGMENT(load_huge, PT_LOAD, it->p_memsz = UINT64_C(1) << 46)
OF_SEGMENT(load_overlong, PT_LOAD, it->p_filesz = it->p_memsz + 1)
OF_SEGMENT(load_behind, PT_LOAD, it->p_offset = size + 8192)

/* The same numbers each time. */
static uint32_t next_random(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

static bool change_headers(void)
{
	/* Not the entry and the addresses of segments: with these, only a run would fail. */
	static const unsigned char at[] = { 4, 5, 6, 7, 16, 18, 20, 32, 33, 40, 52, 54, 56, 57 };

	bytes[at[next_random() % sizeof(at)]] = (char)next_random();
	if (next_random() % 4 == 0)
		bytes[64 + next_random() % 56] = (char)next_random();
	return true;
}

static void mutations(void)
{
	for (int i = 0; i < 20; i++)
		damaged(change_headers);
}

const struct conform_case execs_damaged[] = {
	{ "nothing", nothing, NULL },
	{ "cut-in-mark", cut_mark, NULL },
	{ "cut-in-ident", cut_ident, NULL },
	{ "cut-in-header", cut_header, NULL },
	{ "cut-before-segments", cut_segments, NULL },
	{ "cut-to-a-page", cut_first_page, NULL },
	{ "no-class", no_class, NULL },
	{ "narrow-class", narrow_class, NULL },
	{ "odd-class", odd_class, NULL },
	{ "big-endian", big_endian, NULL },
	{ "odd-data", odd_data, NULL },
	{ "other-machine", other_machine, NULL },
	{ "narrow-machine", narrow_machine, NULL },
	{ "no-machine", no_machine, NULL },
	{ "relocatable", relocatable, NULL },
	{ "core-file", core_file, NULL },
	{ "other-type", other_type, NULL },
	{ "other-system", other_system, NULL },
	{ "other-version", other_version, NULL },
	{ "no-segments", no_segments, NULL },
	{ "many-segments", many_segments, NULL },
	{ "some-segments", some_segments, NULL },
	{ "small-segments", small_segments, NULL },
	{ "large-segments", large_segments, NULL },
	{ "segments-behind-the-end", segments_behind, NULL },
	{ "segments-far-away", segments_far, NULL },
	{ "segments-cut", segments_cut, NULL },
	{ "segments-at-an-odd-place", segments_odd, NULL },
	{ "linker-missing", linker_missing, NULL },
	{ "linker-a-directory", linker_directory, NULL },
	{ "linker-a-script", linker_script, NULL },
	{ "linker-a-text", linker_text, NULL },
	{ "linker-of-musl", linker_of_musl, NULL },
	{ "linker-empty", linker_empty, NULL },
	{ "linker-unnamed", linker_unnamed, NULL },
	{ "linker-not-ended", linker_not_ended, NULL },
	{ "linker-long", linker_long, NULL },
	{ "linker-huge", linker_huge, NULL },
	{ "linker-behind-the-end", linker_behind, NULL },
	{ "linker-far-away", linker_far, NULL },
	{ "linker-made-a-note", linker_made_note, NULL },
	{ "notes-huge", notes_huge, NULL },
	{ "notes-far-away", notes_far, NULL },
	{ "notes-of-ones", notes_ones, NULL },
	{ "notes-unaligned", notes_unaligned, NULL },
	{ "load-far-away", load_far, NULL },
	{ "load-huge", load_huge, NULL },
	{ "load-overlong", load_overlong, NULL },
	{ "load-behind-the-end", load_behind, NULL },
	{ "mutations", mutations, NULL },
	{ 0 },
};
