/* SPDX-License-Identifier: MIT */
/*
 * privmapctl: explains and sets up privmap. This file chooses the subcommand; each has its own
 * file.
 */
#include "ctl.h"

#include "spelling.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const struct command command = { "privmapctl", CTL_FAILED };

static const struct subcommand *const subcommands[] = {
	&ctl_doctor, &ctl_check, &ctl_compile, &ctl_why, &ctl_patch,
	&ctl_env,    &ctl_clean, &ctl_help,    NULL,
};

static const char help[] =
	"Usage: privmapctl SUBCOMMAND [OPTION]... [OPERAND]...\n"
	"Check filesystems, rules and the installation of privmap.\n"
	"\n"
	"  doctor [OPERAND]...  what a directory or file refuses to map; how a program is\n"
	"                       served; without operands, what is wrong here\n"
	"  check [FILE]         whether a rule file is valid\n"
	"  compile [FILE]       compile a rule file, so that programs start faster\n"
	"  why PATH             which rule applies to a file, and what follows\n"
	"  patch BINARY         have BINARY served however it is started, or undo that\n"
	"  env                  print the commands that turn privmap on in this shell\n"
	"  clean                remove the copies that are kept for this user\n"
	"  help [SUBCOMMAND]    print this, or the help of SUBCOMMAND\n"
	"\n"
	"      --json           print JSON for scripts; before or after SUBCOMMAND\n"
	"  -h, --help           print this, or the help of SUBCOMMAND, and exit\n"
	"  -V, --version        print the version and exit\n"
	"\n"
	"Exit status: 0 if all is well, 1 if privmapctl found a problem, 2 if it was used\n"
	"wrongly or has failed.\n";

/* Ends the command if word names no subcommand. */
static const struct subcommand *find_subcommand(const char *word)
{
	const char *names[sizeof(subcommands) / sizeof(subcommands[0])] = { NULL };
	size_t count = 0;

	for (; subcommands[count]; count++) {
		if (strcmp(word, subcommands[count]->name) == 0)
			return subcommands[count];
		names[count] = subcommands[count]->name;
	}
	ctl_usage(command.name, "'%s': no such SUBCOMMAND%s", word, spelling_hint(word, names, ""));
}

static int run_help(int argc, char **argv)
{
	const char *name;

	ctl_option(argc, argv, &ctl_help, NULL);
	name = ctl_operand(argc, argv, "SUBCOMMAND", true);
	cli_answer(name ? find_subcommand(name)->help : help);
}

const struct subcommand ctl_help = {
	"help",
	"Usage: privmapctl help [SUBCOMMAND]\n"
	"Print the subcommands, or the help of SUBCOMMAND.\n"
	"\n"
	"  -h, --help  print this and exit\n"
	"\n"
	"Exit status: 0, or 2 if there is no such SUBCOMMAND.\n",
	run_help,
};

static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		cli_fail("write error: %s", strerror(errno));
	return status;
}

/* Parses the options before the subcommand. Returns the subcommand's index in argv. */
static int parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "version", no_argument, NULL, 'V' },
		CTL_OPTIONS,
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:hV", names, NULL)) != -1) {
		switch (option) {
		case 'j':
			ctl_json = true;
			break;
		case 'h':
			cli_answer(help);
		case 'V':
			cli_answer("privmapctl " PRIVMAP_VERSION "\n");
		default:
			ctl_usage(command.name, "%s", spelling_of_option(option, argv, names));
		}
	}
	if (optind == argc)
		ctl_usage(command.name, "no SUBCOMMAND given");
	return optind;
}

int main(int argc, char **argv)
{
	const struct subcommand *subcommand;

	/*
	 * Without the signal, a file that exceeds RLIMIT_FSIZE is an error, which removes the
	 * unfinished file.
	 */
	signal(SIGXFSZ, SIG_IGN);
	optind = parse_options(argc, argv);
	argc -= optind;
	argv += optind;
	subcommand = find_subcommand(argv[0]);
	argv[0] = cli_text("privmapctl %s", argv[0]);
	optind = 0; /* restarts getopt_long(3) */
	return finish(subcommand->run(argc, argv));
}
