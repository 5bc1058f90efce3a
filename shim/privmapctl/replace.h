/* SPDX-License-Identifier: MIT */
/*
 * A file replaced by a new one at once: written under a temporary name beside it, then renamed. And
 * copied with all that belongs to it.
 */
#pragma once

/* While signals that would end the command are held back, no temporary file can be left. */
void replace_begin(void);
void replace_end(void);

/* Makes ".NAME.privmap.XXXXXX" beside file, mode 0600, and writes its name to *name. The fd, or -1
 * with errno. */
int replace_temporary(const char *file, char **name);

/* Makes what name holds durable, and renames it to file. 0, or errno. */
int replace_commit(const char *name, const char *file);

/*
 * Contents, owner, mode, extended attributes and times of from into to, an empty file, both at
 * their start. 0, or the errno of what could not be copied: nothing of these is left out silently.
 */
int copy_file(int from, int to);

/* Owner, mode and extended attributes only, for contents of another kind. */
int copy_attributes(int from, int to);
