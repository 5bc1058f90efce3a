/* SPDX-License-Identifier: MIT */
/*
 * Replaces a file atomically: writes a temporary file in its directory, and renames it. Also copies
 * files with all their attributes.
 */
#pragma once

/* Between these, signals that would end the command wait, so that no temporary file is left. */
void replace_begin(void);
void replace_end(void);

/* Makes ".NAME.privmap.XXXXXX" in the directory of file, with mode 0600, and sets *name to its
 * name. Returns the fd, or -1 with errno. */
int replace_temporary(const char *file, char **name);

/* Makes the contents of name durable, and renames it to file. Returns 0 or an errno. */
int replace_commit(const char *name, const char *file);

/*
 * Copies contents, owner, mode, extended attributes and times of from into to, an empty file; both
 * descriptors are at their start. Returns 0, or the errno of what could not be copied: it leaves
 * out nothing silently.
 */
int copy_file(int from, int to);

/* Copies only the contents. */
int copy_bytes(int from, int to);

/* Copies only owner, mode and extended attributes, for different contents. */
int copy_attributes(int from, int to);
