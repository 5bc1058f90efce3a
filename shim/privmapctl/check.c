/* SPDX-License-Identifier: MIT */
/*
 * privmapctl check: checks whether a rule file is valid.
 */
#include "check-warn.h"
#include "ctl.h"
#include "effective.h"
#include "json.h"
#include "open.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned count_rules(const struct rules *rules)
{
	unsigned count = 0;

	for (size_t at = 0; at < rules->size; at += strlen(rules->text + at) + 1)
		count += rules->text[at] == RULE_ACTION;
	return count;
}

static void report(const struct effective *effective)
{
	const struct settings *settings = &effective->settings;
	bool wrong = effective->error[0];
	unsigned count = wrong ? 0 : count_rules(&settings->rules);

	json_begin("check");
	json_string("file", effective->file);
	json_bool("right", !wrong);
	json_string("error", wrong ? effective->error : NULL);
	json_errors(wrong ? effective->error : NULL);
	if (wrong) {
		json_or_print("%s\n", effective->error);
	} else {
		json_number("rules", count);
		json_number("buffer_memory", settings->buffer_memory);
		json_number("buffer_limit", settings->buffer_limit);
		json_number("buffer_keep", settings->buffer_keep);
		json_string("buffer_spool", settings->buffer_spool);
		json_string("log_level", log_level_name(settings->log_level));
		json_string("log_target", settings->log_target);
		if (effective->file)
			json_or_print("%s: OK, %u %s\n", ctl_shown(effective->file), count,
				      count == 1 ? "rule" : "rules");
		else
			json_or_print("no rule file: the %u built-in rules apply\n", count);
		json_or_print("  a profile hands over: ");
		effective_report_trace(settings);
		json_or_print("\n");
		check_warn(settings);
	}
	json_end();
}

static int run(int argc, char **argv)
{
	static struct effective effective;
	const char *file;

	ctl_option(argc, argv, &ctl_check, NULL);
	file = ctl_operand(argc, argv, "FILE", true);
	effective_find(&effective);
	if (file) {
		if (access(file, F_OK))
			cli_fail("'%s': %s", file, strerror(errno));
		effective.file = file;
	}
	if (!effective.file ||
	    !rule_file_parse(effective.directory, effective.file, &effective.settings,
			     effective.error, sizeof(effective.error)))
		effective.error[0] = '\0';
	report(&effective);
	return effective.error[0] ? CTL_FINDING : CTL_FINE;
}

const struct subcommand ctl_check = {
	"check",
	"Usage: privmapctl check [OPTION]... [FILE]\n"
	"Read the rule file FILE, by default the one that programs use here, and say\n"
	"whether it is valid. An error is one line, FILE:LINE: what is wrong, and what\n"
	"is allowed. Warn of entries that are valid but probably not intended, such as\n"
	"rules that never match.\n"
	"\n"
	"      --json  print JSON\n"
	"  -h, --help  print this and exit\n"
	"\n"
	"Exit status: 0 if the file is valid or there is none, 1 if it has an error, 2\n"
	"if privmapctl fails.\n",
	run,
};
