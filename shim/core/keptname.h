/* SPDX-License-Identifier: MIT */
/*
 * The names of the files in a directory of kept copies. Pure. The name of a copy contains all that
 * must be unchanged for the copy to show its file still. It also identifies files of other kinds,
 * and copies of another boot (each boot assigns device numbers anew).
 */
#pragma once

#include "snapshot.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEPT_NAME = 192 }; /* enough bytes for any such name */

/* The number of a boot; unknown if both halves are 0. */
struct boot {
	uint64_t halves[2];
};

enum kept_kind {
	KEPT_NOT_OURS,
	KEPT_COPY,
	KEPT_SEEN, /* marks when a file was first seen in this state (kept.h) */
};

/* Parses length bytes of /proc/sys/kernel/random/boot_id. False if they are not such a number. */
bool kept_boot_parse(const char *text, size_t length, struct boot *boot);

/* Writes name, which has KEPT_NAME bytes of room, with a NUL at its end. */
void kept_name(struct text *name, enum kept_kind kind, const struct part *part,
	       const struct boot *boot);

/* The kind of a name. Unless boot is NULL, *this_boot becomes whether the name is of that boot. */
enum kept_kind kept_kind_of(const char *name, const struct boot *boot, bool *this_boot);

/* The bytes of the copy with this name, which kept_kind_of() must have recognized. */
uint64_t kept_bytes_of(const char *name);
