/* SPDX-License-Identifier: MIT */
/*
 * privmapctl: looks at what privmap does and would do. Picks the subcommand; each has a file.
 */
#include "ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const struct command command = { "privmapctl", CTL_FAILED };

static const struct subcommand *const subcommands[] = {
	&ctl_doctor, &ctl_check, &ctl_compile, &ctl_why, &ctl_patch, &ctl_env, &ctl_clean,
};

static const char help[] =
	"Usage: privmapctl SUBCOMMAND [OPTION]... [OPERAND]...\n"
	"Look after privmap: what a directory refuses, what the rules say, what is installed.\n"
	"\n"
	"  doctor [DIR|PROGRAM]...  what DIR refuses to map; whether PROGRAM can be served;\n"
	"                           without operands, the installation and this shell\n"
	"  check [FILE]             whether a rule file is right\n"
	"  compile [FILE]           make a rule file's compiled form, which programs start with\n"
	"  why PATH                 what each rule says of a file, and what follows\n"
	"  patch BINARY             have BINARY served however it is started, or undo that\n"
	"  env                      print what a shell evaluates to be served\n"
	"  clean                    remove the copies that are kept for this user\n"
	"\n"
	"      --help               print this, or what a subcommand does, and exit\n"
	"      --version            print the version and exit\n"
	"\n"
	"Each subcommand has --json for scripts and --help.\n"
	"Exit status: 0 if all is well, 1 if there is a finding, 2 if privmapctl was used wrongly\n"
	"or has failed.\n";

static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		cli_fail("write error: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	const char *word;

	/* A file that may not become so long (RLIMIT_FSIZE) is said, and what was begun removed. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 2)
		ctl_usage(command.name, "no SUBCOMMAND given");
	word = argv[1];
	if (strcmp(word, "--help") == 0)
		cli_answer(help);
	if (strcmp(word, "--version") == 0)
		cli_answer("privmapctl " PRIVMAP_VERSION "\n");
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(word, subcommands[i]->name) == 0) {
			argv[1] = cli_text("privmapctl %s", word);
			return finish(subcommands[i]->run(argc - 1, argv + 1));
		}
	ctl_usage(command.name, "'%s': no such SUBCOMMAND", word);
}
