/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: each call, and each kind of program.
 */
#include "execs.h"

#include <dirent.h>
#include <setjmp.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <wordexp.h>

/* --- all ways, for each kind of program --- */

#define KIND(function, name)                                                                       \
	static void function(void)                                                                 \
	{                                                                                          \
		target(name);                                                                      \
		try_file("./" name);                                                               \
		try_all(&(struct order){ .file = name, .only = TWO });                             \
	}
KIND(dynamic, "dynamic")
KIND(static_one, "static")
KIND(pie, "pie")
KIND(go, "go")
KIND(cgo, "cgo")
KIND(musl, "musl")
KIND(narrow, "narrow")

/* --- the rarer arguments of single calls --- */

static char *const arguments[] = { (char *)(uintptr_t) "name", NULL };

static void say(const char *what)
{
	dprintf(1, "%s: %s\n", what, errno_word(errno));
}

/* In a child each time: it may be another program afterwards. */
#define IN_CHILD(...)                                                                              \
	do {                                                                                       \
		pid_t child_ = fork();                                                             \
		if (child_ == 0) {                                                                 \
			__VA_ARGS__;                                                               \
			say(#__VA_ARGS__);                                                         \
			_exit(0);                                                                  \
		}                                                                                  \
		while (waitpid(child_, NULL, 0) < 0)                                               \
			;                                                                          \
	} while (0)

/* Since Linux 6.14: only asks whether the file may be executed. Earlier kernels: EINVAL. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

static void check_calls(void)
{
	static const char *const files[] = { "./static", "./dynamic", "./missing", "." };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		dprintf(1, "%s: %s\n", files[i],
			said(execveat(AT_FDCWD, files[i], arguments, environ, AT_EXECVE_CHECK)));
	_exit(0);
}

static void only_checked(void)
{
	target("static");
	target("dynamic");
	try_call("execveat", check_calls, "");
}

static void at_calls(void)
{
	int none = 77, file = open("static", O_RDONLY), directory = open(".", O_PATH);

	IN_CHILD(execveat(none, "static", arguments, environ, 0));
	IN_CHILD(execveat(file, "static", arguments, environ, 0));
	IN_CHILD(execveat(directory, "", arguments, environ, 0));
	IN_CHILD(execveat(directory, "", arguments, environ, AT_EMPTY_PATH));
	IN_CHILD(execveat(none, "", arguments, environ, AT_EMPTY_PATH));
	IN_CHILD(execveat(AT_FDCWD, "", arguments, environ, AT_EMPTY_PATH));
	IN_CHILD(execveat(AT_FDCWD, "static", arguments, environ, 0x40000000));
	IN_CHILD(execveat(AT_FDCWD, "link", arguments, environ, AT_SYMLINK_NOFOLLOW));
	IN_CHILD(execveat(directory, "link", arguments, environ, AT_SYMLINK_NOFOLLOW));
	IN_CHILD(execveat(none, null(), arguments, environ, 0));
	IN_CHILD(execveat(file, null(), arguments, environ, AT_EMPTY_PATH));
}

static void at(void)
{
	target("static");
	MUST(symlink("static", "link") == 0);
	try_call("execveat", at_calls, "argv");
}

static void absolute_at(void)
{
	char name[4096];

	MUST(getcwd(name, sizeof(name) - 16));
	strcat(name, "/static");
	IN_CHILD(execveat(77, name, arguments, environ, 0));
	IN_CHILD(execveat(open("static", O_RDONLY), name, arguments, environ, AT_EMPTY_PATH));
}

static void at_absolute(void)
{
	target("static");
	try_call("execveat", absolute_at, "argv exe");
}

/* The interpreter opens a script by its descriptor, which must be open. */
static void descriptor_calls(void)
{
	IN_CHILD(fexecve(open("static", O_RDONLY), arguments, environ));
	IN_CHILD(fexecve(open("static", O_RDONLY | O_CLOEXEC), arguments, environ));
	IN_CHILD(fexecve(open("static", O_PATH | O_CLOEXEC), arguments, environ));
	IN_CHILD(fexecve(open("script", O_RDONLY), arguments, environ));
	IN_CHILD(fexecve(open("script", O_RDONLY | O_CLOEXEC), arguments, environ));
	IN_CHILD(fexecve(open("script", O_PATH), arguments, environ));
	IN_CHILD(fexecve(open("static", O_RDONLY), null(), environ));
	IN_CHILD(fexecve(open("static", O_RDONLY), arguments, null()));
	IN_CHILD(fexecve(-1, arguments, environ));
	IN_CHILD(fexecve(77, arguments, environ));
	IN_CHILD(fexecve(open(".", O_RDONLY), arguments, environ));
	IN_CHILD(fexecve(open("static", O_WRONLY), arguments, environ));
}

static void by_descriptor(void)
{
	target("static");
	SCRIPT("script", "#!./static of a script\n");
	try_call("fexecve", descriptor_calls, "argv execfn exe");
}

/* Deleted while open: it has no name. */
static void deleted_calls(void)
{
	int fd = open("static", O_RDONLY);

	if (unlink("static"))
		_exit(1);
	IN_CHILD(fexecve(fd, arguments, environ));
	IN_CHILD(execve("/proc/self/fd/3", arguments, environ));
}

static void deleted(void)
{
	target("static");
	try_call("fexecve", deleted_calls, "argv execfn exe");
}

static void memory_calls(void)
{
	char bytes[65536];
	int from = open("static", O_RDONLY), fd = memfd_create("program", 0);
	ssize_t count;

	while ((count = read(from, bytes, sizeof(bytes))) > 0)
		if (write(fd, bytes, (size_t)count) != count)
			_exit(1);
	IN_CHILD(fexecve(fd, arguments, environ)); /* it is open for writing */
	IN_CHILD(execve("/proc/self/fd/4", arguments, environ));
	from = open("/proc/self/fd/4", O_RDONLY | O_CLOEXEC);
	close(fd);
	IN_CHILD(fexecve(from, arguments, environ));
}

static void in_memory(void)
{
	target("static");
	try_call("fexecve", memory_calls, "argv execfn exe");
}

static void no_libc_calls(void)
{
	IN_CHILD(syscall(SYS_execve, "./static", arguments, environ));
	IN_CHILD(syscall(SYS_execve, "./missing", arguments, environ));
	IN_CHILD(syscall(SYS_execveat, AT_FDCWD, "dynamic", arguments, environ, 0));
}

static void no_libc(void)
{
	target("static");
	target("dynamic");
	try_call("syscall", no_libc_calls, "argv exe");
}

static void no_arguments_calls(void)
{
	IN_CHILD(execl("./static", null(), NULL));
	IN_CHILD(execlp("./static", null(), NULL));
	IN_CHILD(execle("./static", null(), environ, NULL, NULL));
}

static void no_arguments(void)
{
	target("static");
	try_call("execl", no_arguments_calls, "argv env");
}

#define TEN "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"
#define HUNDRED TEN, TEN, TEN, TEN, TEN, TEN, TEN, TEN, TEN, TEN
static void many_calls(void)
{
	IN_CHILD(execl("./static", HUNDRED, HUNDRED, HUNDRED, "end", NULL));
	IN_CHILD(execlp("./static", HUNDRED, HUNDRED, HUNDRED, "end", NULL));
	IN_CHILD(execle("./static", HUNDRED, HUNDRED, HUNDRED, "end", NULL, usual_envp + 1));
	IN_CHILD(execl("./dynamic", HUNDRED, HUNDRED, HUNDRED, "end", NULL));
}

static void many(void)
{
	target("static");
	target("dynamic");
	try_call("execl", many_calls, "argv env");
}

/* --- system(3), popen(3), wordexp(3): what runs is the shell --- */

static void say_status(const char *what, int status)
{
	dprintf(1, "%s: %d\n", what, status);
}

static void shell_runs(void)
{
	say_status("static", system("./static one 'two words'"));
	say_status("exec", system("exec ./static one 'two words'"));
	say_status("dynamic", system("./dynamic one"));
	say_status("script", system("./script one"));
	say_status("go", system("./static | cat; ./static & wait"));
}

static void shell(void)
{
	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	try_call("system", shell_runs, "argv env exe comm execfn");
}

static void shell_fails(void)
{
	say_status("exit", system("exit 7"));
	say_status("missing", system("./missing"));
	say_status("not permitted", system("./text"));
	say_status("signal", system("kill -TERM $$"));
	say_status("of the program", system("./static do:raise 9"));
	say_status("syntax", system("("));
	say_status("nothing", system(""));
	say_status("is there one", system(NULL) != 0);
}

static void shell_failing(void)
{
	target("static");
	make_text("text", "text\n", 5, 0644);
	try_call("system", shell_fails, "argv");
}

/* system(3) ignores SIGINT and SIGQUIT here, and blocks SIGCHLD; its child has the old settings. */
static void shell_with_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	say_status("static", system("exec ./static"));
	sigprocmask(SIG_BLOCK, NULL, &set);
	say_status("SIGCHLD blocked afterwards", sigismember(&set, SIGCHLD));
}

static void shell_signals(void)
{
	target("static");
	try_call("system", shell_with_signals, "mask ignored pending");
}

static void copy_from(const char *command, const char *mode)
{
	char line[4096];
	FILE *pipe = popen(command, mode);

	if (!pipe) {
		say(command);
		return;
	}
	while (fgets(line, sizeof(line), pipe))
		dprintf(1, "%s", line);
	say_status(command, pclose(pipe));
}

static void pipe_reads(void)
{
	copy_from("./static one", "r");
	copy_from("exec ./static one", "re");
	copy_from("./dynamic; exit 3", "r");
	copy_from("./missing", "r");
	copy_from("exit", "wrong");
}

static void pipe_from(void)
{
	target("static");
	target("dynamic");
	try_call("popen", pipe_reads, "argv env open");
}

static void pipe_writes(void)
{
	FILE *pipe = popen("exec ./static do:read", "w");

	for (int i = 0; i < 30000; i++)
		fprintf(pipe, "%d\n", i);
	say_status("static", pclose(pipe));
}

static void pipe_to(void)
{
	target("static");
	try_call("popen", pipe_writes, "read open");
}

static void expand(const char *text, int flags)
{
	wordexp_t words;
	int error = wordexp(text, &words, flags);

	say_status(text, error);
	for (size_t i = 0; !error && i < words.we_wordc; i++)
		dprintf(1, "%zu: %.60s\n", i, words.we_wordv[i]);
	if (!error)
		wordfree(&words);
}

static void expands(void)
{
	expand("$(./static one | head -n 2 | tail -n 1) \"$(./dynamic two | grep argv)\"", 0);
	expand("`exit 3` $ONE", 0);
	expand("$(./missing)", WRDE_SHOWERR);
	expand("$(./static)", WRDE_NOCMD);
	expand("$(unclosed", 0);
}

static void words(void)
{
	target("static");
	target("dynamic");
	try_call("wordexp", expands, "");
}

/* --- calls that a handler leaves --- */

static sigjmp_buf back;

static void jumps(int number)
{
	siglongjmp(back, number);
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	MUST(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* The kernel refuses to execute it with such an argument. A signal comes at another moment each. */
static void left_by_jumps(void)
{
	static char much[1 << 18];
	char *const given[] = { (char *)(uintptr_t) "name", much, NULL };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;
	int before;

	target("static");
	memset(much, 'x', sizeof(much) - 1);
	signal(SIGUSR1, jumps);
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	before = count_descriptors();
	for (volatile long i = 0; i < 1000; i++) {
		struct itimerspec soon = { { 0, 0 }, { 0, 1000 + i * 7919 % 60000 } };

		if (sigsetjmp(back, 1) == 0) {
			MUST(timer_settime(timer, 0, &soon, NULL) == 0);
			for (;;)
				execve("./static", given, environ);
		}
	}
	timer_delete(timer);
	answer("descriptors left open: %d", count_descriptors() - before);
}

const struct conform_case execs_calls[] = {
	{ "dynamic", dynamic, NULL },
	{ "static", static_one, NULL },
	{ "static-pie", pie, NULL },
	{ "go", go, NULL },
	{ "cgo", cgo, NULL },
	{ "musl", musl, NULL },
	{ "i386", narrow, NULL },
	{ "execveat", at, NULL },
	{ "execveat-absolute", at_absolute, NULL },
	{ "execveat-check", only_checked, NULL },
	{ "fexecve", by_descriptor, NULL },
	{ "fexecve-deleted", deleted, NULL },
	{ "fexecve-memory", in_memory, NULL },
	{ "syscall", no_libc, NULL },
	{ "execl-no-arguments", no_arguments, NULL },
	{ "execl-many-arguments", many, NULL },
	{ "system", shell, NULL },
	{ "system-failing", shell_failing, NULL },
	{ "system-signals", shell_signals, NULL },
	{ "popen-read", pipe_from, NULL },
	{ "popen-write", pipe_to, NULL },
	{ "wordexp", words, NULL },
	{ "left-by-jumps", left_by_jumps, NULL },
	{ 0 },
};
