/* SPDX-License-Identifier: MIT */
/*
 * privmapctl doctor: what a directory refuses, whether a program can be served, what is installed.
 */
#include "doctor.h"

#include "ctl.h"
#include "json.h"

#include <sys/stat.h>

static int look_at(const char *name)
{
	struct stat file;

	if (stat(name, &file) == 0 && S_ISDIR(file.st_mode))
		return doctor_directory(name);
	return doctor_program(name);
}

static int run(int argc, char **argv)
{
	int worst = CTL_FINE;

	ctl_option(argc, argv, &ctl_doctor, NULL);
	if (optind == argc)
		return doctor_installation();
	json_array(NULL);
	for (; optind < argc; optind++) {
		int status = look_at(argv[optind]);

		if (status > worst)
			worst = status;
	}
	json_end();
	return worst;
}

const struct subcommand ctl_doctor = {
	"doctor",
	"Usage: privmapctl doctor [OPTION]... [DIR|PROGRAM]...\n"
	"Try on a temporary file in DIR which mappings are refused there, and say what privmap\n"
	"serves of them and what can be changed on the server. Look at PROGRAM, a name or a path,\n"
	"and say whether and how it can be served. Without operands, look at the installation,\n"
	"the rule file, and whether programs that this shell starts are served.\n"
	"\n"
	"      --json  print JSON: with operands, an array of what was found for each\n"
	"      --help  print this and exit\n"
	"\n"
	"Exit status: 0 if all is well, 1 if a mapping is refused or cannot be touched, a program\n"
	"cannot be served, or something is wrong with the installation; 2 if privmapctl fails.\n",
	run,
};
