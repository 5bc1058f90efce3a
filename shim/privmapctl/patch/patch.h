/* SPDX-License-Identifier: MIT */
/*
 * Patches programs: a copy that needs the library, a copy with the engine in it, or a launcher that
 * runs privmap replaces the program. The original stays in its directory.
 */
#pragma once

#include "original.h"
#include "patched-record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct elf;
struct launcher;

/* A patched system call: the addresses of the jump and of the call; number -1: an argument. */
struct patch_site {
	uint64_t window, address;
	int number;
};

/* The state of a patch. */
struct patch {
	const char *binary;	 /* its real name, without symbolic links */
	struct stat found;	 /* the binary, before anything of it was read */
	const char *original;	 /* the name that the original gets */
	const char *library;	 /* the library that it will need; NULL: none */
	const char *privmap;	 /* the privmap that will run it; NULL: none */
	const char *interpreter; /* its dynamic linker */
	const char *engine;  /* the version of the engine in it, present or future; NULL: none */
	const char *refused; /* why the engine cannot go into it; NULL: not tried, or it can */
	struct patch_record record; /* of the engine in it; size 0: none */
	bool launcher;		    /* use a launcher, even where the engine would do */
	bool starts;		    /* start the outcome to compare it */
	bool dry;		    /* write nothing */
	bool was;		    /* it is patched already */
	struct patch_site *sites;
	size_t site_count;
	unsigned left;	/* system calls that stay, with an unknown number */
	uint64_t grows; /* the new size in bytes */
	char *copy;	/* the temporary file that will replace it; NULL: none */
};

/* Removes the copy, prints what about the binary, and ends. */
_Noreturn void patch_fail(const struct patch *patch, const char *what);
#define give_up(patch, ...) patch_fail(patch, cli_text(__VA_ARGS__))

/* Returns the name by which the binary needs the library; NULL if it does not. */
const char *patch_needed(const struct patch *patch);

/* Makes the copy of file, with the library added. */
void patch_with_library(struct patch *patch, const char *file);

/* Checks that the dynamic linker can load the copy, without running its code. */
void patch_check_library(const struct patch *patch);

/*
 * Makes the copy with the engine in it. False, with the reason in refused, if that is impossible.
 */
bool patch_with_engine(struct patch *patch);

/* Sums a file's bytes, to recognize the file later. False with an errno if it cannot be read. */
bool file_sum(const char *file, uint64_t *size, uint64_t *sum);

/* Makes the copy, a launcher. */
void patch_with_launcher(struct patch *patch);

/* False if the file is no program, for example a library. fd and elf belong to the same file. */
bool launcher_can_stand_for(int fd, const struct elf *elf);

/* Reads the record of the launcher in fd; false if it is none. */
bool launcher_read(int fd, struct launcher *launcher);

/* True if file has the bytes of the original that launcher was made for. */
bool launcher_is_for(const struct launcher *launcher, const char *file);
