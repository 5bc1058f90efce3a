/* SPDX-License-Identifier: MIT */
/*
 * Knows a file that starts as a database. Pure.
 */
#include "database.h"

#include <stdint.h>
#include <string.h>

/*
 * All in the byte order of the host that wrote them. A page's header comes first in LMDB and
 * bbolt: 16 bytes, but 12 for LMDB where a page number has 4.
 */
static const struct {
	uint32_t offset, magic;
} marks[] = {
	{ 16, 0xBEEFC0DE }, /* liblmdb/mdb.c, MDB_MAGIC */
	{ 12, 0xBEEFC0DE },
	{ 16, 0xED0CDAED }, /* bbolt, internal/common/types.go, Magic */
	{ 0, 3007000 },	    /* sqlite.org/walformat.html, iVersion of a -shm file */
};

bool database_header(const unsigned char *start, size_t size)
{
	static const char sqlite[] = "SQLite format 3"; /* with its NUL, sqlite.org/fileformat */

	if (size >= sizeof(sqlite) && memcmp(start, sqlite, sizeof(sqlite)) == 0)
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (size >= marks[i].offset + sizeof(marks[i].magic) &&
		    memcmp(start + marks[i].offset, &marks[i].magic, sizeof(marks[i].magic)) == 0)
			return true;
	return false;
}
