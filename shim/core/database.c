/*
 * Knows a file that starts as a SQLite or LMDB database. Called by the engines' file_view; pure.
 */
#include "database.h"

#include <stdint.h>
#include <string.h>

/* lmdb/libraries/liblmdb/mdb.c, MDB_MAGIC: first word of a meta page's body, host byte order. */
static const uint32_t lmdb_magic = 0xBEEFC0DE;

/* The body follows MDB_page's header: 16 bytes where a page number has 8 bytes, 12 where 4. */
static const size_t lmdb_offsets[] = { 16, 12 };

bool database_header(const unsigned char *start, size_t size)
{
	static const char sqlite[] = "SQLite format 3"; /* with its NUL, sqlite.org/fileformat */

	if (size >= sizeof(sqlite) && memcmp(start, sqlite, sizeof(sqlite)) == 0)
		return true;
	for (size_t i = 0; i < sizeof(lmdb_offsets) / sizeof(lmdb_offsets[0]); i++)
		if (size >= lmdb_offsets[i] + sizeof(lmdb_magic) &&
		    memcmp(start + lmdb_offsets[i], &lmdb_magic, sizeof(lmdb_magic)) == 0)
			return true;
	return false;
}
