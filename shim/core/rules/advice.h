/* SPDX-License-Identifier: MIT */
/*
 * Suggests a glob for a rule that serves a file, and the files that its program will make next to
 * it. Looks at the name alone.
 */
#pragma once

#include "text.h"

/*
 * Adds a glob (glob.h) that matches path, which is absolute, and similar files. Parts that a
 * program made up (hashes, counters, the suffixes of mkstemp(3)) become "*". For a file with an
 * ordinary name, the glob matches the files of its directory with the same extension; for any other
 * file, it matches the whole directory, because a store will get more such files, also of other
 * kinds. The glob has no control bytes, so that it can be pasted.
 */
void advice_glob(struct text *text, const char *path);
