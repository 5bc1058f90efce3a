/* SPDX-License-Identifier: MIT */
/*
 * Parses lines of /proc files. It takes them in pieces of any size, so that no engine needs room
 * for a whole line (a path alone may have 4 KiB). Formats: proc(5).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mapping as the kernel shows it. device as makedev() packs it; inode 0: no file is mapped. */
struct vma {
	uintptr_t start, end;
	uint64_t offset; /* in the file, of start */
	bool writable;
	bool executable;
	bool shared;
	uint64_t device;
	uint64_t inode;
};

/*
 * Finds in /proc/PID/maps the mapping that covers an address, or the next one above it. Set
 * address, zero the rest.
 */
struct maps_reader {
	uintptr_t address;
	struct vma found; /* valid once maps_read() returned true */
	/* the rest is internal */
	char line[96]; /* the part of a line before its path */
	size_t length;
};

/* Takes the next size bytes of the file. True once the mapping is found. */
bool maps_read(struct maps_reader *reader, const char *bytes, size_t size);

enum { FILESYSTEM_NAME = 40 }; /* "fuse." and a subtype; longer ones are cut */

/*
 * Finds in /proc/PID/mountinfo the filesystem of a mount: by mount_id if that is not 0, else by
 * device (the last such line, of the mount on top). Set these two, zero the rest.
 */
struct mountinfo_reader {
	uint64_t mount_id;
	uint64_t device;
	bool found;
	uint64_t id; /* of the mount; valid if found, like name */
	char name[FILESYSTEM_NAME];
	/* the rest is internal */
	char word[FILESYSTEM_NAME];
	size_t length;
	unsigned field;
	uint64_t line_id;
	bool wanted;
	bool separator;
};

void mountinfo_read(struct mountinfo_reader *reader, const char *bytes, size_t size);
