/* SPDX-License-Identifier: MIT */
/*
 * traced/identity FILE: prints all properties of the process that it did not set itself, maps FILE,
 * and prints them again.
 */
#include "traced.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static void files(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0)
			printf("fd %d: mode %o flags %x %x\n", fd, st.st_mode & S_IFMT,
			       (unsigned)fcntl(fd, F_GETFL), (unsigned)fcntl(fd, F_GETFD));
	}
}

static void limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			printf("limit %d: %lx %lx\n", i, limit.rlim_cur, limit.rlim_max);
	}
}

/* Prints lines of /proc/self/status. */
static void kernels_view(void)
{
	static const char *const keys[] = { "Umask:",  "Uid:",	  "Gid:",    "Threads:", "SigPnd:",
					    "ShdPnd:", "SigBlk:",	 "SigIgn:",
					    "SigCgt:", "CapEff:", "CapBnd:", "NoNewPriv" };
	FILE *status = fopen("/proc/self/status", "re");
	char line[4096];

	while (status && fgets(line, sizeof(line), status))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (status)
		fclose(status);
}

static void all(void)
{
	char directory[4096];
	struct itimerval timer;
	int subreaper = -1, death = -1;
	cpu_set_t cpus;

	files();
	limits();
	kernels_view();
	getitimer(ITIMER_REAL, &timer);
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	printf("directory %s\n", getcwd(directory, sizeof(directory)) ? directory : "none");
	printf("timer %d, subreaper %d, death signal %d, dumpable %d\n", timer.it_value.tv_sec > 0,
	       subreaper, death, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	printf("nice %d, policy %d, %d cpus, personality %x\n", getpriority(PRIO_PROCESS, 0),
	       sched_getscheduler(0), CPU_COUNT(&cpus), (unsigned)personality(0xffffffff));
	printf("group %d of parent %d, session %d\n", getpgrp() == getpid(),
	       getpgid(getppid()) == getpgrp(), getsid(0));
	printf("terminal's group: %d\n", (int)tcgetpgrp(0));
	printf("waits for: %s\n", waitpid(-1, NULL, 0) < 0 ? strerror(errno) : "a child");
	puts("--");
}

extern char **environ;

int main(int argc, char **argv)
{
	int error;

	(void)argc;
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	all();
	error = map_and_look(argv[1]);
	printf("mapping: %s\n", error ? strerror(error) : "mapped");
	all();
	return 0;
}
