/* SPDX-License-Identifier: MIT */
/*
 * Whether a program can be served, and by which engine.
 */
#include "ctl.h"
#include "doctor.h"
#include "program.h"
#include "imports.h"
#include "json.h"
#include "reach.h"
#include "spawn.h"

#include <elf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct program_report {
	const char *name;
	struct program program;
	const char *linker;    /* its dynamic linker; NULL: none */
	const char *engine;    /* NULL: none serves it */
	const char *gains;     /* privileges, from the file's mode and capabilities; NULL: none */
	int mmap, mmap64;      /* as imports() */
	struct reach reach;
	const char *untraced; /* why nothing can be traced here; NULL: it can, or need not */
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *gains(const char *path)
{
	struct stat file;

	if (stat(path, &file) == 0) {
		if (file.st_mode & S_ISUID)
			return "set-user-ID";
		if ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
			return "set-group-ID";
	}
	return getxattr(path, "security.capability", NULL, 0) > 0 ? "file capabilities" : NULL;
}

/* The tracer knows this machine's system calls, and on x86_64 those of i386 (trace/abi.c). */
static bool reach_by_trace(const struct elf *elf)
{
	struct program self = { .fd = -1 };

	if (find_program("/proc/self/exe", &self) || self.fd < 0)
		return false;
	close(self.fd);
	if (elf->data != self.elf.data)
		return false;
	if (elf->machine == EM_386 && self.elf.machine == EM_X86_64)
		return true;
	return elf->machine == self.elf.machine && elf->class == self.elf.class;
}

/*
 * Why no program can be traced here: Yama, a filter, a tracer that is there already. Asked of the
 * tracer itself, which lies beside this command, with a program that does nothing. NULL: it can.
 */
static const char *why_untraced(void)
{
	static const char begin[] = "cannot be served: ";
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *output, *reason;
	const char *argv[] = { NULL, "--engine", "trace", "--", self, "--version", NULL };

	if (length <= 0)
		return NULL;
	self[length] = '\0';
	argv[0] = cli_text("%.*s/privmap", (int)(strrchr(self, '/') - self), self);
	if (spawn(argv, &output) != 125 || !(reason = strstr(output, begin)))
		return NULL;
	reason += sizeof(begin) - 1;
	return cli_text("%.*s", (int)strcspn(reason, "\n"), reason);
}

static void look(struct program_report *report)
{
	const struct program *program = &report->program;
	bool elf = program->fd >= 0;

	report->gains = gains(program->path);
	report->mmap = elf ? imports(program->fd, "mmap") : -1;
	report->mmap64 = elf ? imports(program->fd, "mmap64") : -1;
	if (elf && program->elf.interpreter[0])
		report->linker = last_component(program->elf.interpreter);
	report->reach = reach_by_preload(program);
	if (report->reach.reached) {
		report->engine = "preload";
	} else if (elf && reach_by_trace(&program->elf)) {
		report->untraced = why_untraced();
		report->engine = report->untraced ? NULL : "trace";
	}
}

/* What it does itself; a library that it needs may do it as well. */
static const char *calls(const struct program_report *report)
{
	if (report->mmap == 1)
		return report->mmap64 == 1 ? "mmap and mmap64" : "mmap";
	if (report->mmap64 == 1)
		return "mmap64";
	return report->mmap == 0 ? "neither mmap nor mmap64, though its libraries may" :
				   "not known: it has no table of what it calls";
}

static const char *libc_of(const struct program_report *report)
{
	static const char names[][2][9] = {
		{ "ld-linux", "glibc" }, { "ld64.so", "glibc" }, { "ld.so", "glibc" },
		{ "ld-musl", "musl" },
	};

	if (!report->linker)
		return "none that is shared";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(report->linker, names[i][0], strlen(names[i][0])) == 0)
			return names[i][1];
	return "another";
}

static void print(const struct program_report *report)
{
	const struct elf *elf = &report->program.elf;
	char room[16];

	printf("%s\n  program: %s\n", ctl_shown(report->name), ctl_shown(report->program.path));
	if (report->program.fd >= 0)
		printf("  machine: %s\n  dynamic linker: %s\n  libc: %s\n  calls: %s\n",
		       elf_machine_name(elf, room),
		       report->linker ? ctl_shown(report->linker) : "none", libc_of(report),
		       calls(report));
	printf("  privileges of its own: %s\n", report->gains ? report->gains : "none");
	printf("  engine: %s, for %s%s%s\n", report->engine ? report->engine : "none serves it",
	       report->reach.why,
	       report->reach.privileged && getuid() != 0 ? "; traced, it runs without them" : "",
	       report->untraced ? cli_text("; %s", report->untraced) : "");
}

static void json_answer(const char *key, int answer)
{
	if (answer < 0)
		json_string(key, NULL);
	else
		json_bool(key, answer);
}

static void print_json(const struct program_report *report)
{
	bool elf = report->program.fd >= 0;
	char room[16];

	json_object(NULL);
	json_string("kind", "program");
	json_string("name", report->name);
	json_string("program", report->program.path);
	json_string("machine", elf ? elf_machine_name(&report->program.elf, room) : NULL);
	json_string("dynamic_linker", report->linker);
	json_string("libc", elf ? libc_of(report) : NULL);
	json_answer("imports_mmap", report->mmap);
	json_answer("imports_mmap64", report->mmap64);
	json_string("privileges", report->gains);
	json_string("engine", report->engine);
	json_string("why", report->reach.why);
	json_string("untraced", report->untraced);
	json_end();
}

int doctor_program(const char *name)
{
	struct program_report report = { .name = name };
	int error = find_program(name, &report.program);

	if (error) {
		cli_complain("'%s': %s", name, strerror(error));
		return CTL_FAILED;
	}
	look(&report);
	(ctl_json ? print_json : print)(&report);
	if (report.program.fd >= 0)
		close(report.program.fd);
	return report.engine ? CTL_FINE : CTL_FINDING;
}
