/* SPDX-License-Identifier: MIT */
/*
 * tells: prints what exec gave it, a line KEY=WHAT for each, and then does what its first argument
 * says ("do:exit 7"). Leaves out what privmap puts into environments: LD_PRELOAD, PRIVMAP_*, and
 * options of sanitizers.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Built with -DGO, it looks like a Go program. */
#ifdef GO
__asm__(".pushsection .note.go.buildid, \"a\", @note\n"
	".balign 4\n.long 4, 4, 4\n.ascii \"Go\\0\\0\"\n.ascii \"told\"\n.popsection");
#endif

static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
}

/* --- strings --- */

enum { SHORT = 60, FEW = 8 };

static uint32_t sum_of(const char *text, uint32_t sum)
{
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 16777619;
	return sum;
}

static void quoted(const char *text)
{
	size_t length = strlen(text);

	if (length > SHORT) {
		printf(" (%zu bytes, sum %08x)", length, sum_of(text, 2166136261));
		return;
	}
	printf(" \"");
	for (; *text; text++)
		if (isprint((unsigned char)*text) && *text != '"')
			putchar(*text);
		else
			printf("\\x%02x", (unsigned char)*text);
	putchar('"');
}

static bool is_privmaps(const char *variable)
{
	static const char *const names[] = { "LD_PRELOAD=", "PRIVMAP_",
					     "ASAN_OPTIONS=", "LSAN_OPTIONS=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(variable, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void strings(const char *key, char **list, bool (*left_out)(const char *))
{
	uint32_t sum = 2166136261;
	size_t count = 0;

	for (char **p = list; *p; p++)
		if (!left_out || !left_out(*p)) {
			count++;
			sum = sum_of(*p, sum * 31);
		}
	printf("%s=%zu", key, count);
	if (count > FEW)
		printf(" (sum %08x)", sum);
	else
		for (char **p = list; *p; p++)
			if (!left_out || !left_out(*p))
				quoted(*p);
	putchar('\n');
}

/* Prints a name relative to its directory if possible, else unchanged. */
static void name_of(const char *key, const char *link)
{
	char name[4096], here[4096];
	ssize_t length = readlink(link, name, sizeof(name) - 1);
	size_t own;

	if (length < 0) {
		line("%s=errno %d", key, errno);
		return;
	}
	name[length] = '\0';
	own = getcwd(here, sizeof(here)) ? strlen(here) : 0;
	if (own > 1 && strncmp(name, here, own) == 0)
		line("%s=HERE%s", key, name + own);
	else
		line("%s=%s", key, name);
}

static void preloaded(void)
{
	const char *libraries = getenv("LD_PRELOAD");
	FILE *maps = fopen("/proc/self/maps", "re");
	char text[4096];
	bool found = false;

	while (maps && fgets(text, sizeof(text), maps))
		found |= strstr(text, "/empty.so") != NULL;
	if (maps)
		fclose(maps);
	line("empty=%s, %s", libraries && strstr(libraries, "empty.so") ? "named" : "not named",
	     found ? "loaded" : "not loaded");
}

/* --- what the kernel keeps --- */

static void descriptors(void)
{
	printf("open=");
	for (int fd = 0; fd < 2048; fd++) {
		int flags = fcntl(fd, F_GETFD);
		struct stat st;

		if (flags < 0)
			continue;
		printf(" %d", fd);
		if (flags)
			printf(" (close-on-exec)");
		if (fstat(fd, &st) == 0 && fd > 2)
			printf(":%o:%x:%ld", st.st_mode >> 12, (unsigned)fcntl(fd, F_GETFL),
			       (long)lseek(fd, 0, SEEK_CUR));
	}
	putchar('\n');
}

static void set(const char *key, const sigset_t *signals)
{
	printf("%s=", key);
	for (int i = 1; i < 65; i++)
		if (sigismember(signals, i) == 1)
			printf(" %d", i);
	putchar('\n');
}

static void signals(void)
{
	sigset_t mask, pending, ignored, caught;
	struct sigaction action;
	stack_t stack;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	sigemptyset(&ignored);
	sigemptyset(&caught);
	for (int i = 1; i < 65; i++) {
		if (sigaction(i, NULL, &action))
			continue;
		if (action.sa_handler == SIG_IGN)
			sigaddset(&ignored, i);
		else if (action.sa_handler != SIG_DFL)
			sigaddset(&caught, i);
	}
	set("mask", &mask);
	set("pending", &pending);
	set("ignored", &ignored);
	set("caught", &caught);
	line("altstack=%s",
	     sigaltstack(NULL, &stack) == 0 && stack.ss_flags == SS_DISABLE ? "none" : "set");
}

static void limits(void)
{
	printf("limits=");
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) == 0)
			printf(" %u:%lx:%lx", i, (unsigned long)limit.rlim_cur,
			       (unsigned long)limit.rlim_max);
	}
	putchar('\n');
}

/* Rounded up to ten seconds, because some time has passed. */
static void timers(void)
{
	static const char *const names[] = { "real", "virtual", "profile" };

	printf("timers=");
	for (unsigned i = 0; i < 3; i++) {
		struct itimerval timer;

		if (getitimer(i, &timer) == 0)
			printf(" %s %ld every %ld", names[i],
			       (long)(timer.it_value.tv_sec + 9) / 10,
			       (long)timer.it_interval.tv_sec);
	}
	putchar('\n');
}

static long from_status(const char *key)
{
	FILE *status = fopen("/proc/self/status", "re");
	char text[4096];
	long number = -1;

	while (status && fgets(text, sizeof(text), status))
		if (strncmp(text, key, strlen(key)) == 0)
			number = strtol(text + strlen(key), NULL, 10);
	if (status)
		fclose(status);
	return number;
}

static void process(void)
{
	const char *self = getenv("SELF"), *parent = getenv("PARENT");
	uid_t users[3];
	gid_t groups[3];
	cpu_set_t processors;
	char comm[17] = "";
	int death = -1, reaper = -1, tty;

	prctl(PR_GET_NAME, comm);
	line("comm=%s", comm);
	line("threads=%ld", from_status("Threads:"));
	line("traced=%s", from_status("TracerPid:") > 0 ? "yes" : "no");
	line("seccomp=%ld", (long)prctl(PR_GET_SECCOMP));
	if (self)
		line("pid=%s", atoi(self) == getpid() ? "as told" : "another");
	if (parent)
		line("parent=%s", atoi(parent) == getppid() ? "as told" : "another");
	line("group=%s", getpgrp() == getpid()	? "its own" :
			 getpgrp() == getppid() ? "its parent's" :
						  "another");
	line("session=%s", getsid(0) == getpid() ? "its own" : "another");
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	line("terminal=%s, %s", tty >= 0 ? "yes" : "no",
	     tty >= 0 && tcgetpgrp(tty) == getpgrp() ? "in front" : "not in front");
	if (tty >= 0)
		close(tty);
	getresuid(&users[0], &users[1], &users[2]);
	getresgid(&groups[0], &groups[1], &groups[2]);
	line("users=%u %u %u %u %u %u, %d groups", users[0], users[1], users[2], groups[0],
	     groups[1], groups[2], getgroups(0, NULL));
	CPU_ZERO(&processors);
	sched_getaffinity(0, sizeof(processors), &processors);
	line("schedule=nice %d, policy %d, %d processors, slack %d", getpriority(PRIO_PROCESS, 0),
	     sched_getscheduler(0), CPU_COUNT(&processors), prctl(PR_GET_TIMERSLACK));
	prctl(PR_GET_PDEATHSIG, &death);
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	line("flags=no_new_privs %d, dumpable %d, subreaper %d, death signal %d, keepcaps %d, "
	     "securebits %d, personality %x",
	     prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE), reaper, death,
	     prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS), (unsigned)personality(0xffffffff));
}

static void place(void)
{
	char here[4096];
	mode_t mask = umask(0);

	umask(mask);
	line("umask=%03o", (unsigned)mask);
	if (getcwd(here, sizeof(here)))
		line("cwd=%s", strrchr(here, '/') + 1);
	else
		line("cwd=errno %d", errno);
	name_of("exe", "/proc/self/exe");
	line("execfn=%s", (const char *)(uintptr_t)getauxval(AT_EXECFN));
	line("secure=%lu", getauxval(AT_SECURE));
}

/* --- actions --- */

static void waits(void)
{
	int status;

	while (wait(&status) > 0)
		line("child=%d", status);
}

static void reads(void)
{
	char bytes[4096];
	ssize_t count;
	long sum = 0;

	while ((count = read(0, bytes, sizeof(bytes))) > 0)
		sum += count;
	line("read=%ld", sum);
}

/* "do:then PROGRAM ARGUMENTS" */
static void then(char **argv)
{
	fflush(stdout);
	execvp(argv[2], argv + 2);
	line("then=errno %d", errno);
}

static int acts(char **argv)
{
	const char *what = argv[0] && argv[1] && strncmp(argv[1], "do:", 3) == 0 ? argv[1] + 3 : "";
	const char *number = strchr(what, ' ');
	int value = number ? atoi(number + 1) : 0;

	if (strncmp(what, "exit", 4) == 0)
		return value;
	if (strncmp(what, "wait", 4) == 0)
		waits();
	else if (strncmp(what, "read", 4) == 0)
		reads();
	else if (strncmp(what, "then", 4) == 0)
		then(argv);
	fflush(stdout);
	if (strncmp(what, "raise", 5) == 0)
		raise(value);
	else if (strncmp(what, "sleep", 5) == 0)
		sleep((unsigned)value);
	else if (strncmp(what, "fault", 5) == 0)
		*(volatile char *)(uintptr_t)value = 0;
	return 0;
}

int main(int argc, char **argv)
{
	static char buffer[1 << 16];

	(void)argc;
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	descriptors(); /* first, because others open some */
	strings("argv", argv, NULL);
	strings("env", environ, is_privmaps);
	signals();
	place();
	preloaded();
	limits();
	timers();
	process();
	return acts(argv);
}
