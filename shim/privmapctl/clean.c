/* SPDX-License-Identifier: MIT */
/*
 * privmapctl clean: removes this user's kept copies.
 */
#include "ctl.h"
#include "effective.h"
#include "json.h"
#include "kept-list.h"

static int run(int argc, char **argv)
{
	static struct effective effective;
	struct kept_list list;

	ctl_option(argc, argv, &ctl_clean, NULL);
	if (optind < argc)
		ctl_usage(argv[0], "'%s': no operand expected", argv[optind]);
	effective_read(&effective);
	if (effective.error[0])
		cli_fail("%s", effective.error);
	kept_remove(&list, &effective.settings);
	if (list.problem)
		cli_fail("%s", list.problem);
	json_begin("clean");
	json_string("directory", list.directory);
	json_number("removed", list.copies);
	json_number("bytes", list.bytes);
	json_or_print("%s: removed %u %s, %llu bytes\n", ctl_shown(list.directory), list.copies,
		      list.copies == 1 ? "copy" : "copies", (unsigned long long)list.bytes);
	json_end();
	return CTL_FINE;
}

const struct subcommand ctl_clean = {
	"clean",
	"Usage: privmapctl clean [OPTION]...\n"
	"Remove the copies that are kept for this user (keep = true in a rule), in the\n"
	"spool that the rule file names. Programs that have mapped one can go on using\n"
	"it.\n"
	"\n"
	"      --json  print JSON: the directory, how many were removed, and their bytes\n"
	"  -h, --help  print this and exit\n"
	"\n"
	"Exit status: 0 if no copy is left, 2 if privmapctl fails, or if the directory\n"
	"does not belong to this user alone.\n",
	run,
};
