/* SPDX-License-Identifier: MIT */
/*
 * Recognizes git's own files by their names and first bytes.
 */
#include "git.h"

#include "glob.h"

#include <string.h>

/* Last components of the files that git, libgit2 and the like map; each ends with a NUL. */
static const char names[] = "pack-*.pack\0pack-*.idx\0pack-*.rev\0pack-*.bitmap\0pack-*.mtimes\0"
			    "tmp_pack_*\0tmp_idx_*\0pack_git2_*\0multi-pack-index*\0"
			    "commit-graph\0graph-*.graph\0packed-refs\0sharedindex.*\0";

static bool is_named(const char *name)
{
	for (const char *glob = names; *glob; glob += strlen(glob) + 1)
		if (glob_matches(glob, name))
			return true;
	return false;
}

static bool starts(const char *name, const char *with)
{
	return strncmp(name, with, strlen(with)) == 0;
}

struct git_place git_by_name(const char *path)
{
	struct git_place place = { GIT_NONE, 0 };
	const char *slash = path, *name = path;
	bool reftable = false;

	for (; slash; slash = strchr(name, '/')) {
		name = slash + 1;
		if (starts(name, ".hg/store/"))
			return (struct git_place){ GIT_MERCURIAL, (size_t)(name - path) +
									  strlen(".hg/store") };
		reftable |= starts(name, "reftable/");
		/* The innermost one counts, and only if it is a directory. */
		if (starts(name, "tmp_objdir-") && strchr(name, '/'))
			place = (struct git_place){ GIT_QUARANTINE,
						    (size_t)(strchr(name, '/') - path) };
	}
	if (place.kind == GIT_NONE &&
	    (is_named(name) || (reftable && glob_matches("*.ref", name))))
		place.kind = GIT_NAMED;
	return place;
}

bool git_may_be_index(const char *path, const char *given)
{
	const char *name = strrchr(path, '/') + 1;
	const char *slash = given ? strrchr(given, '/') : NULL;

	if (given && *name && strcmp(name, slash ? slash + 1 : given) == 0)
		return true;
	return glob_matches("*index*", name);
}

/* gitformat-index(5): the signature, and a version of 2 to 4 in network byte order. */
bool git_index_header(const unsigned char *start, size_t size)
{
	return size >= GIT_HEADER && memcmp(start, "DIRC\0\0", 7) == 0 && start[7] >= 2 &&
	       start[7] <= 4;
}

static const char *words(enum git_kind kind)
{
	switch (kind) {
	case GIT_NAMED:
		return "named as git names what it maps";
	case GIT_INDEX:
		return "an index of git, by its first bytes";
	case GIT_DIRECTORY:
		return "below the git directory ";
	case GIT_LINKED:
		return "below the git directory of a linked work tree, ";
	case GIT_OBJECTS:
		return "below the object directory ";
	case GIT_QUARANTINE:
		return "below the quarantine directory ";
	case GIT_MERCURIAL:
		return "below Mercurial's store ";
	default:
		return "";
	}
}

void git_say(struct text *text, struct git_place place, const char *path)
{
	text_add(text, words(place.kind));
	if (place.kind < GIT_DIRECTORY)
		return;
	if (!place.length)
		text_add(text, "/");
	/* One byte at a time, because the name ends within the path. */
	for (size_t i = 0; i < place.length; i++)
		text_add_name(text, (char[]){ path[i], '\0' });
}
