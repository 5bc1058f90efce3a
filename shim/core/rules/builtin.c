/* SPDX-License-Identifier: MIT */
/*
 * The built-in rules, used if there is no rule file. config/privmap.conf has the same rules with
 * the reasons; a test compares the two. Constant bytes without relocations cost nothing at load.
 */
#include "rules.h"

#define PATH(glob) "p" glob "\0"
#define BYTES_16 "????????????????"
#define READ_ONLY "r\0"
#define WORKTREE "w1\0"
#define GIT "v1\0"
#define IF_PRIVATE "kp\0"
#define KEEP "c\0"
#define PRIVATE "=private\0"
#define BUFFER "=buffer\0"

static const char text[] =
	/* git's packs and their indexes, written once */
	PATH("pack-*.pack") PATH("pack-*.idx") PATH("pack-*.rev") PATH("pack-*.bitmap")
	PATH("multi-pack-index*") KEEP PRIVATE
	/* git storage, temporary names included */
	PATH("*/.git/*") PATH("*.git/*") PATH("*/objects/pack/*") PATH("*/objects/info/*")
	PATH("*/objects/?" "?/*") /* in two: no trigraph */
	PATH("pack_git2_*") PATH("*/packed-refs") PRIVATE
	/* the same in directories of any name */
	GIT PRIVATE
	/* files of a work tree, which libgit2 maps to compare */
	WORKTREE READ_ONLY PRIVATE
	/* artefacts that are written once: rustc's libraries, objects and incremental state, */
	/* a JDK's modules and archives, Go's build cache whatever its name */
	PATH("*.rlib") PATH("*.rmeta") PATH("*.rcgu.o") PATH("*/incremental/*/s-*/*.bin")
	PATH("*/lib/modules") PATH("*.jsa") PATH("*/go-build/?" "?/*-d")
	PATH("*/?" "?/" BYTES_16 BYTES_16 BYTES_16 BYTES_16 "-d") READ_ONLY PRIVATE
	/* a refused private mapping becomes a copy: it need not show later writes anyway */
	IF_PRIVATE READ_ONLY BUFFER;

struct rules rules_builtin(void)
{
	/* The NUL that the compiler adds belongs to no item. */
	return (struct rules){ text, sizeof(text) - 1 };
}
