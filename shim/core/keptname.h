/* SPDX-License-Identifier: MIT */
/*
 * The names of what lies in a directory of kept copies; pure. A copy's holds all that must be the
 * same for it to be the file's still. What is there of another kind, or of another boot of the
 * machine (device numbers are given out anew then), is known by its name alone.
 */
#pragma once

#include "snapshot.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEPT_NAME = 192 }; /* bytes that any such name fits */

/* Both halves are 0: not known. */
struct boot {
	uint64_t halves[2];
};

enum kept_kind {
	KEPT_NOT_OURS,
	KEPT_COPY,
	KEPT_SEEN, /* when a file was first seen so (kept.h) */
};

/* Of what /proc/sys/kernel/random/boot_id says, length bytes. False if that is no such number. */
bool kept_boot_parse(const char *text, size_t length, struct boot *boot);

/* Ends name, which has KEPT_NAME bytes of room, by NUL. */
void kept_name(struct text *name, enum kept_kind kind, const struct part *part,
	       const struct boot *boot);

/* What kind of name that is, and whether it is of this boot; boot NULL: not asked. */
enum kept_kind kept_kind_of(const char *name, const struct boot *boot, bool *this_boot);
