/* SPDX-License-Identifier: MIT */
/*
 * refusefs [OPTION...] SOURCE MOUNTPOINT: shows a directory at another place and refuses shared
 * mappings there with ENODEV, as virtiofs with --cache=never does (FUSE direct_io). For the tests
 * and the demo: mount_refusing in lib.sh. SIGINT, SIGTERM and SIGHUP unmount, even if files are
 * open there; so does umount MOUNTPOINT.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct settings settings = { .eio_after = -1 };

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;

	fputs("refusefs: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static void log_prefixed(enum fuse_log_level level, const char *format, va_list arguments)
{
	if (level > FUSE_LOG_WARNING)
		return;
	fputs("refusefs: ", stderr);
	vfprintf(stderr, format, arguments);
}

/* Afterwards optind is at SOURCE. */
static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		/* Refuses nothing: the control. */
		{ "cached", no_argument, NULL, 'c' },
		/* Answers no other user, even if root mounts. */
		{ "owner-only", no_argument, NULL, 'u' },
		/* Seconds for which names and attributes are trusted, 0 if not given. */
		{ "timeout", required_argument, NULL, 't' },
		/* The clock that stamps files: its tick, and how much it is ahead, in ms. */
		{ "grain", required_argument, NULL, 'g' },
		{ "skew", required_argument, NULL, 's' },
		/* Reading any byte at or after that one fails with EIO. */
		{ "eio-after", required_argument, NULL, 'e' },
		/* Each read takes so many milliseconds longer. */
		{ "delay", required_argument, NULL, 'd' },
		/* A file changes in so many passes over it, through one open: a byte and mtime. */
		{ "change-while-read", required_argument, NULL, 'w' },
		/* Faults only for files whose name matches. */
		{ "only", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "f", options, NULL)) != -1) {
		switch (option) {
		case 'f': break; /* libfuse's option: it always stays in the foreground */
		case 'c': settings.cached = true; break;
		case 'u': settings.owner_only = true; break;
		case 't': settings.timeout = atof(optarg); break;
		case 'g': settings.grain = 1000000 * atoll(optarg); break;
		case 's': settings.skew = 1000000 * atoll(optarg); break;
		case 'e': settings.eio_after = atoll(optarg); break;
		case 'd': settings.delay_ms = (unsigned int)atoi(optarg); break;
		case 'w': settings.changes = (unsigned int)atoi(optarg); break;
		case 'o': settings.only = optarg; break;
		default: exit(2);
		}
	}
	if (argc - optind != 2)
		die("SOURCE and MOUNTPOINT are needed");
}

/* Each file that the kernel knows costs an fd. */
static void raise_fd_limit(void)
{
	const rlim_t wanted = 1 << 20;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_max < wanted) {
		struct rlimit more = { wanted, wanted };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static struct fuse_session *new_session(const char *source, const char *mountpoint)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *session = NULL;
	char *options = NULL;
	char *name = NULL;

	if (asprintf(&name, "fsname=%s", source) < 0 || fuse_opt_add_opt_escaped(&options, name) ||
	    fuse_opt_add_opt(&options, "subtype=refusefs,default_permissions") ||
	    (geteuid() == 0 && !settings.owner_only && fuse_opt_add_opt(&options, "allow_other")) ||
	    fuse_opt_add_arg(&args, "refusefs") || fuse_opt_add_arg(&args, "-o") ||
	    fuse_opt_add_arg(&args, options))
		die("out of memory");
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session)
		die("%s: the FUSE session could not be made", mountpoint);
	fuse_opt_free_args(&args);
	free(options);
	free(name);
	return session;
}

static void detach(const char *mountpoint)
{
	if (geteuid() == 0)
		umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW);
	else
		execlp("fusermount3", "fusermount3", "-u", "-q", "-z", mountpoint, (char *)NULL);
}

/*
 * Starts a process that waits for the server's end, and unmounts a dead mount: the server may be
 * killed by SIGKILL. It must not have files open that keep the FUSE connection alive.
 */
static void start_watchdog(struct fuse_session *session, int source, const char *mountpoint)
{
	int ends[2];
	struct stat st;
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return;
	pid = fork();
	if (pid != 0) {
		close(ends[0]);
		return;
	}
	close(ends[1]);
	close(source);
	close(fuse_session_fd(session));
	setsid();
	prctl(PR_SET_NAME, "refusefs-watch");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	if (stat(mountpoint, &st) && (errno == ENOTCONN || errno == ECONNABORTED))
		detach(mountpoint);
	_exit(0);
}

/* Set before any thread or handler starts. */
static struct fuse_session *ending;

/*
 * libfuse checks whether to end, and then waits for a signal. A signal in between would be lost (a
 * test stopped this process exactly there), so the alarm repeats.
 */
static void end(int number)
{
	(void)number;
	fuse_session_exit(ending);
	alarm(1);
}

static void end_by_signals(struct fuse_session *session)
{
	const struct sigaction action = { .sa_handler = end };

	ending = session;
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Serves until unmounted or told to end. Returns the exit status. */
static int serve(struct fuse_session *session)
{
	struct fuse_loop_config config = { .clone_fd = 0, .max_idle_threads = 10 };
	int result = fuse_session_loop_mt(session, &config);

	return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct fuse_session *session;
	char *mountpoint;
	int source, status;

	parse(argc, argv);
	/*
	 * Files of a script must not stay open as long as the mount exists. A script's background
	 * job ignores SIGINT, but ^C must unmount there as well (end_by_signals()).
	 */
#ifdef SYS_close_range
	syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
	umask(0);
	raise_fd_limit();
	fuse_set_log_func(log_prefixed);

	source = open(argv[optind], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		die("%s: %s", argv[optind], strerror(errno));
	mountpoint = realpath(argv[optind + 1], NULL);
	if (!mountpoint)
		die("%s: %s", argv[optind + 1], strerror(errno));
	inodes_init(source);
	session = new_session(argv[optind], mountpoint);
	end_by_signals(session);
	if (fuse_session_mount(session, mountpoint))
		die("%s: cannot be mounted on", mountpoint);
	start_watchdog(session, source, mountpoint);
	status = serve(session);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	free(mountpoint);
	return status;
}
