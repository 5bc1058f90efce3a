/* SPDX-License-Identifier: MIT */
/*
 * The advised globs: those for files of real programs; and each matches its file, whatever the
 * name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "advice.h"
#include "glob.h"
#include "message.h"
#include "rules.h"

static const char *glob_of(const char *path)
{
	static char room[4096];
	struct text glob = TEXT_IN(room);

	advice_glob(&glob, path);
	return text_string(&glob);
}

static const struct {
	const char *path, *glob;
} names[] = {
	/* by extension: files that a person has named */
	{ "/srv/data/model.gguf", "/srv/data/*.gguf" },
	{ "/srv/data/llama-3.gguf", "/srv/data/*.gguf" },
	{ "/srv/data/llama2024.gguf", "/srv/data/*.gguf" },
	{ "/srv/python311/x.bin", "/srv/python311/*.bin" },
	{ "/srv/v1.2/x.safetensors", "/srv/v1.2/*.safetensors" },
	{ "/etc/udev/hwdb.bin", "/etc/udev/*.bin" },
	{ "/usr/lib/tmpfiles.d/x.conf", "/usr/lib/tmpfiles.d/*.conf" },
	/* by directory: stores, whose other files have other names */
	{ "/srv/level/000005.ldb", "/srv/level/*" },
	{ "/srv/rocks/CURRENT", "/srv/rocks/*" },
	{ "/srv/rocks/MANIFEST-000004", "/srv/rocks/*" },
	{ "/srv/tantivy/1d3f0c5a9b8e47f6a2c4d6e8f0a1b2c3.store", "/srv/tantivy/*" },
	{ "/srv/x/550e8400-e29b-41d4-a716-446655440000.parquet", "/srv/x/*" },
	{ "/srv/lucene/_1k.si", "/srv/lucene/*" },
	{ "/srv/lucene/_0.cfs", "/srv/lucene/*" },
	{ "/srv/lucene/segments_1", "/srv/lucene/*" },
	{ "/srv/prometheus/chunks_head/000001", "/srv/prometheus/chunks_head/*" },
	{ "/srv/w/.tmpAbCdEf", "/srv/w/*" },
	{ "/srv/data/model-00001-of-00002.gguf", "/srv/data/*" },
	/* a directory with a name that a program made up: its whole store */
	{ "/srv/p/data/01HXYZABCDEFGHJKMNPQRSTVWX/index", "/srv/p/data/*" },
	{ "/var/log/journal/0f1e2d3c4b5a69788796a5b4c3d2e1f0/system.journal",
	  "/var/log/journal/*" },
	{ "/srv/db/550e8400-e29b-41d4-a716-446655440000/a.npy", "/srv/db/*" },
	{ "/srv/tsdb/01HXYZABCDEFGHJKMNPQRSTVWX.tmp-for-creation/index", "/srv/tsdb/*" },
	{ "/home/u/.cache/go-build/3f/3f00112233445566778899-d", "/home/u/.cache/go-build/*" },
	{ "/srv/r/objects/ab/cdef0123456789abcdef0123456789abcdef01", "/srv/r/objects/*" },
	{ "/srv/r/objects/3f/readme.bin", "/srv/r/objects/3f/*.bin" },
	/* a temporary directory: matches the next one, too */
	{ "/tmp/tmp.Xy12ZzAbCd/db/000001.log", "/tmp/tmp.*/db/*" },
	{ "/tmp/tmpab_12cd/a.npy", "/tmp/tmp*/*.npy" },
	{ "/tmp/case.Plgzq8/x.npy", "/tmp/case.*/*.npy" },
	{ "/srv/objects/tmp_objdir-incoming-x7Kp2q/pack/pack-1.idx",
	  "/srv/objects/tmp_objdir-incoming-*/pack/*.idx" },
	{ "/srv/t/go-build4082537931/b006/_pkg_.a", "/srv/t/go-build*/b*/*.a" },
	{ "/srv/t/junit8123456789/x.bin", "/srv/t/junit*/*.bin" },
	{ "/tmp/cache4082537931", "/tmp/cache*" },
	{ "/run/user/1000/x.bin", "/run/user/*/*.bin" },
	/* not everything in a shared or a home directory */
	{ "/x", "/x" },
	{ "/tmp/x", "/tmp/x" },
	{ "/tmp/550e8400-e29b-41d4-a716-446655440000/a.npy", "/tmp/*/*.npy" },
	{ "/tmp/lock-00017", "/tmp/lock-*" },
	{ "/home/u/CURRENT", "/home/u/CURRENT" },
	{ "/home/u/00017.bin", "/home/u/*.bin" },
	/* characters that are special for globs or terminals */
	{ "/srv/it's [odd] and */x.bin", "/srv/it's \\[odd] and \\*/*.bin" },
	{ "/srv/a:b\n\x7f/x.npy", "/srv/a:b?"
				  "?/*.npy" },
	{ "/srv/a*00000000/x.npy", "/srv/a\\**/*.npy" },
	{ "/srv/a\\0000/x.npy", "/srv/a\\\\*/*.npy" },
};

static void known_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(glob_of(names[i].path), names[i].glob);
}

/* Makes a name of pieces that are special for advice_glob(), globs, shells and lists of paths. */
static void make_name(uint32_t *seed, char *name)
{
	static const char *const pieces[] = {
		"/",
		"/",
		"/",
		"a",
		"Z",
		"f0",
		"0",
		"00017",
		".",
		"-",
		"_",
		"tmp",
		":",
		"'",
		"\"",
		"*",
		"?",
		"[",
		"]",
		"!",
		"\\",
		"\n",
		"\t",
		" ",
		"$",
		"`",
		"\xff",
		"\xc3\xa9",
		"0123456789abcdef",
		"550e8400-e29b-41d4-a716-446655440000",
		"[:alpha:]",
		"AbCdEf",
	};
	size_t count;

	*seed = *seed * 1664525 + 1013904223;
	count = 1 + (*seed >> 16) % 12;
	strcpy(name, "/");
	while (count--) {
		*seed = *seed * 1664525 + 1013904223;
		strcat(name, pieces[(*seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))]);
	}
}

static void each_matches_its_file(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char name[1024];
		const char *glob;

		make_name(&seed, name);
		glob = glob_of(name);
		if (!glob_matches(glob, name) || strchr(glob, '\n') || *glob != '/')
			fail_msg("%s: %s", name, glob);
	}
}

/* The way of a glob: a shell removes quotes, privmap quotes a colon; it goes into rules and comes
 * out. */
static void each_is_a_path_of_its_own(void **state)
{
	uint32_t seed = 2;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char name[1024], list[4096] = "none:", room[9000], remedy[8192];
		struct text rules = TEXT_IN(room), option = TEXT_IN(remedy);
		const char *glob, *p, *own;
		char *end = list + strlen(list);

		make_name(&seed, name);
		glob = glob_of(name);
		assert_true(message_remedy(&option, name, NOT_SERVED_NO_RULE));
		/* Reads it as a shell does. */
		p = text_string(&option) + strlen("--path '");
		for (bool quoted = true; *p; p++) {
			if (*p == '\'') {
				quoted = !quoted;
				continue;
			}
			if (!quoted && *p == '\\')
				p++;
			assert_true(*glob == *p);
			if (*p == ':')
				*end++ = '\\';
			*end++ = *p;
			if (*p == '\\') { /* and the character that it quotes */
				*end++ = *++p;
				assert_true(*++glob == *p);
			}
			glob++;
		}
		assert_true(!*glob);
		strcpy(end, ":none");
		rules_add_paths(&rules, list);
		own = room + sizeof("pnone");
		assert_int_equal(own[0], RULE_PATH);
		assert_true(glob_matches(own + 1, name));
		assert_string_equal(own + strlen(own) + 1, "pnone");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_names),
		cmocka_unit_test(each_matches_its_file),
		cmocka_unit_test(each_is_a_path_of_its_own),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
