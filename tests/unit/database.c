/* SPDX-License-Identifier: MIT */
/*
 * Which first bytes mean a database: made by hand, and in real files of SQLite, LMDB and TDB.
 */
#include "database.h"

#include "temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char sqlite[DATABASE_HEADER] = "SQLite format 3";

static void sqlite_header(void **state)
{
	(void)state;
	assert_true(database_header(sqlite, sizeof(sqlite)));
	assert_true(database_header(sqlite, 16));
	for (size_t size = 0; size < 16; size++)
		assert_false(database_header(sqlite, size));
	for (size_t i = 0; i < 16; i++) {
		unsigned char other[DATABASE_HEADER];

		memcpy(other, sqlite, sizeof(other));
		other[i] ^= 1;
		assert_false(database_header(other, sizeof(other)));
	}
}

/*
 * The magic number comes after the header of a page, which has 16 bytes, or 12 on 32-bit machines;
 * and at the start of the lock file.
 */
static void lmdb_header(void **state)
{
	static const uint32_t magic = 0xBEEFC0DE;

	(void)state;
	for (size_t at = 0; at + 4 <= DATABASE_HEADER; at++) {
		unsigned char start[DATABASE_HEADER] = "";
		bool right = at == 0 || at == 12 || at == 16;

		memcpy(start + at, &magic, sizeof(magic));
		assert_int_equal(database_header(start, sizeof(start)), right);
		for (size_t size = 0; size < sizeof(start); size++)
			assert_int_equal(database_header(start, size), right && size >= at + 4);
		start[at + 3] ^= 1;
		assert_false(database_header(start, sizeof(start)));
	}
}

static void one_mark(size_t offset, uint32_t magic)
{
	unsigned char start[DATABASE_HEADER] = "";

	memcpy(start + offset, &magic, sizeof(magic));
	assert_true(database_header(start, sizeof(start)));
	assert_true(database_header(start, offset + 4));
	assert_false(database_header(start, offset + 3));
	start[offset] ^= 1;
	assert_false(database_header(start, sizeof(start)));
}

static void other_headers(void **state)
{
	(void)state;
	one_mark(16, 0xED0CDAED); /* bbolt */
	one_mark(0, 3007000);	  /* the index of SQLite's write-ahead log */
}

static void tdb_header(void **state)
{
	static const unsigned char tdb[DATABASE_HEADER] = "TDB file\n";
	static const unsigned char text[DATABASE_HEADER] = "TDB file\nand more";

	(void)state;
	assert_true(database_header(tdb, sizeof(tdb)));
	assert_true(database_header(tdb, 10));
	assert_false(database_header(tdb, 9));
	assert_false(database_header(text, sizeof(text)));
}

static void no_database(void **state)
{
	static const char starts[][DATABASE_HEADER] = {
		"", "PACK", "\377tOc", "DIRC", "SQLite 3", "SQLite format 2", "# SQLite format 3"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		assert_false(database_header((const unsigned char *)starts[i], DATABASE_HEADER));
}

/* Runs command in a new directory and looks at the file it should make there. */
static void made_by(const char *command, const char *file)
{
	char directory[PATH_MAX], line[2 * PATH_MAX];
	unsigned char start[DATABASE_HEADER];
	size_t size;
	FILE *stream;

	assert_int_equal(temporary_make(directory), 0);
	snprintf(line, sizeof(line), "cd '%s' && { %s; } >/dev/null 2>&1", directory, command);
	assert_int_not_equal(system(line), -1);
	snprintf(line, sizeof(line), "%s/%s", directory, file);
	stream = fopen(line, "r");
	size = stream ? fread(start, 1, sizeof(start), stream) : 0;
	if (stream)
		fclose(stream);
	assert_int_equal(temporary_remove(directory), 0);
	if (!stream)
		skip(); /* the tool is not installed */
	assert_int_equal(size, sizeof(start));
	assert_true(database_header(start, size));
}

static void real_sqlite(void **state)
{
	(void)state;
	made_by("sqlite3 a.db 'create table t(x)'", "a.db");
}

/* The index exists only while a process has the database open. */
static void real_sqlite_index(void **state)
{
	(void)state;
	made_by("sqlite3 a.db 'pragma journal_mode=wal' 'create table t(x)' '.shell cp a.db-shm b'",
		"b");
}

#define MAKE_LMDB                                                                                  \
	"printf 'VERSION=3\\nformat=print\\ntype=btree\\nHEADER=END\\n k\\n '" \
	"'v\\nDATA=END\\n' | mdb_load -n a.mdb"

static void real_lmdb(void **state)
{
	(void)state;
	made_by(MAKE_LMDB, "a.mdb");
}

static void real_lmdb_lock(void **state)
{
	(void)state;
	made_by(MAKE_LMDB, "a.mdb-lock");
}

static void real_tdb(void **state)
{
	(void)state;
	made_by("printf 'create a.tdb\\ninsert k v\\nq\\n' | tdbtool", "a.tdb");
}

static void excluded_by_name(void **state)
{
	(void)state;
	assert_true(database_excluded_by_name("/r/.git/objects/pack/pack-1f.pack"));
	assert_true(database_excluded_by_name("/r/target/deps/libx-1f.rmeta"));
	assert_false(database_excluded_by_name("/r/.git/index"));
	assert_false(database_excluded_by_name("/r/.git/x.db"));
	assert_false(database_excluded_by_name("/pack-1f.pack/x"));
	assert_false(database_excluded_by_name("/r/.rlib/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(excluded_by_name),
		cmocka_unit_test(sqlite_header), cmocka_unit_test(lmdb_header),
		cmocka_unit_test(other_headers), cmocka_unit_test(tdb_header),
		cmocka_unit_test(no_database),
		cmocka_unit_test(real_sqlite),	 cmocka_unit_test(real_sqlite_index),
		cmocka_unit_test(real_lmdb),	 cmocka_unit_test(real_lmdb_lock),
		cmocka_unit_test(real_tdb),
	};

	return cmocka_run_group_tests_name("database", tests, NULL, NULL);
}
