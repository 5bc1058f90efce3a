/*
 * Writes messages where they may go. Called by log.c and report.c, in each engine.
 */
#include "sink.h"

#include "engine.h"
#include "kernel.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

enum {
	ROOM = 64 * 1024, /* several paths, each byte of them as an escape; untouched pages are free
			   */
};

static bool look_at(int fd, struct statx *found)
{
	return !kernel(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, found);
}

void sink_remember_stderr(void)
{
	struct stderr_at_load *load = engine_stderr_at_load();
	int fd = engine_stderr();
	struct statx found;

	load->open = fd >= 0 && look_at(fd, &found);
	if (load->open) {
		load->major = found.stx_dev_major;
		load->minor = found.stx_dev_minor;
		load->inode = found.stx_ino;
	}
	if (fd >= 0)
		engine_stderr_done(fd);
}

static bool is_stderr_at_load(int fd)
{
	const struct stderr_at_load *load = engine_stderr_at_load();
	struct statx now;

	return load->open && look_at(fd, &now) && now.stx_ino == load->inode &&
	       now.stx_dev_major == load->major && now.stx_dev_minor == load->minor;
}

/* write(2) to what may be a pipe that nobody reads: the SIGPIPE it raises is taken back. */
static void write_quietly(int fd, const struct text *text)
{
	static const uint64_t pipe_signal[2] = { UINT64_C(1) << (SIGPIPE - 1), 0 };
	static const word now[2] = { 0, 0 };
	uint64_t before[2];
	uint64_t pending[2] = { 0, 0 };

	kernel(SYS_rt_sigprocmask, SIG_BLOCK, pipe_signal, before, KERNEL_SIGNALS);
	kernel(SYS_rt_sigpending, pending, KERNEL_SIGNALS);
	if (kernel(SYS_write, fd, text->bytes, text->length) == -EPIPE &&
	    !(pending[0] & pipe_signal[0]))
		kernel(SYS_rt_sigtimedwait, pipe_signal, NULL, now, KERNEL_SIGNALS);
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, KERNEL_SIGNALS);
}

void sink_stderr(const struct text *text)
{
	struct pollfd ready = { .fd = engine_stderr(), .events = POLLOUT };
	static const word now[2] = { 0, 0 };

	if (ready.fd < 0)
		return;
	if (is_stderr_at_load(ready.fd) &&
	    kernel(SYS_ppoll, &ready, 1, now, NULL, KERNEL_SIGNALS) == 1 && ready.revents & POLLOUT)
		write_quietly(ready.fd, text);
	engine_stderr_done(ready.fd);
}

void sink_file(const char *target, const struct text *text)
{
	char name[512];
	struct text path = TEXT_IN(name);
	int fd;

	if (*target != '/')
		text_add(&path, engine_cwd());
	text_add_target(&path, target, (uint64_t)engine_pid());
	if (path.length == path.size)
		return; /* a name cut off is another file's name */
	text_string(&path);
	fd = (int)kernel(SYS_openat, AT_FDCWD, name,
			 O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
				 O_NONBLOCK,
			 0666);
	if (fd < 0)
		return;
	write_quietly(fd, text);
	kernel(SYS_close, fd);
}

#ifdef SYS_socket
void sink_syslog(int severity, const struct text *text)
{
	static const struct sockaddr_un daemon = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char start[48];
	struct text tag = TEXT_IN(start);
	int fd = (int)kernel(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct iovec parts[2];
	struct msghdr message = { .msg_name = (void *)&daemon,
				  .msg_namelen = sizeof(daemon),
				  .msg_iov = parts,
				  .msg_iovlen = 2 };

	if (fd < 0)
		return;
	/* RFC 3164 without its time, which the daemon then supplies: "<13>privmap[1]: " */
	text_add(&tag, "<");
	text_add_number(&tag, (uint64_t)(LOG_USER | severity));
	text_add(&tag, ">privmap[");
	text_add_number(&tag, (uint64_t)engine_pid());
	text_add(&tag, "]: ");
	parts[0] = (struct iovec){ start, tag.length };
	parts[1] = (struct iovec){ text->bytes, text->length };
	kernel(SYS_sendmsg, fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	kernel(SYS_close, fd);
}
#else
void sink_syslog(int severity, const struct text *text)
{
	(void)severity, (void)text; /* an old i386 has no such calls but socketcall(2) */
}
#endif

bool sink_room(struct text *text)
{
	void *room = kernel_memory(ROOM);

	if (!room)
		return false;
	*text = (struct text){ room, ROOM, 0 };
	return true;
}

void sink_free(struct text *text)
{
	kernel(SYS_munmap, text->bytes, text->size);
}
