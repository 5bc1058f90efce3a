/* SPDX-License-Identifier: MIT */
/*
 * What lies in the directories above a file: each of its names is looked up there, the nearest
 * directory first. readlink(2) looks, which a host's filter lets through if it lets any of the
 * library's calls (file.h), and which asks a server for no rights. Leaves errno alone.
 *
 * What is asked again within a tenth of a second may be answered as before. scope tells apart
 * what has one name for several processes: the file's device, or 0 where there is one process.
 */
#pragma once

#include "git.h"

#include <stdbool.h>
#include <stdint.h>

enum { ABOVE_ROOM = 12 }; /* bytes behind the path's NUL, where names are tried in its place */

/* path: absolute; as it was when this returns. */
bool above_is_worktree(uint64_t scope, char *path);

/* A git directory or an object directory (gitrepository-layout(5)). */
struct git_place above_is_git(uint64_t scope, char *path);
