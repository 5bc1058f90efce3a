/* SPDX-License-Identifier: MIT */
/*
 * Tells whether a program can be served, and by which engine.
 */
#include "ctl.h"
#include "doctor.h"
#include "json.h"
#include "patched.h"
#include "program.h"
#include "reach.h"
#include "spawn.h"
#include "text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct program_report {
	const char *name;
	struct program program;
	const char *linker; /* its dynamic linker; NULL: none */
	const char *engine; /* NULL: none serves it */
	const char *gains;  /* privileges by the file's mode and capabilities; NULL: none */
	struct reach reach;
	struct patched patched;
	const char *untraced; /* why tracing is impossible here; NULL: it works, or is not needed */
};

/* Tries the privmap in this command's directory, on a program that does nothing. */
const char *doctor_why_untraced(void)
{
	static const char begin[] = "cannot be served: ";
	const char *argv[] = { ctl_privmap(), "--engine", "trace", "--", NULL, "--version", NULL };
	const char *output, *reason;

	if (!argv[0])
		return NULL;
	argv[4] = argv[0];
	if (spawn(argv, &output) != 125 || !(reason = strstr(output, begin)))
		return NULL;
	reason += sizeof(begin) - 1;
	return cli_text("%.*s", (int)strcspn(reason, "\n"), reason);
}

/* A launcher runs the original, so that is the program to look at. */
static void look_at_original(struct program *program, const char *original)
{
	struct program found;

	if (find_program(original, &found))
		return;
	if (program->fd >= 0)
		close(program->fd);
	*program = found;
}

static void look_at_program(struct program_report *report)
{
	struct program *program = &report->program;
	bool elf;

	report->patched = patched_look(program->path);
	if (report->patched.by == PATCHED_LAUNCHER)
		look_at_original(program, report->patched.original);
	elf = program->fd >= 0;
	report->gains = privileges_of(program->path, false);
	if (elf && program->elf.interpreter[0])
		report->linker = last_component(program->elf.interpreter);
	report->reach = reach_by_preload(program);
	/*
	 * Programs of another architecture may run in an emulator, which knows their interpreters.
	 */
	if (program->interpreter[0] && (!elf || reach_by_trace(&program->elf))) {
		snprintf(report->reach.why, sizeof(report->reach.why),
			 "its interpreter %.200s cannot be run: %s", program->interpreter,
			 strerror(program->error));
	} else if (report->patched.by == PATCHED_ENGINE) {
		report->engine = "patched";
		snprintf(report->reach.why, sizeof(report->reach.why),
			 "version %s of it is in the program", report->patched.engine);
	} else if (report->reach.reached) {
		report->engine = "preload";
	} else if (elf && !report->reach.loses && reach_by_trace(&program->elf)) {
		report->untraced = doctor_why_untraced();
		report->engine = report->untraced ? NULL : "trace";
	}
}

static const char *libc_of(const struct program_report *report)
{
	static const char names[][2][9] = {
		{ "ld-linux", "glibc" },
		{ "ld64.so", "glibc" },
		{ "ld.so", "glibc" },
		{ "ld-musl", "musl" },
	};

	if (!report->linker)
		return "none that is shared";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(report->linker, names[i][0], strlen(names[i][0])) == 0)
			return names[i][1];
	return "another";
}

static void report_patched(const struct patched *patched)
{
	static const char *const words[] = { NULL, "library", "launcher", "engine", "replaced" };
	static const char *const texts[] = { NULL, "it needs libprivmap.so", "a launcher runs it",
					     "it serves itself",
					     "no longer, it was replaced since: patch it again" };

	json_string("patched", words[patched->by]);
	json_string("original", patched->original);
	json_string("missing", patched->missing);
	json_string("engine_version", patched->engine);
	if (patched->original)
		json_or_print("  patched: %s; the original is %s%s%s\n", texts[patched->by],
			      ctl_shown(patched->original), patched->missing ? "; missing: " : "",
			      patched->missing ? ctl_shown(patched->missing) : "");
}

/* For people, who see that an engine serves a program with privileges. */
static const char *gains_nothing(const struct program_report *report)
{
	bool nothing = report->gains && !privileges_of(report->program.path, true);

	return !nothing	     ? "" :
	       getuid() == 0 ? ", which gives you nothing: you are root" :
			       ", which gives you nothing here";
}

static void report_program(const struct program_report *report)
{
	const struct elf *elf = report->program.fd >= 0 ? &report->program.elf : NULL;
	char room[16];

	json_begin("program");
	json_string("name", report->name);
	json_or_print("%s\n", ctl_shown(report->name));
	json_or_line("script", "script", report->program.script[0] ? report->program.script : NULL,
		     NULL);
	json_or_line("program", report->program.script[0] ? "run by" : "program",
		     report->program.path, NULL);
	json_or_line("machine", "machine", elf ? elf_machine_name(elf, room) : NULL, NULL);
	json_or_line("dynamic_linker", "dynamic linker", report->linker, elf ? "none" : NULL);
	json_or_line("libc", "libc", elf ? libc_of(report) : NULL, NULL);
	json_string("privileges", report->gains);
	json_or_print("  privileges: %s%s\n", report->gains ? report->gains : "none",
		      gains_nothing(report));
	report_patched(&report->patched);
	json_string("engine", report->engine);
	json_string("why", report->reach.why);
	json_string("untraced", report->untraced);
	json_or_print("  engine: %s, because %s%s%s\n",
		      report->engine ? report->engine : "none serves it",
		      ctl_shown(report->reach.why), report->untraced ? "; " : "",
		      report->untraced ? report->untraced : "");
	json_end();
}

int doctor_program(const char *name)
{
	struct program_report report = { .name = name };
	int error = find_program(name, &report.program);
	struct stat file;

	if (error && stat(name, &file) == 0 && S_ISREG(file.st_mode))
		return doctor_file(name);
	if (error)
		return doctor_failed(name, strerror(error));
	look_at_program(&report);
	report_program(&report);
	if (report.program.fd >= 0)
		close(report.program.fd);
	return report.engine && report.patched.by != PATCHED_REPLACED && !report.patched.missing ?
		       CTL_FINE :
		       CTL_FINDING;
}
