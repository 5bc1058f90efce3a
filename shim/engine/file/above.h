/* SPDX-License-Identifier: MIT */
/*
 * Looks names up in the directories above a file, the nearest directory first, by readlink(2). If a
 * program's filter allows any of the library's calls, it allows readlink(2) (file.h), and a server
 * needs no rights for it. Leaves errno alone.
 *
 * An answer may be reused for a tenth of a second; for up to two seconds, if the name is asked for
 * all the time and the answer stays the same. scope separates files that have the same name in
 * several processes: the file's device, or 0 if there is only one process.
 */
#pragma once

#include "git.h"

#include <stdbool.h>
#include <stdint.h>

enum { ABOVE_ROOM = 12 }; /* bytes after the path's NUL, for the names that are tried */

/* path: absolute. It is changed meanwhile, and restored before the return. */
bool above_is_worktree(uint64_t scope, char *path);

/* Finds a git directory or an object directory (gitrepository-layout(5)). */
struct git_place above_is_git(uint64_t scope, char *path);
