/* SPDX-License-Identifier: MIT */
/*
 * A file replaced by a new one at once: written under a temporary name beside it, then renamed.
 */
#ifndef PRIVMAP_REPLACE_H
#define PRIVMAP_REPLACE_H

/* While signals that would end the command are held back, no temporary file can be left. */
void replace_begin(void);
void replace_end(void);

/* Makes ".NAME.privmap.XXXXXX" beside file, mode 0600, and writes its name to *name. The fd, or -1
 * with errno. */
int replace_temporary(const char *file, char **name);

/* Makes what fd, open for name, holds durable, and renames name to file. 0, or errno. */
int replace_commit(int fd, const char *name, const char *file);

#endif
