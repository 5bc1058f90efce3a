/* SPDX-License-Identifier: MIT */
/*
 * A program that is patched: what stands in its place is a copy that needs the library, or a
 * launcher that has privmap trace it. The original stays beside it.
 */
#pragma once

#include "original.h"
#include "patched-record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf;
struct launcher;

/* A system call, patched: where the jump is, and where the call; number -1: an argument. */
struct patch_site {
	uint64_t window, address;
	int number;
};

/* What is at work, and goes if it fails. */
struct patch {
	const char *binary;	 /* its real name, behind symbolic links */
	const char *original;	 /* where the original stays */
	const char *library;	 /* that it needs, or is to; NULL: it gets a launcher */
	const char *privmap;	 /* that runs it, or is to; NULL: it gets the library */
	const char *interpreter; /* its dynamic linker */
	const char *engine;  /* the version of the engine that is in it, or is to be; else NULL */
	const char *refused; /* why the engine cannot be put into it; NULL: it was not tried */
	struct patch_record record; /* of one that has it; size 0: it has not */
	bool launcher;		    /* it is not to be tried */
	bool starts;		    /* the outcome may be started, to see that it does */
	bool dry;		    /* nothing is to be written */
	bool was;		    /* it was patched before */
	struct patch_site *sites;
	size_t site_count;
	unsigned left;	/* system calls whose number is not known, and that stay as they are */
	uint64_t grows; /* to so many bytes */
	char *copy;	/* temporary: what is to stand in its place; NULL: none */
};

/* Takes the copy away, says what about the binary, and ends. */
_Noreturn void patch_fail(const struct patch *patch, const char *what);
#define give_up(patch, ...) patch_fail(patch, cli_text(__VA_ARGS__))

/* The name by which the binary needs the library; NULL: it does not. */
const char *patch_needed(const struct patch *patch);

/* Makes the copy: of file, with the library added. */
void patch_with_library(struct patch *patch, const char *file);

/* The copy is as the dynamic linker will load it. No code of it is run. */
void patch_check_library(const struct patch *patch);

/* Makes the copy: with the engine in it. False, with the reason in refused: it cannot be. */
bool patch_with_engine(struct patch *patch);

/* A file's bytes: for telling whether they are the same again. False with an errno if it cannot be
 * read. */
bool file_sum(const char *file, uint64_t *size, uint64_t *sum);

/* Makes the copy: a launcher. */
void patch_with_launcher(struct patch *patch);

/* False for what is no program to be started, as libraries: fd and elf are of the same file. */
bool launcher_can_stand_for(int fd, const struct elf *elf);

/* What the launcher in fd says; false: there is none. */
bool launcher_read(int fd, struct launcher *launcher);

/* Whether file has the bytes of the original that launcher was made for. */
bool launcher_is_for(const struct launcher *launcher, const char *file);
