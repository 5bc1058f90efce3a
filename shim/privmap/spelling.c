/* SPDX-License-Identifier: MIT */
/*
 * Finds the nearest of some words: with letters that are missing, too many, wrong or swapped.
 */
#include "spelling.h"

#include "cli.h"

#include <stdbool.h>
#include <string.h>

enum {
	LONGEST = 24,  /* all our words are shorter */
	OPTIONS = 32,  /* no command has so many */
	FARTHEST = 99, /* no word is so far */
};

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Returns how many letters to change to make b of a; a swap of two letters counts as one. */
static unsigned distance(const char *a, const char *b)
{
	size_t rows = strlen(a), columns = strlen(b);
	unsigned cost[LONGEST + 1][LONGEST + 1] = { { 0 } };

	if (rows > LONGEST || columns > LONGEST)
		return FARTHEST;
	for (size_t i = 0; i <= rows; i++)
		for (size_t j = 0; j <= columns; j++) {
			if (!i || !j) {
				cost[i][j] = (unsigned)(i + j);
				continue;
			}
			cost[i][j] = least(least(cost[i - 1][j], cost[i][j - 1]) + 1,
					   cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	return cost[rows][columns];
}

const char *spelling_hint(const char *word, const char *const words[], const char *prefix)
{
	unsigned nearest = (unsigned)(strlen(word) + 1) / 3 + 1;
	const char *meant = NULL;

	for (; *words; words++) {
		unsigned away = distance(word, *words);

		if (away < nearest) {
			nearest = away;
			meant = *words;
		}
	}
	return meant ? cli_text("; did you mean '%s%s'?", prefix, meant) : "";
}

static const char *unknown_long(const char *given, const struct option *options)
{
	size_t length = strcspn(given, "=");
	const char *word = cli_text("%.*s", (int)length, given);
	const char *names[OPTIONS + 1] = { NULL };
	size_t count = 0;

	for (; options->name && count < OPTIONS; options++) {
		if (strncmp(options->name, word, length) == 0)
			return cli_text("option '--%s' is ambiguous", word);
		names[count++] = options->name;
	}
	return cli_text("unknown option '--%s'%s", word, spelling_hint(word, names, "--"));
}

const char *spelling_of_option(int answer, char **argv, const struct option *options)
{
	const char *given = argv[optind - 1];
	bool is_long = strncmp(given, "--", 2) == 0;
	const struct option *known = options;

	if (!optopt)
		return unknown_long(given + 2, options);
	while (known->name && known->val != optopt)
		known++;
	if (!known->name)
		return cli_text("unknown option '-%c'", optopt);
	if (answer == '?')
		return cli_text("option '--%s' doesn't allow an argument", known->name);
	return is_long ? cli_text("option '--%s' requires an argument", known->name) :
			 cli_text("option '-%c' requires an argument", optopt);
}
