/* SPDX-License-Identifier: MIT */
/*
 * All output of a program is read, however it arrives. Here memory always moves when it grows, and
 * the old block is overwritten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void *moves(void *old, size_t size);
#define realloc moves
#include "../shim/privmapctl/patch/spawn.c"
#undef realloc

#include "cli.h"

const struct command command = { "spawn", 2 };

/* Each call doubles the block. */
static void *moves(void *old, size_t size)
{
	void *new = malloc(size);

	assert_non_null(new);
	memcpy(new, old, size / 2);
	memset(old, 'x', size / 2);
	return new;
}

/* The one piece has arrived before the next look. */
static void reads_one_piece(void **state)
{
	const char *const argv[] = { "sh", "-c", "printf 'one piece\\n'", NULL };
	const char *output;

	(void)state;
	assert_int_equal(spawn(argv, &output), 0);
	assert_string_equal(output, "one piece\n");
	assert_int_equal(spawn_for("sh", argv, 1000, &output), 0);
	assert_string_equal(output, "one piece\n");
}

static void reads_many_pieces(void **state)
{
	const char *const argv[] = { "sh", "-c",
				     "printf '%9999s\\n' a; printf '%9999s\\n' b; exit 3", NULL };
	const char *output;

	(void)state;
	assert_int_equal(spawn(argv, &output), 3);
	assert_int_equal(strlen(output), 20000);
	assert_int_equal(output[9998], 'a');
	assert_int_equal(output[19998], 'b');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_one_piece),
		cmocka_unit_test(reads_many_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
