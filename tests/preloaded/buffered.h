/* SPDX-License-Identifier: MIT */
/*
 * What the tests of copies ask the kernel about a mapping.
 */
#ifndef PRIVMAP_TESTS_BUFFERED_H
#define PRIVMAP_TESTS_BUFFERED_H

#include "preload.h"

/* Copies the first line of file for address that begins with word, after the mapping's own line (""
 * for that line itself); empty if there is none. */
static inline void maps_line(const char *file, const void *address, const char *word, char *found,
			     size_t size)
{
	unsigned long start, end, at = (unsigned long)address;
	bool inside = false;
	char line[8192];
	FILE *maps = fopen(file, "re");

	assert_non_null(maps);
	found[0] = '\0';
	while (!found[0] && fgets(line, sizeof(line), maps)) {
		bool header = sscanf(line, "%lx-%lx ", &start, &end) == 2;

		if (header)
			inside = at >= start && at < end;
		if (inside && header == !*word && strncmp(line, word, strlen(word)) == 0)
			snprintf(found, size, "%s", line);
	}
	fclose(maps);
}

/* The last column of /proc/self/maps for address. */
static inline const char *name_of(const void *address)
{
	static __thread char line[8192];
	char *name;

	maps_line("/proc/thread-self/maps", address, "", line, sizeof(line));
	name = strchr(line, '/');
	return name ? name : "";
}

/* " rd mr me dd ": the effects of madvise and mlock. */
static inline void vma_flags(const void *address, char *flags, size_t size)
{
	maps_line("/proc/thread-self/smaps", address, "VmFlags:", flags, size);
}

/* The inode of the copy at address. */
static inline unsigned long inode_of(const void *address)
{
	char line[8192];
	unsigned long inode = 0;

	maps_line("/proc/thread-self/maps", address, "", line, sizeof(line));
	assert_int_equal(sscanf(line, "%*s %*s %*s %*s %lu", &inode), 1);
	return inode;
}

static inline void assert_in(const void *address, const char *where)
{
	if (strncmp(name_of(address), where, strlen(where)) != 0)
		fail_msg("in %s, not in %s", name_of(address), where);
	assert_string_equal(kind_of(address), "r--s");
}

static inline void assert_copy(const void *address)
{
	const char *name = name_of(address);

	if (strncmp(name, "/memfd:privmap", 14) != 0 && strncmp(name, "/var/tmp/#", 10) != 0)
		fail_msg("no copy: %s", name);
	assert_string_equal(kind_of(address), "r--s");
}

#endif
