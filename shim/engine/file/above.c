/* SPDX-License-Identifier: MIT */
/*
 * Looks names up in the directories above a file.
 */
#include "above.h"

#include "engine.h"
#include "filecache.h"
#include "ticks.h"

#include <string.h>

/* Whether name exists in a directory: the one that the first length bytes of path name. */
static bool look(char *path, size_t length, const char *name)
{
	char kept[ABOVE_ROOM];
	char *place = path + length + 1;
	size_t size = strlen(name) + 1;
	bool found;

	memcpy(kept, place, size);
	memcpy(place, name, size);
	found = engine_finds(path);
	memcpy(place, kept, size);
	return found;
}

/*
 * Reuses what was found a moment ago. A program that reads a tree full of files, and falls back by
 * itself for each of them, should not wait for that many look-ups.
 */
static bool holds(uint64_t scope, char *path, size_t length, const char *name)
{
	uint64_t now = ticks(), key;
	bool there;

	if (!now)
		return look(path, length, name);
	key = filecache_name(scope, path, length, name);
	if (!filecache_lately(key, now, &there)) {
		there = look(path, length, name);
		filecache_set_lately(key, now, there, true);
	}
	return there;
}

/* Goes up one directory, from the file at first; false at the root. */
static bool go_up(const char *path, size_t *length)
{
	while (*length)
		if (path[--*length] == '/')
			return true;
	return false;
}

/*
 * That nothing was found in any directory above a file holds for a moment as well: then the many
 * names are not even looked up in memory. what: which question this was; no file is called so.
 */
static uint64_t key_of_all(uint64_t scope, const char *path, const char *what)
{
	size_t at = strlen(path);

	go_up(path, &at);
	return filecache_name(scope, path, at, what);
}

static bool was_nothing(uint64_t key)
{
	uint64_t now = ticks();
	bool there;

	return now && filecache_lately(key, now, &there);
}

static void is_nothing(uint64_t key)
{
	uint64_t now = ticks();

	if (now)
		filecache_set_lately(key, now, false, false);
}

bool above_is_worktree(uint64_t scope, char *path)
{
	uint64_t key = key_of_all(scope, path, "/worktree");

	if (was_nothing(key))
		return false;
	for (size_t at = strlen(path); go_up(path, &at);)
		if (holds(scope, path, at, ".git"))
			return true;
	is_nothing(key);
	return false;
}

static enum git_kind kind_of(uint64_t scope, char *path, size_t at)
{
	if (holds(scope, path, at, "HEAD")) {
		if (holds(scope, path, at, "commondir"))
			return GIT_LINKED;
		if (holds(scope, path, at, "objects") &&
		    (holds(scope, path, at, "refs") || holds(scope, path, at, "reftable")))
			return GIT_DIRECTORY;
	}
	return holds(scope, path, at, "pack") && holds(scope, path, at, "info") ? GIT_OBJECTS :
										    GIT_NONE;
}

struct git_place above_is_git(uint64_t scope, char *path)
{
	uint64_t key = key_of_all(scope, path, "/git");
	enum git_kind kind;

	if (was_nothing(key))
		return (struct git_place){ GIT_NONE, 0 };
	for (size_t at = strlen(path); go_up(path, &at);) {
		kind = kind_of(scope, path, at);
		if (kind != GIT_NONE)
			return (struct git_place){ kind, at };
	}
	is_nothing(key);
	return (struct git_place){ GIT_NONE, 0 };
}
