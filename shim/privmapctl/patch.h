/* SPDX-License-Identifier: MIT */
/*
 * A program that is patched: what stands in its place is a copy that needs the library, or a
 * launcher that has privmap trace it. The original stays beside it.
 */
#pragma once

#include "original.h"

#include <stdbool.h>

struct elf;
struct launcher;

/* What is at work, and goes if it fails. */
struct patch {
	const char *binary;	 /* its real name, behind symbolic links */
	const char *original;	 /* where the original stays */
	const char *library;	 /* that it needs, or is to; NULL: it gets a launcher */
	const char *privmap;	 /* that runs it, or is to; NULL: it gets the library */
	const char *interpreter; /* its dynamic linker */
	char *copy;		 /* temporary: what is to stand in its place; NULL: none */
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

/* Makes the copy: a launcher. */
void patch_with_launcher(struct patch *patch);

/* False for what is no program to be started, as libraries: fd and elf are of the same file. */
bool launcher_can_stand_for(int fd, const struct elf *elf);

/* What the launcher in fd says; false: there is none. */
bool launcher_read(int fd, struct launcher *launcher);

/* Whether file has the bytes of the original that launcher was made for. */
bool launcher_is_for(const struct launcher *launcher, const char *file);
