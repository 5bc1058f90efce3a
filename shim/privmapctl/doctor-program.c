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

struct patient {
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
	argv[0] = ctl_text("%.*s/privmap", (int)(strrchr(self, '/') - self), self);
	if (spawn(argv, &output) != 125 || !(reason = strstr(output, begin)))
		return NULL;
	reason += sizeof(begin) - 1;
	return ctl_text("%.*s", (int)strcspn(reason, "\n"), reason);
}

static void look(struct patient *patient)
{
	const struct program *program = &patient->program;
	bool elf = program->fd >= 0;

	patient->gains = gains(program->path);
	patient->mmap = elf ? imports(program->fd, "mmap") : -1;
	patient->mmap64 = elf ? imports(program->fd, "mmap64") : -1;
	if (elf && program->elf.interpreter[0])
		patient->linker = last_component(program->elf.interpreter);
	patient->reach = reach_by_preload(program);
	if (patient->reach.reached) {
		patient->engine = "preload";
	} else if (elf && reach_by_trace(&program->elf)) {
		patient->untraced = why_untraced();
		patient->engine = patient->untraced ? NULL : "trace";
	}
}

/* What it does itself; a library that it needs may do it as well. */
static const char *calls(const struct patient *patient)
{
	if (patient->mmap == 1)
		return patient->mmap64 == 1 ? "mmap and mmap64" : "mmap";
	if (patient->mmap64 == 1)
		return "mmap64";
	return patient->mmap == 0 ? "neither mmap nor mmap64, though its libraries may" :
				    "not known: it has no table of what it calls";
}

static const char *libc_of(const struct patient *patient)
{
	static const char names[][2][9] = {
		{ "ld-linux", "glibc" }, { "ld64.so", "glibc" }, { "ld.so", "glibc" },
		{ "ld-musl", "musl" },
	};

	if (!patient->linker)
		return "none that is shared";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(patient->linker, names[i][0], strlen(names[i][0])) == 0)
			return names[i][1];
	return "another";
}

static void print(const struct patient *patient)
{
	const struct elf *elf = &patient->program.elf;
	char room[16];

	printf("%s\n  program: %s\n", ctl_shown(patient->name), ctl_shown(patient->program.path));
	if (patient->program.fd >= 0)
		printf("  machine: %s\n  dynamic linker: %s\n  libc: %s\n  calls: %s\n",
		       elf_machine_name(elf, room),
		       patient->linker ? ctl_shown(patient->linker) : "none",
		       libc_of(patient), calls(patient));
	printf("  privileges of its own: %s\n", patient->gains ? patient->gains : "none");
	printf("  engine: %s, for %s%s%s\n", patient->engine ? patient->engine : "none serves it",
	       patient->reach.why,
	       patient->reach.privileged && getuid() != 0 ? "; traced, it runs without them" : "",
	       patient->untraced ? ctl_text("; %s", patient->untraced) : "");
}

static void json_answer(const char *key, int answer)
{
	if (answer < 0)
		json_string(key, NULL);
	else
		json_bool(key, answer);
}

static void print_json(const struct patient *patient)
{
	bool elf = patient->program.fd >= 0;
	char room[16];

	json_object(NULL);
	json_string("kind", "program");
	json_string("name", patient->name);
	json_string("program", patient->program.path);
	json_string("machine", elf ? elf_machine_name(&patient->program.elf, room) : NULL);
	json_string("dynamic_linker", patient->linker);
	json_string("libc", elf ? libc_of(patient) : NULL);
	json_answer("imports_mmap", patient->mmap);
	json_answer("imports_mmap64", patient->mmap64);
	json_string("privileges", patient->gains);
	json_string("engine", patient->engine);
	json_string("why", patient->reach.why);
	json_string("untraced", patient->untraced);
	json_end();
}

int doctor_program(const char *name)
{
	struct patient patient = { .name = name };
	int error = find_program(name, &patient.program);

	if (error) {
		ctl_complain("'%s': %s", name, strerror(error));
		return CTL_FAILED;
	}
	look(&patient);
	(ctl_json ? print_json : print)(&patient);
	if (patient.program.fd >= 0)
		close(patient.program.fd);
	return patient.engine ? CTL_FINE : CTL_FINDING;
}
