/* SPDX-License-Identifier: MIT */
/*
 * privmapctl doctor without operands looks at its surroundings: the current directory, mounts that
 * may refuse mappings, and facts for a bug report. It touches only the current directory, through a
 * child that it does not wait for forever: a server that does not answer hangs only that child.
 */
#include "ctl.h"
#include "doctor.h"
#include "json.h"
#include "mapping.h"
#include "remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
	PATIENCE_MS = 3000, /* for the current directory's server */
	STEP_MS = 5,
};

/* Shared with the child. */
struct tried {
	bool done;
	int error;
	struct directory_report report; /* without its mount, whose strings are in the child */
};

static void try_in_child(struct tried *tried)
{
	struct timespec step = { 0, STEP_MS * 1000000L };
	pid_t child = fork();

	if (child < 0)
		return;
	if (!child) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		/* A reader of our output must not wait for a child that hangs. */
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tried->error = try_directory(".", &tried->report);
		tried->done = true;
		_exit(0);
	}
	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (waitpid(child, NULL, WNOHANG) != 0)
			return;
		nanosleep(&step, NULL);
	}
	kill(child, SIGTERM); /* it removes its file, if the server answers */
	nanosleep(&step, NULL);
	kill(child, SIGKILL);
}

static enum here report_tried(const struct tried *tried)
{
	bool refuses = false;

	for (size_t i = 0; i < KINDS; i++)
		refuses |= mapping_is_candidate(kinds[i].prot, kinds[i].flags) &&
			   (tried->report.converted[i] || tried->report.signals[i] ||
			    mapping_errno_refuses(tried->report.errors[i]));
	if (!tried->done)
		json_or_print("  this directory: it does not answer\n");
	else if (tried->error)
		json_or_print("  this directory: cannot be tried: %s\n", strerror(tried->error));
	else
		json_or_print("  this directory: shared mappings %s\n",
			      refuses ? "are refused" : "work");
	if (!tried->done || tried->error)
		return HERE_UNKNOWN;
	return refuses ? HERE_REFUSES : HERE_WORKS;
}

enum here doctor_here(void)
{
	struct tried *tried = mmap(NULL, sizeof(*tried), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum here here;

	if (tried == MAP_FAILED)
		cli_fail("%s", strerror(errno));
	fflush(stdout);
	try_in_child(tried);
	here = report_tried(tried);
	if (here == HERE_UNKNOWN)
		json_string("refuses", NULL);
	else
		json_bool("refuses", here == HERE_REFUSES);
	munmap(tried, sizeof(*tried));
	return here;
}

static bool may_refuse(const char *type)
{
	return strcmp(type, "overlay") != 0 && strcmp(type, "fusectl") != 0 &&
	       remedies_for(type)[0] != NULL;
}

void doctor_mounts(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	struct mount mount;
	char *line = NULL;
	size_t room = 0;

	json_array("mounts");
	while (mounts && getline(&line, &room, mounts) > 0) {
		if (!mount_split(line, &mount) || !may_refuse(mount.type))
			continue;
		json_object(NULL);
		json_string("filesystem", mount.type);
		json_string("mounted_on", mount.point);
		json_string("source", mount.source);
		json_end();
		json_or_print("  may refuse mappings: %s (%s)\n", ctl_shown(mount.point),
			      ctl_shown(mount.type));
	}
	json_end();
	free(line);
	if (mounts)
		fclose(mounts);
}

/*
 * Returns the value after prefix in the first line of file that begins with prefix; NULL if there
 * is none.
 */
static const char *value_in(const char *file, const char *prefix)
{
	FILE *stream = fopen(file, "re");
	char line[256];
	const char *value = NULL;

	while (stream && !value && fgets(line, sizeof(line), stream))
		if (strncmp(line, prefix, strlen(prefix)) == 0) {
			char *begin = line + strlen(prefix);

			begin += strspn(begin, " \t\"");
			begin[strcspn(begin, "\"\n")] = '\0';
			value = cli_text("%s", begin);
		}
	if (stream)
		fclose(stream);
	return value;
}

static const char *container(void)
{
	static const char *const marks[][2] = {
		{ "/.dockerenv", "docker" },
		{ "/run/.containerenv", "podman" },
		{ "/dev/.lxd-mounts", "lxd" },
		{ "/dev/lxd", "lxd or incus" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (access(marks[i][0], F_OK) == 0)
			return marks[i][1];
	return value_in("/run/systemd/container", "");
}

/* musl's confstr(3) does not know this name. */
static const char *libc(void)
{
#ifdef _CS_GNU_LIBC_VERSION
	char name[64];

	if (confstr(_CS_GNU_LIBC_VERSION, name, sizeof(name)))
		return cli_text("%s", name);
#endif
	return NULL;
}

/* Only PRIVMAP_* and LD_PRELOAD: other variables may hold secrets. */
static void report_environment(void)
{
	json_array("environment");
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "PRIVMAP_", 8) == 0 ||
		    strncmp(*entry, "LD_PRELOAD=", 11) == 0) {
			json_string(NULL, *entry);
			json_or_print("  environment: %s\n", ctl_shown(*entry));
		}
	json_end();
}

void doctor_system(void)
{
	struct utsname kernel = { .release = "" };

	uname(&kernel);
	json_or_line("distribution", "distribution", value_in("/etc/os-release", "PRETTY_NAME="),
		     "unknown");
	json_or_line("kernel", "kernel", kernel.release, NULL);
	json_or_line("machine", "machine", kernel.machine, NULL);
	json_or_line("libc", "libc", libc(), "unknown");
	json_or_line("container", "container", container(), "none");
	json_or_line("ptrace_scope", "kernel.yama.ptrace_scope",
		     value_in("/proc/sys/kernel/yama/ptrace_scope", ""), "none");
	json_or_line("seccomp", "seccomp", value_in("/proc/self/status", "Seccomp:"), "unknown");
	report_environment();
}
