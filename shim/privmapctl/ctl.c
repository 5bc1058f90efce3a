/* SPDX-License-Identifier: MIT */
/*
 * Options and operands of privmapctl, and the display of names and errnos.
 */
#include "ctl.h"

#include "message.h"
#include "spelling.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

bool ctl_json;

void ctl_hint(const char *of)
{
	fprintf(stderr, "Try '%s --help'.\n", of);
	exit(CTL_FAILED);
}

int ctl_option(int argc, char **argv, const struct subcommand *of, const struct option *options)
{
	static const struct option common[] = { CTL_OPTIONS };

	if (!options)
		options = common;
	opterr = 0;
	for (;;) {
		int option = getopt_long(argc, argv, ":h", options, NULL);

		switch (option) {
		case 'j':
			ctl_json = true;
			break;
		case 'h':
			cli_answer(of->help);
		case '?':
		case ':':
			ctl_usage(argv[0], "%s", spelling_of_option(option, argv, options));
		default:
			return option;
		}
	}
}

const char *ctl_operand(int argc, char **argv, const char *name, bool optional)
{
	if (argc - optind > 1)
		ctl_usage(argv[0], "one %s at a time", name);
	if (optind == argc && !optional)
		ctl_usage(argv[0], "no %s given", name);
	return argv[optind];
}

static bool has_colours(void)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(none && *none) && terminal && strcmp(terminal, "dumb") != 0 &&
	       isatty(STDOUT_FILENO);
}

const char *ctl_marked(const char *text, bool good)
{
	return has_colours() ? cli_text("\033[%dm%s\033[0m", good ? 32 : 31, text) : text;
}

char *ctl_shown(const char *name)
{
	size_t room = 4 * strlen(name) + 1;
	struct text text = { cli_memory(room), room, 0 };

	text_add_name(&text, name);
	return text_string(&text);
}

const char *ctl_errno_name(int error)
{
	const char *name = message_errno(error);

	return name ? name : cli_text("errno %d", error);
}

const char *ctl_privmap(void)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length <= 0)
		return NULL;
	self[length] = '\0';
	return cli_text("%.*s/privmap", (int)(strrchr(self, '/') - self), self);
}
