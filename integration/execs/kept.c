/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: what a process keeps and loses when it becomes another program.
 */
#include "execs.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

/* Each kind of program, by an exec and by a spawn. */
static void each(void (*before)(void), const char *keys)
{
	static const char *const files[] = { "./static", "./dynamic", "./script" };

	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	for (size_t i = 0; i < 3; i++)
		try_all(&(struct order){
			.file = files[i], .before = before, .keys = keys, .only = TWO });
}

#define KEPT(function, keys, ...)                                                                  \
	static void before_##function(void)                                                        \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}                                                                                          \
	static void function(void)                                                                 \
	{                                                                                          \
		each(before_##function, keys);                                                     \
	}

static void ignore(int number)
{
	signal(number, SIG_IGN);
}

static void handler(int number)
{
	(void)number;
}

static void block(int how, int number)
{
	sigset_t set;

	sigemptyset(&set);
	if (number)
		sigaddset(&set, number);
	else
		sigfillset(&set);
	sigprocmask(how, &set, NULL);
}

static void limit(int what, rlim_t soft, rlim_t hard)
{
	struct rlimit both = { soft, hard };

	setrlimit((__rlimit_resource_t)what, &both);
}

static void timer(int which, long value, long every)
{
	struct itimerval both = { { every, 0 }, { value, 0 } };

	setitimer((__itimer_which_t)which, &both, NULL);
}

static void change_directory(const char *name)
{
	if (chdir(name))
		_exit(93);
}

/* --- descriptors --- */

static void opens(void)
{
	static const int numbers[] = { 3, 4, 10, 99, 100, 255, 256, 1000 };
	int fd = open("/dev/zero", O_RDONLY);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] != fd)
			dup2(fd, numbers[i]);
	fcntl(4, F_SETFD, FD_CLOEXEC);
	fcntl(100, F_SETFD, FD_CLOEXEC);
}

static void opens_files(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_APPEND, 0600);

	if (write(fd, "twelve bytes", 12) != 12)
		_exit(93);
	lseek(open("file", O_RDONLY), 5, SEEK_SET);
	open(".", O_DIRECTORY);
	open(".", O_PATH);
	open("file", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static void opens_pipes(void)
{
	int ends[2];

	if (pipe(ends) || pipe2(ends, O_NONBLOCK))
		_exit(93);
}

static void opens_all(void)
{
	int fd = 0;

	limit(RLIMIT_NOFILE, 64, 64);
	while (fd >= 0)
		fd = open("/dev/null", O_RDONLY | (fd > 20 ? O_CLOEXEC : 0));
}

KEPT(descriptors_kept, "open", opens())
KEPT(descriptor_state, "open", opens_files())
KEPT(pipes, "open", opens_pipes())
KEPT(all_descriptors, "open limits", opens_all())
KEPT(no_stdin, "open", close(0))
KEPT(no_stderr, "open", close(2))
KEPT(only_stdout, "open", close(0); close(2))
KEPT(close_on_exec_stderr, "open", fcntl(2, F_SETFD, FD_CLOEXEC))
KEPT(tables_shared, "open", opens(); unshare((int)CLONE_FILES))

/* --- signals --- */

static void be_pending(void)
{
	block(SIG_BLOCK, SIGUSR1);
	block(SIG_BLOCK, SIGRTMIN + 3);
	block(SIG_BLOCK, SIGCHLD);
	raise(SIGUSR1);
	kill(getpid(), SIGRTMIN + 3);
	kill(getpid(), SIGRTMIN + 3);
}

static void handle(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) };

	signal(SIGUSR1, handler);
	signal(SIGTERM, handler);
	signal(SIGALRM, handler);
	sigaction(SIGINT, &action, NULL);
	ignore(SIGUSR2);
}

static void other_stack(void)
{
	static char room[65536];
	stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };

	sigaltstack(&stack, NULL);
}

#define SIGNALS "mask pending ignored caught altstack"
KEPT(mask, SIGNALS, block(SIG_BLOCK, SIGUSR1); block(SIG_BLOCK, SIGRTMAX))
KEPT(mask_all, SIGNALS, block(SIG_SETMASK, 0))
KEPT(mask_stops, SIGNALS, block(SIG_BLOCK, SIGTSTP); block(SIG_BLOCK, SIGCONT))
KEPT(mask_trap, SIGNALS, block(SIG_BLOCK, SIGTRAP); block(SIG_BLOCK, SIGSEGV))
KEPT(ignored, SIGNALS, ignore(SIGHUP); ignore(SIGPIPE); ignore(SIGINT); ignore(SIGRTMIN))
KEPT(ignored_faults, SIGNALS, ignore(SIGSEGV); ignore(SIGTRAP); ignore(SIGSYS))
KEPT(handled, SIGNALS, handle())
KEPT(pending, SIGNALS, be_pending())
KEPT(alternate_stack, SIGNALS, other_stack())

/* --- place, limits, time --- */

static void goes_away(void)
{
	/* Goes back by a descriptor: the program is below that directory. */
	if (mkdir("gone", 0755) == 0)
		change_directory("gone");
	if (rmdir("../gone"))
		_exit(92);
}

static void deleted_directory(void)
{
	char static_name[4200], dynamic_name[4200];

	target("static");
	target("dynamic");
	MUST(realpath("static", static_name) && realpath("dynamic", dynamic_name));
	try_all(&(struct order){
		.file = static_name, .before = goes_away, .keys = "cwd argv", .only = TWO });
	try_all(&(struct order){
		.file = dynamic_name, .before = goes_away, .keys = "cwd argv", .only = TWO });
}

static void limits_are_set(void)
{
	limit(RLIMIT_NOFILE, 100, 200);
	limit(RLIMIT_CORE, 4096, 8192);
	limit(RLIMIT_STACK, 4 << 20, 64 << 20);
	limit(RLIMIT_FSIZE, 1 << 20, 1 << 20);
	limit(RLIMIT_MEMLOCK, 4096, 8192);
	limit(RLIMIT_CPU, 100, 200);
}

static void timers_are_set(void)
{
	timer(ITIMER_REAL, 1000, 3);
	timer(ITIMER_VIRTUAL, 2000, 0);
	timer(ITIMER_PROF, 3000, 7);
}

KEPT(directory, "cwd argv", (void)0)
KEPT(umask_is, "umask", umask(0137))
KEPT(limits, "limits", limits_are_set())
KEPT(endless_stack, "limits argv", limit(RLIMIT_STACK, RLIM_INFINITY, RLIM_INFINITY))
KEPT(little_stack, "limits argv", limit(RLIMIT_STACK, 64 << 10, 64 << 10))
KEPT(little_data, "limits argv", limit(RLIMIT_DATA, 2 << 20, 2 << 20))
KEPT(no_file_size, "limits argv", limit(RLIMIT_FSIZE, 0, 0))
KEPT(no_locked_memory, "limits argv", limit(RLIMIT_MEMLOCK, 0, 0))
KEPT(no_pending_signals, "limits argv", limit(RLIMIT_SIGPENDING, 0, 0))
KEPT(timers, "timers", timers_are_set())
KEPT(an_alarm, "timers", alarm(100))
KEPT(nice_value, "schedule", if (nice(5) < 0) _exit(91))
KEPT(slack, "schedule", prctl(PR_SET_TIMERSLACK, 123456))

static void batch(void)
{
	struct sched_param none = { 0 };

	sched_setscheduler(0, SCHED_BATCH, &none);
}

static void one_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

KEPT(policy, "schedule", batch())
KEPT(processors, "schedule", one_processor())

/* --- who it is --- */

static void leads_group(void)
{
	setpgid(0, 0);
}

static void takes_terminal(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), end;

	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		_exit(90);
	setsid();
	signal(SIGHUP, SIG_IGN); /* comes when the master is closed */
	end = open(ptsname(terminal), O_RDWR | O_CLOEXEC);
	ioctl(end, TIOCSCTTY, 0);
	fcntl(terminal, F_SETFD, 0);
}

static void tells_who(void)
{
	char text[64];

	snprintf(text, sizeof(text), "%d", getpid());
	setenv("SELF", text, 1);
	snprintf(text, sizeof(text), "%d", getppid());
	setenv("PARENT", text, 1);
}

static void executes_with_who(void)
{
	tells_who();
	execl("./static", "name", NULL);
	_exit(9);
}

static void executes_dynamic_with_who(void)
{
	tells_who();
	execl("./dynamic", "name", NULL);
	_exit(9);
}

static void identity(void)
{
	target("static");
	target("dynamic");
	try_call("static", executes_with_who, "pid parent group session threads");
	try_call("dynamic", executes_dynamic_with_who, "pid parent group session threads");
}

KEPT(group, "group session", leads_group())
KEPT(session, "group session terminal", setsid())
KEPT(terminal, "group session terminal", takes_terminal())
KEPT(nobody, "users flags", be_nobody())
KEPT(no_new_privileges, "flags", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
KEPT(not_dumpable, "flags", prctl(PR_SET_DUMPABLE, 0))
KEPT(subreaper, "flags", prctl(PR_SET_CHILD_SUBREAPER, 1))
KEPT(death_signal, "flags", prctl(PR_SET_PDEATHSIG, SIGUSR1))
KEPT(keeps_capabilities, "flags", prctl(PR_SET_KEEPCAPS, 1))
KEPT(personality_is, "flags", personality(ADDR_NO_RANDOMIZE))
KEPT(old_name, "comm", prctl(PR_SET_NAME, "another"))
KEPT(watched, "traced seccomp threads", (void)0)
KEPT(lists, "env argv", (void)0)

/* Earlier children stay its children, and a subreaper gets orphans. */
static void with_children(const char *file)
{
	for (int i = 3; i < 6; i++)
		if (fork() == 0)
			_exit(i);
	execl(file, "name", "do:wait", NULL);
	_exit(9);
}

static void with_children_static(void)
{
	with_children("./static");
}

static void with_children_dynamic(void)
{
	with_children("./dynamic");
}

static void children(void)
{
	target("static");
	target("dynamic");
	try_call("static", with_children_static, "");
	try_call("dynamic", with_children_dynamic, "");
}

static void locks_and_executes(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("file", O_RDWR | O_CREAT, 0600), ends[2];
	char byte;
	pid_t pid;

	if (fcntl(fd, F_SETLK, &lock) || pipe2(ends, O_CLOEXEC))
		_exit(9);
	pid = getpid();
	if (fork() == 0) {
		/* Until exec has closed that end. */
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 0 && fcntl(fd, F_GETLK, &lock) == 0)
			dprintf(1, "lock: %s\n",
				lock.l_type == F_UNLCK ? "none" :
				lock.l_pid == pid      ? "the program's" :
							 "another's");
		_exit(0);
	}
	execl("./static", "name", "do:wait", NULL);
	_exit(9);
}

static void locks(void)
{
	target("static");
	try_call("static", locks_and_executes, "child");
}

const struct conform_case execs_kept[] = {
	{ "descriptors", descriptors_kept, NULL },
	{ "descriptor-state", descriptor_state, NULL },
	{ "pipes", pipes, NULL },
	{ "all-descriptors", all_descriptors, NULL },
	{ "no-stdin", no_stdin, NULL },
	{ "no-stderr", no_stderr, NULL },
	{ "only-stdout", only_stdout, NULL },
	{ "close-on-exec-stderr", close_on_exec_stderr, NULL },
	{ "descriptor-tables", tables_shared, NULL },
	{ "mask", mask, NULL },
	{ "mask-all", mask_all, NULL },
	{ "mask-stops", mask_stops, NULL },
	{ "mask-trap", mask_trap, NULL },
	{ "ignored", ignored, NULL },
	{ "ignored-faults", ignored_faults, NULL },
	{ "handled", handled, NULL },
	{ "pending", pending, NULL },
	{ "alternate-stack", alternate_stack, NULL },
	{ "directory", directory, NULL },
	{ "deleted-directory", deleted_directory, NULL },
	{ "umask", umask_is, NULL },
	{ "limits", limits, NULL },
	{ "endless-stack", endless_stack, NULL },
	{ "little-stack", little_stack, NULL },
	{ "little-data", little_data, NULL },
	{ "no-file-size", no_file_size, NULL },
	{ "no-locked-memory", no_locked_memory, NULL },
	{ "no-pending-signals", no_pending_signals, NULL },
	{ "timers", timers, NULL },
	{ "alarm", an_alarm, NULL },
	{ "nice", nice_value, NULL },
	{ "timer-slack", slack, NULL },
	{ "policy", policy, NULL },
	{ "processors", processors, NULL },
	{ "identity", identity, NULL },
	{ "group", group, NULL },
	{ "session", session, NULL },
	{ "terminal", terminal, NULL },
	{ "nobody", nobody, NULL },
	{ "no-new-privileges", no_new_privileges, NULL },
	{ "not-dumpable", not_dumpable, NULL },
	{ "subreaper", subreaper, NULL },
	{ "death-signal", death_signal, NULL },
	{ "keep-capabilities", keeps_capabilities, NULL },
	{ "personality", personality_is, NULL },
	{ "old-name", old_name, NULL },
	{ "watched", watched, NULL },
	{ "lists", lists, NULL },
	{ "children", children, NULL },
	{ "locks", locks, NULL },
	{ 0 },
};
