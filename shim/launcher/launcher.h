/* SPDX-License-Identifier: MIT */
/*
 * The data of a launcher; privmapctl patch writes it into the launcher's file.
 */
#pragma once

#include <linux/limits.h>
#include <stdint.h>

/* Marks the data in the file. Changes with the layout below. */
#define LAUNCHER_MAGIC "privmap launcher, layout 1\n"

/* A program, and how to tell whether it is still the same one. */
struct launcher {
	char magic[32];
	uint64_t size, sum;	 /* the original's bytes (launcher_sum()) */
	char privmap[PATH_MAX];	 /* the command */
	char original[PATH_MAX]; /* the original's name at the time of patching */
};
