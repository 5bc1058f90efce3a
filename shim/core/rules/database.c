/* SPDX-License-Identifier: MIT */
/*
 * Recognizes databases by their first bytes. Pure.
 */
#include "database.h"

#include "git.h"
#include "glob.h"

#include <stdint.h>
#include <string.h>

/*
 * All are in the byte order of the machine that wrote them. In LMDB and bbolt a page's header comes
 * first. It has 16 bytes, but only 12 in an LMDB whose page numbers have 4 bytes.
 */
static const struct {
	uint32_t offset, magic;
} marks[] = {
	{ 16, 0xBEEFC0DE }, /* liblmdb/mdb.c, MDB_MAGIC */
	{ 12, 0xBEEFC0DE },
	{ 0, 0xBEEFC0DE },  /* LMDB's lock file, MDB_txbody */
	{ 16, 0xED0CDAED }, /* bbolt, internal/common/types.go, Magic */
	{ 0, 3007000 },	    /* sqlite.org/walformat.html, iVersion of a -shm file */
};

static bool starts_with(const unsigned char *start, size_t size, const char *mark, size_t length)
{
	return size >= length && memcmp(start, mark, length) == 0;
}

bool database_header(const unsigned char *start, size_t size)
{
	static const char sqlite[] = "SQLite format 3"; /* with its NUL, sqlite.org/fileformat */
	static const char tdb[] = "TDB file\n"; /* lib/tdb/common/tdb_private.h, TDB_MAGIC_FOOD */

	if (starts_with(start, size, sqlite, sizeof(sqlite)) ||
	    starts_with(start, size, tdb, sizeof(tdb)))
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (size >= marks[i].offset + sizeof(marks[i].magic) &&
		    memcmp(start + marks[i].offset, &marks[i].magic, sizeof(marks[i].magic)) == 0)
			return true;
	return false;
}

bool database_excluded_by_name(const char *path)
{
	static const char artefacts[][8] = { "*.rlib", "*.rmeta", "*.o", "*.jsa" };
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(artefacts) / sizeof(artefacts[0]); i++)
		if (glob_matches(artefacts[i], name))
			return true;
	return git_by_name(path).kind == GIT_NAMED;
}
