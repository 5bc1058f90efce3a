/* SPDX-License-Identifier: MIT */
/*
 * privmapctl env: what a shell evaluates so that all it starts is served.
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

/* For sh(1) and all that are like it, fish among them: no backslash, which fish reads in ''. */
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

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "trace", no_argument, NULL, 't' },
		CTL_OPTIONS,
	};
	char directory[PATH_MAX];
	char *value, *options_of_asan;
	bool trace = false;

	while (ctl_option(argc, argv, &ctl_env, options) == 't')
		trace = true;
	if (optind < argc)
		ctl_usage(argv[0], "'%s': no operand expected", argv[optind]);
	if (!library_directory(directory, sizeof(directory)))
		cli_fail("libprivmap.so is not beside this command, nor in %s", directory);
	if (trace)
		must_have(cli_text("%s/libprivmap-exec.so", directory));
	value = preload_value(directory, trace, getenv("LD_PRELOAD"));
	options_of_asan = sanitizer_options(ASAN_OPTION, getenv("ASAN_OPTIONS"));
	json_object(NULL);
	export_variable("LD_PRELOAD", value);
	export_variable("ASAN_OPTIONS", options_of_asan);
	json_end();
	return CTL_FINE;
}

const struct subcommand ctl_env = {
	"env",
	"Usage: eval \"$(privmapctl env [OPTION]...)\"\n"
	"Print the command that makes a shell serve all programs it starts from then on:\n"
	"LD_PRELOAD with libprivmap.so in front of what is there already, and what the runtime of\n"
	"AddressSanitizer wants to hear of that.\n"
	"\n"
	"      --trace  also libprivmap-exec.so, which has static programs that trace in the rule\n"
	"               file names run by the tracer\n"
	"      --json   print JSON: the variables' names and values\n"
	"      --help   print this and exit\n"
	"\n"
	"Exit status: 0, or 2 if the library is not there.\n",
	run,
};
