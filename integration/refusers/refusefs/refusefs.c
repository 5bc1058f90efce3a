/* SPDX-License-Identifier: MIT */
/*
 * refusefs: shows a directory at another place and refuses shared mappings there, as virtiofs with
 * --cache=never does (FUSE direct_io). For the tests and the demo: mount_refusing in lib.sh.
 */
#define _GNU_SOURCE 1
#include "refusefs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
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

static const char usage[] =
	"usage: refusefs [OPTION...] SOURCE MOUNTPOINT\n"
	"Shows SOURCE at MOUNTPOINT, where shared mappings of files are refused with ENODEV.\n"
	"\n"
	"  -f                        stay in the foreground\n"
	"      --cached              refuse nothing (the control)\n"
	"      --owner-only          answer no other user, also if root mounts\n"
	"      --timeout=SECONDS     trust names and attributes that long (default 0)\n"
	"      --grain=MS            the clock that stamps files ticks every MS milliseconds\n"
	"      --skew=MS             it is ahead by MS milliseconds, or behind if negative\n"
	"      --eio-after=N[K|M|G]  reading any byte at or past N fails with EIO\n"
	"      --delay=MS            each read takes MS milliseconds longer\n"
	"      --change-while-read[=TIMES]\n"
	"                            a file changes (one byte and the mtime) in each of the first\n"
	"                            TIMES (default 1) passes made over it through one open\n"
	"      --only=GLOB           faults only for files whose name matches\n"
	"  -h, --help                this text\n"
	"\n"
	"SIGINT, SIGTERM and SIGHUP unmount, whoever still has files open there; so does\n"
	"umount MOUNTPOINT. Exit status: 0 mounted (with -f: and unmounted again), 1 failed,\n"
	"2 usage.\n";

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *format, ...)
{
	va_list arguments;

	fputs("refusefs: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	if (status == 2)
		fputs("Try 'refusefs --help'.\n", stderr);
	exit(status);
}

static void log_prefixed(enum fuse_log_level level, const char *format, va_list arguments)
{
	if (level > FUSE_LOG_WARNING)
		return;
	fputs("refusefs: ", stderr);
	vfprintf(stderr, format, arguments);
}

static long long number(const char *option, const char *text, long long most)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end != text && *end && end[1] == '\0' && (suffix = strchr(suffixes, *end)) != NULL) {
		for (const char *s = suffixes; s <= suffix; s++)
			if (__builtin_mul_overflow(value, 1024, &value))
				errno = ERANGE;
		end++;
	}
	if (end == text || *end || errno || value < 0 || value > most)
		die(2, "--%s=%s: not a number from 0 to %lld", option, text, most);
	return value;
}

static double seconds(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= 1e6))
		die(2, "--timeout=%s: not a number of seconds", text);
	return value;
}

/* In nanoseconds. */
static long long milliseconds(const char *option, const char *text)
{
	return *text == '-' ? -1000000 * number(option, text + 1, 1000000000) :
			      1000000 * number(option, text, 1000000000);
}

/* Returns whether to stay in the foreground; optind is at SOURCE then. */
static bool parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cached", no_argument, NULL, 'c' },
		{ "owner-only", no_argument, NULL, 'u' },
		{ "timeout", required_argument, NULL, 't' },
		{ "grain", required_argument, NULL, 'g' },
		{ "skew", required_argument, NULL, 's' },
		{ "eio-after", required_argument, NULL, 'e' },
		{ "delay", required_argument, NULL, 'd' },
		{ "change-while-read", optional_argument, NULL, 'w' },
		{ "only", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool foreground = false;
	int option;

	while ((option = getopt_long(argc, argv, "fh", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			foreground = true;
			break;
		case 'c':
			settings.cached = true;
			break;
		case 'u':
			settings.owner_only = true;
			break;
		case 't':
			settings.timeout = seconds(optarg);
			break;
		case 'g':
			settings.grain = milliseconds("grain", optarg);
			break;
		case 's':
			settings.skew = milliseconds("skew", optarg);
			break;
		case 'e':
			settings.eio_after = (off_t)number("eio-after", optarg, LONG_MAX);
			break;
		case 'd':
			settings.delay_ms = (unsigned int)number("delay", optarg, 600000);
			break;
		case 'w':
			settings.changes = 1;
			if (optarg)
				settings.changes = (unsigned int)number("change-while-read",
									optarg, 1000000);
			break;
		case 'o':
			settings.only = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs("Try 'refusefs --help'.\n", stderr);
			exit(2);
		}
	}
	if (argc - optind != 2)
		die(2, "SOURCE and MOUNTPOINT are needed");
	return foreground;
}

/*
 * SOURCE without what is mounted on or below it, as a mount of its own that nobody else sees: so
 * MOUNTPOINT may be SOURCE itself or lie below it, and no path leads from SOURCE back to us. An
 * old kernel, or not being root, leaves the plain directory.
 */
static int open_source(const char *path)
{
	int fd = -1;

#if defined(SYS_open_tree) && defined(SYS_mount_setattr)
	struct {
		uint64_t set, clear, propagation, user_namespace;
	} private = { .propagation = MS_PRIVATE };
	const unsigned int clone = 1; /* OPEN_TREE_CLONE */

	fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, clone | O_CLOEXEC);
	if (fd >= 0 && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &private,
			       sizeof(private))) {
		close(fd);
		fd = -1;
	}
#endif
	if (fd < 0)
		fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", F_OK, 0))
		die(1, "%s: %s", path, strerror(errno));
	return fd;
}

/* Each file the kernel knows of costs an fd. */
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
		die(1, "out of memory");
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session)
		die(1, "%s: the FUSE session could not be made", mountpoint);
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
 * A process that waits for the server's end and takes a dead mount away: the server may be killed
 * in a way it cannot handle. It must hold nothing open that keeps the FUSE connection alive.
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

/* Until unmounted or told to end. The exit status. */
static int serve(struct fuse_session *session)
{
	struct fuse_loop_config config = { .clone_fd = 0, .max_idle_threads = 10 };
	int result = fuse_session_loop_mt(session, &config);

	return result < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct fuse_session *session;
	bool foreground = parse(argc, argv);
	const char *source_path = argv[optind];
	char *mountpoint;
	struct stat st;
	int source;
	int status;

	/*
	 * What a script had open must not stay open as long as the mount is there; and a script's
	 * background job has SIGINT ignored, but ^C is to unmount there as well.
	 */
#ifdef SYS_close_range
	syscall(SYS_close_range, 3U, ~0U, 0U);
#endif
	signal(SIGINT, SIG_DFL);
	umask(0);
	raise_fd_limit();
	fuse_set_log_func(log_prefixed);

	if (stat(source_path, &st) == 0 && !S_ISDIR(st.st_mode))
		die(1, "%s: %s", source_path, strerror(ENOTDIR));
	source = open_source(source_path);
	mountpoint = realpath(argv[optind + 1], NULL);
	if (!mountpoint || stat(mountpoint, &st))
		die(1, "%s: %s", argv[optind + 1], strerror(errno));
	if (!S_ISDIR(st.st_mode))
		die(1, "%s: %s", mountpoint, strerror(ENOTDIR));
	inodes_init(source);
	session = new_session(source_path, mountpoint);
	if (fuse_session_mount(session, mountpoint))
		die(1, "%s: cannot be mounted on", mountpoint);
	if (fuse_set_signal_handlers(session) || fuse_daemonize(foreground)) {
		fuse_session_unmount(session);
		die(1, "%s", strerror(errno));
	}
	start_watchdog(session, source, mountpoint);
	status = serve(session);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
	free(mountpoint);
	return status;
}
