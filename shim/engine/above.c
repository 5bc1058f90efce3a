/* SPDX-License-Identifier: MIT */
/*
 * Looks names up in the directories above a file.
 */
#include "above.h"

#include "kernel.h"

#include <string.h>

/* Whether there is a name in the directory whose own name has length bytes, at the path's start. */
static bool holds(char *path, size_t length, const char *name)
{
	char kept[ABOVE_ROOM], target;
	char *place = path + length + 1;
	size_t size = strlen(name) + 1;
	word answer;

	memcpy(kept, place, size);
	memcpy(place, name, size);
	answer = kernel_readlink(path, &target, 1);
	memcpy(place, kept, size);
	return answer >= 0 || answer == -EINVAL; /* what is no link */
}

/* From one directory, or the file itself, to that above it; false from the root. */
static bool go_up(const char *path, size_t *length)
{
	while (*length)
		if (path[--*length] == '/')
			return true;
	return false;
}

bool above_is_worktree(char *path)
{
	for (size_t at = strlen(path); go_up(path, &at);)
		if (holds(path, at, ".git"))
			return true;
	return false;
}

static enum git_kind kind_of(char *path, size_t at)
{
	if (holds(path, at, "HEAD")) {
		if (holds(path, at, "commondir"))
			return GIT_LINKED;
		if (holds(path, at, "objects") &&
		    (holds(path, at, "refs") || holds(path, at, "reftable")))
			return GIT_DIRECTORY;
	}
	return holds(path, at, "pack") && holds(path, at, "info") ? GIT_OBJECTS : GIT_NONE;
}

struct git_place above_is_git(char *path)
{
	enum git_kind kind;

	for (size_t at = strlen(path); go_up(path, &at);) {
		kind = kind_of(path, at);
		if (kind != GIT_NONE)
			return (struct git_place){ kind, at };
	}
	return (struct git_place){ GIT_NONE, 0 };
}
