/* SPDX-License-Identifier: MIT */
/*
 * privmapctl doctor: tells what a directory refuses, whether a program can be served, and what is
 * installed.
 */
#include "doctor.h"

#include "ctl.h"
#include "json.h"

#include <sys/stat.h>

int doctor_failed(const char *name, const char *message)
{
	cli_complain("'%s': %s", name, message);
	json_begin("failure");
	json_string("name", name);
	json_string("message", message);
	json_end();
	return CTL_FAILED;
}

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
	"Usage: privmapctl doctor [OPTION]... [DIR|FILE|PROGRAM]...\n"
	"DIR: try which mappings are refused there, on a temporary file, and say what\n"
	"privmap can do, and what can be changed on the server. FILE: the same, only by\n"
	"reading FILE. PROGRAM, a name or a path: say which engine serves it. Without\n"
	"operands: look at the installation, this shell and this directory, and list\n"
	"what a bug report needs.\n"
	"\n"
	"      --json  print JSON: with operands, an array with an element for each\n"
	"  -h, --help  print this and exit\n"
	"\n"
	"Exit status: 0 if all is well, 1 if a mapping is refused or cannot be touched,\n"
	"a program cannot be served, or something is wrong with the installation; 2 if\n"
	"privmapctl fails.\n",
	run,
};
