/* SPDX-License-Identifier: MIT */
/*
 * privmapctl env: prints commands for a shell that turn privmap on, or off, for all that it starts.
 */
#include "ctl.h"
#include "json.h"
#include "ld-preload.h"
#include "preload-list.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Quotes for sh(1) and similar shells, even fish: without a backslash inside of '', which fish
 * interprets.
 */
static void print_quoted(const char *value)
{
	for (; *value; value++)
		json_or_print(*value == '\'' ? "'\"'\"'" : "%c", *value);
}

static void export_variable(const char *name, const char *value)
{
	json_string(name, value);
	json_or_print("export %s='", name);
	print_quoted(value);
	json_or_print("'\n");
}

static void must_have(const char *library)
{
	if (access(library, R_OK))
		cli_fail("'%s': %s", library, strerror(errno));
}

/* Returns list without all words that equal word. */
static char *without(const char *list, const char *word)
{
	size_t length = strlen(word);
	char *left = cli_text("%s", "");

	while (*list) {
		size_t n = strcspn(list, ":");

		if (n && (n != length || memcmp(list, word, n) != 0))
			left = cli_text("%s%s%.*s", left, *left ? ":" : "", (int)n, list);
		list += n + (list[n] != '\0');
	}
	return left;
}

/* Sets variables to "": fish has no unset. */
static void turn_off(void)
{
	const char *list = getenv("LD_PRELOAD"), *asan = getenv("ASAN_OPTIONS");
	const char *children = getenv("PRIVMAP_CHILDREN");
	char *value = cli_memory(strlen(list ? list : "") + 1);

	preload_list_without(value, list ? list : "");
	json_begin("env");
	export_variable("LD_PRELOAD", value);
	export_variable("ASAN_OPTIONS", without(asan ? asan : "", ASAN_OPTION));
	/* Below privmap, libprivmap-exec.so would put variables back. */
	if (children && *children)
		export_variable("PRIVMAP_DISABLE", "1");
}

static void turn_on(bool trace)
{
	char directory[PATH_MAX];
	char *value, *asan;

	if (!library_directory(directory, sizeof(directory)))
		cli_fail("libprivmap.so is neither next to this command nor in %s", directory);
	if (trace)
		must_have(cli_text("%s/libprivmap-exec.so", directory));
	value = preload_value(directory, trace, getenv("LD_PRELOAD"));
	asan = sanitizer_options(ASAN_OPTION, getenv("ASAN_OPTIONS"));
	/* Nothing fails from here on, so that the JSON is whole. */
	json_begin("env");
	export_variable("LD_PRELOAD", value);
	export_variable("ASAN_OPTIONS", asan);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "trace", no_argument, NULL, 't' },
		{ "off", no_argument, NULL, 'o' },
		CTL_OPTIONS,
	};
	bool trace = false, off = false;
	int option;

	while ((option = ctl_option(argc, argv, &ctl_env, options)) != -1) {
		trace |= option == 't';
		off |= option == 'o';
	}
	if (optind < argc)
		ctl_usage(argv[0], "'%s': no operand expected", argv[optind]);
	if (trace && off)
		ctl_usage(argv[0], "only one of --trace and --off can be given");
	if (off)
		turn_off();
	else
		turn_on(trace);
	json_end();
	return CTL_FINE;
}

const struct subcommand ctl_env = {
	"env",
	"Usage: eval \"$(privmapctl env [OPTION]...)\"\n"
	"Print the commands that turn privmap on in this shell: all programs that it\n"
	"starts from then on are served. LD_PRELOAD gets libprivmap.so before the\n"
	"libraries that it names already; ASAN_OPTIONS lets programs with\n"
	"AddressSanitizer start with it.\n"
	"\n"
	"      --trace  also preload libprivmap-exec.so, which runs the static programs\n"
	"               that 'trace' in the rule file names under the tracer\n"
	"      --off    print the commands that turn privmap off again\n"
	"      --json   print JSON: the variables' names and values\n"
	"  -h, --help   print this and exit\n"
	"\n"
	"Exit status: 0, or 2 if there is no library.\n",
	run,
};
