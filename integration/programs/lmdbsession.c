/* SPDX-License-Identifier: MIT */
/*
 * lmdbsession: keeps an LMDB file open, with or without its lock, and obeys stdin: `put VALUE` or
 * `get`. Answers each with one line.
 */
#define _GNU_SOURCE 1
#include <lmdb.h>
#include <stdio.h>
#include <string.h>

static char the_key[] = "k";

static int report(const char *what, int error)
{
	printf("%s: %s\n", what, error ? mdb_strerror(error) : "done");
	fflush(stdout);
	return error;
}

static int put(MDB_env *env, char *text)
{
	MDB_val key = { 1, the_key };
	MDB_val value = { strlen(text), text };
	MDB_txn *txn;
	MDB_dbi dbi;
	int error = mdb_txn_begin(env, NULL, 0, &txn);

	if (error)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (!error)
		error = mdb_put(txn, dbi, &key, &value, 0);
	if (!error)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return error;
}

static int get(MDB_env *env)
{
	MDB_val key = { 1, the_key };
	MDB_val value;
	MDB_txn *txn;
	MDB_dbi dbi;
	int error = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (error)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (!error)
		error = mdb_get(txn, dbi, &key, &value);
	if (!error)
		printf("%.*s, ", (int)value.mv_size, (char *)value.mv_data);
	mdb_txn_abort(txn);
	return error;
}

int main(int argc, char **argv)
{
	unsigned int flags = MDB_NOSUBDIR;
	char line[128];
	MDB_env *env;
	int error;

	if (argc == 3 && strcmp(argv[2], "nolock") == 0) {
		flags |= MDB_NOLOCK;
	} else if (argc != 3 || strcmp(argv[2], "lock") != 0) {
		fputs("usage: lmdbsession FILE lock|nolock\n", stderr);
		return 2;
	}
	error = mdb_env_create(&env);
	if (!error)
		error = mdb_env_set_mapsize(env, 16 << 20);
	if (!error)
		error = mdb_env_open(env, argv[1], flags, 0644);
	if (report("open", error))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "put ", 4) == 0)
			report("put", put(env, line + 4));
		else
			report("get", get(env));
	}
	mdb_env_close(env);
	return 0;
}
