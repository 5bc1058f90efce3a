/* SPDX-License-Identifier: MIT */
/*
 * conform: runs the cases of the conformance suite (TOPIC.c) and prints `NAME: ANSWER` lines. It
 * does not judge them.
 */
#include "conform.h"

#include <ftw.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "answers.h"

enum { GRACE = 5 }; /* seconds */
static unsigned time_limit = 60; /* for a case; longer on emulated machines */

const char *conform_noexec;
bool conform_settles;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st, (void)type, (void)place;
	return remove(path);
}

static void be_the_case(const char *directory, const struct conform_case *one)
{
	struct rlimit core;

	/* A sanitizer's handlers would change the answer. */
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	/* Its children end with it, and it ends with us. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/*
	 * In some cases, death by a signal is the answer: without a core file, unless they ask for
	 * one.
	 */
	if (getrlimit(RLIMIT_CORE, &core) == 0) {
		core.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &core);
	}
	alarm(time_limit);
	MUST(chdir(directory) == 0);
	one->run();
	_exit(0);
}

/* A case that hangs with all signals blocked does not get its alarm. */
static void end_if_hanging(pid_t pid)
{
	struct pollfd ended = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };

	if (ended.fd < 0)
		return;
	if (poll(&ended, 1, ((int)time_limit + GRACE) * 1000) == 0)
		kill(pid, SIGKILL);
	close(ended.fd);
}

static void run_case(const char *base, const char *name, const struct conform_case *one)
{
	char directory[4096], line[4096];
	int status;
	pid_t pid;

	snprintf(directory, sizeof(directory), "%s/%s", base, name);
	if (mkdir(directory, 0755) < 0) {
		printf("%s: mkdir: %s\n", name, errno_word(errno));
		return;
	}
	answers_begin();
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		be_the_case(directory, one);
	if (pid > 0)
		end_if_hanging(pid);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		printf("%s: cannot be run: %s\n", name, errno_word(errno));
	} else {
		kill(-pid, SIGKILL);
		if (status != 0)
			answer("%s", ended(status));
	}
	for (size_t place = 0; answers_next(&place, line, sizeof(line));)
		printf("%s: %s\n", name, line);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Shows the kernel's view of the mapping at AT: "r--s file" if it maps PATH; and its inode. */
static void shown(const void *at, const char *path, char *text, size_t size, char inode[32])
{
	char line[8192], kind[8], name[8192];
	FILE *maps = fopen("/proc/self/maps", "re");
	void *start;

	snprintf(text, size, "not in /proc/self/maps");
	while (maps && fgets(line, sizeof(line), maps)) {
		int got = sscanf(line, "%p-%*x %7s %*x %*s %31s %8191[^\n]", &start, kind, inode,
				 name);

		if (got >= 3 && start == at) {
			if (got == 3 || strcmp(name, path) == 0)
				strcpy(name, got == 3 ? "nothing" : "file");
			snprintf(text, size, "%s %s", kind, name);
			break;
		}
	}
	if (maps)
		fclose(maps);
}

/*
 * Shows the kind of a shared read-only mapping, or of a private writable one: "r--s file, twice the
 * same", "rw-p /memfd:...".
 */
static int show_kind(const char *base, bool private)
{
	char path[4096], kind[8200], inode[2][32] = { "", "" };
	int fd;

	if (chdir(base) < 0 || !getcwd(path, sizeof(path) - 8))
		return 2;
	strcat(path, "/kind");
	fd = make_file("kind", 2 * PAGE, 1, O_RDONLY);
	for (int i = 0; i < 2; i++) { /* apart, so that they do not become one */
		void *at = mmap(reserve(4), 2 * PAGE, PROT_READ | (private ? PROT_WRITE : 0),
				MAP_FIXED | (private ? MAP_PRIVATE : MAP_SHARED), fd, 0);

		MUST(at != MAP_FAILED);
		shown(at, path, kind, sizeof(kind), inode[i]);
	}
	printf("%s, %s\n", kind, strcmp(inode[0], inode[1]) == 0 ? "twice the same" : "another");
	unlink("kind");
	return 0;
}

/* names are separated by commas. */
static bool is_among(const char *name, const char *names)
{
	size_t length = strlen(name);

	for (; names; names = strchr(names, ',')) {
		names += *names == ',';
		if (strncmp(names, name, length) == 0 &&
		    (names[length] == '\0' || names[length] == ','))
			return true;
	}
	return false;
}

static int usage(void)
{
	fputs("usage: conform [--settle] [--seconds N] "
	      "[--list | --only NAMES | --but NAMES | --kind | --private-kind] DIR [NOEXEC-DIR]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *only = NULL, *but = NULL;
	bool list = false, kind = false, private_kind = false, again = false;
	int found = 0, i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		list |= strcmp(argv[i], "--list") == 0;
		conform_settles |= strcmp(argv[i], "--settle") == 0;
		kind |= strcmp(argv[i], "--kind") == 0;
		private_kind |= strcmp(argv[i], "--private-kind") == 0;
		again = strcmp(argv[i], "--again") == 0;
		if (again || strcmp(argv[i], "--only") == 0) {
			only = argv[++i];
			if (!only)
				return usage();
		} else if (strcmp(argv[i], "--but") == 0) {
			but = argv[++i];
			if (!but)
				return usage();
		} else if (strcmp(argv[i], "--seconds") == 0) {
			if (!argv[++i] || sscanf(argv[i], "%u", &time_limit) != 1)
				return usage();
		}
		if (again)
			break;
	}
	if (sysconf(_SC_PAGESIZE) != (long)PAGE) {
		fprintf(stderr, "conform: compiled for pages of %zu bytes\n", PAGE);
		return 2;
	}
	if (!list && !again && (argc - i < 1 || argc - i > 2))
		return usage();
	if (kind || private_kind)
		return show_kind(argv[i], private_kind);
	conform_noexec = !list && !again && argc - i == 2 ? argv[i + 1] : NULL;
	umask(022);
	for (const struct conform_topic *topic = conform_topics; topic->name; topic++) {
		for (const struct conform_case *one = topic->cases; one->name; one++) {
			char name[256];

			snprintf(name, sizeof(name), "%s.%s", topic->name, one->name);
			if ((only && !is_among(name, only) && !is_among(topic->name, only)) ||
			    (but && is_among(name, but)))
				continue;
			found++;
			if (again)
				return one->again ? one->again(argc - i, argv + i) : 2;
			if (list)
				puts(name);
			else
				run_case(argv[i], name, one);
		}
	}
	if (!found)
		fprintf(stderr, "conform: no case %s\n", only ? only : "at all");
	return found ? 0 : 2;
}
