/* SPDX-License-Identifier: MIT */
/*
 * The log and its sinks.
 */
#include "log.h"

#include "engine.h"
#include "inode.h"
#include "kernel.h"
#include "memory.h"
#include "opened.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <syslog.h>

enum {
	ROOM = 64 * 1024, /* several paths with each byte escaped; untouched pages are free */
};

void sink_remember_stderr(void)
{
	struct stderr_at_load *load = engine_stderr_at_load();
	int fd = engine_stderr();
	struct inode found;

	load->open = fd >= 0 && inode_look(fd, &found);
	if (load->open)
		load->file = found.now.file;
	if (fd >= 0)
		engine_stderr_done(fd);
}

static bool is_stderr_at_load(const struct inode *now)
{
	const struct stderr_at_load *load = engine_stderr_at_load();

	return load->open && identity_equal(now->now.file, load->file);
}

/* How a descriptor is written to without waiting. */
enum way {
	WAY_PLAIN,   /* a file, or opened O_NONBLOCK */
	WAY_SOCKET,  /* sendto() with MSG_DONTWAIT */
	WAY_POLLED,  /* in pieces for which poll(2) finds room */
	WAY_PATIENT, /* the same, but waits for room */
};

static word write_some(int fd, enum way way, const char *bytes, size_t size)
{
	enum { PATIENCE = 60 }; /* seconds without any room */
	word wait[2] = { way == WAY_PATIENT ? PATIENCE : 0, 0 };
	struct pollfd ready = { .fd = fd, .events = POLLOUT };

#ifdef SYS_sendto
	if (way == WAY_SOCKET)
		return kernel(SYS_sendto, fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
#endif
	if (way != WAY_PLAIN) {
		if (kernel(SYS_ppoll, &ready, 1, wait, NULL, KERNEL_SIGNALS) != 1 ||
		    !(ready.revents & POLLOUT))
			return -ETIMEDOUT;
		if (size > PIPE_BUF)
			size = PIPE_BUF;
	}
	return kernel(SYS_write, fd, bytes, size);
}

/*
 * write(2), until nothing or no room is left. The program gets no signal from it: SIGPIPE (a pipe
 * that nobody reads) and SIGXFSZ (RLIMIT_FSIZE) are consumed, and while SIGTTOU is blocked a
 * terminal accepts output of a background process (termios(3), TOSTOP).
 */
static void write_quietly(int fd, enum way way, const struct text *text)
{
	static const uint64_t pipe = UINT64_C(1) << (SIGPIPE - 1);
	static const uint64_t size = UINT64_C(1) << (SIGXFSZ - 1);
	const uint64_t blocked[2] = { pipe | size | UINT64_C(1) << (SIGTTOU - 1), 0 };
	static const word now[2] = { 0, 0 };
	uint64_t raised[2] = { 0, 0 };
	uint64_t before[2];
	uint64_t pending[2] = { 0, 0 };
	word count = 0;

	kernel(SYS_rt_sigprocmask, SIG_BLOCK, blocked, before, KERNEL_SIGNALS);
	kernel(SYS_rt_sigpending, pending, KERNEL_SIGNALS);
	for (size_t done = 0; done < text->length; done += (size_t)count) {
		count = write_some(fd, way, text->bytes + done, text->length - done);
		if (count == -EAGAIN && way == WAY_PATIENT)
			count = 0; /* another writer was faster */
		else if (count <= 0)
			break;
	}
	raised[0] = (count == -EPIPE ? pipe : count == -EFBIG ? size : 0) & ~pending[0];
	if (raised[0])
		kernel(SYS_rt_sigtimedwait, raised, NULL, now, KERNEL_SIGNALS);
	kernel(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, KERNEL_SIGNALS);
}

/* Puts "..." in place of the end of a long message that does not fit into a pipe. */
static void fit_pipe(int fd, struct text *text)
{
	static const char cut[] = " ...\n";
	word size = kernel(SYS_fcntl, fd, F_GETPIPE_SZ);
	int unread = 0;
	size_t room;

	if (text->length <= PIPE_BUF || size < 0 || kernel(SYS_ioctl, fd, FIONREAD, &unread))
		return;
	room = (size_t)(size - unread) / PIPE_BUF * PIPE_BUF;
	if (room < PIPE_BUF)
		room = PIPE_BUF;
	if (text->length <= room)
		return;
	text->length = room - (sizeof(cut) - 1);
	while ((text->bytes[text->length] & 0xc0) == 0x80) /* not in the middle of a character */
		text->length--;
	text_add(text, cut);
}

/*
 * Opens the file of fd anew, non-blocking: setting O_NONBLOCK on the program's description would
 * affect all who share it. -1 if that fails, or if opening would give something else (the other end
 * of a terminal).
 */
static int open_again(int fd, const struct inode *found)
{
	enum { FIRST_SLAVE = 136, LAST_SLAVE = 143 }; /* devices.txt: Unix98 PTY slaves */

	if (!S_ISFIFO(found->mode) &&
	    !(S_ISCHR(found->mode) && major(found->special) >= FIRST_SLAVE &&
	      major(found->special) <= LAST_SLAVE))
		return -1;
	return (int)own_open(fd, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void write_without_waiting(int fd, const struct inode *found, struct text *text)
{
	word mode = kernel(SYS_fcntl, fd, F_GETFL);
	int again = -1;

	/* Opening the read end of a pipe again would give a descriptor that can write. */
	if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY || mode & O_PATH)
		return;
	if (S_ISFIFO(found->mode))
		fit_pipe(fd, text);
	if (S_ISREG(found->mode) || mode & O_NONBLOCK) {
		write_quietly(fd, WAY_PLAIN, text);
	} else if (S_ISSOCK(found->mode)) {
		write_quietly(fd, WAY_SOCKET, text);
	} else if ((again = open_again(fd, found)) >= 0) {
		write_quietly(again, WAY_PLAIN, text);
		kernel(SYS_close, again);
	} else {
		write_quietly(fd, WAY_POLLED, text);
	}
}

void sink_stderr(struct text *text)
{
	int fd = engine_stderr();
	struct inode found;

	if (fd < 0)
		return;
	if (inode_look(fd, &found) && is_stderr_at_load(&found)) {
		opened_begin();
		write_without_waiting(fd, &found, text);
		opened_end();
	}
	engine_stderr_done(fd);
}

void sink_descriptor(int fd, const struct text *text)
{
	struct inode found;
	bool file = inode_look(fd, &found) && S_ISREG(found.mode);

	write_quietly(fd, file ? WAY_PLAIN : WAY_PATIENT, text);
}

void sink_file(const char *target, int pid, const struct text *text)
{
	char name[512];
	struct text path = TEXT_IN(name);
	int fd;

	text_add_target(&path, target, (uint64_t)pid);
	if (path.length == path.size)
		return; /* a name that is cut off names another file */
	text_string(&path);
	opened_begin();
	fd = engine_open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |
				       O_NONBLOCK);
	if (fd >= 0) {
		write_quietly(fd, WAY_PLAIN, text);
		kernel(SYS_close, fd);
	}
	opened_end();
}

#ifdef SYS_socket
static void send_to_syslog(int severity, const struct text *text)
{
	static const struct sockaddr_un daemon = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	char start[48];
	struct text tag = TEXT_IN(start);
	int fd;
	struct iovec parts[2];
	struct msghdr message = { .msg_name = (void *)&daemon,
				  .msg_namelen = sizeof(daemon),
				  .msg_iov = parts,
				  .msg_iovlen = 2 };

	/* RFC 3164 without the time, which the daemon adds: "<13>privmap[1]: " */
	text_add(&tag, "<");
	text_add_number(&tag, (uint64_t)(LOG_USER | severity));
	text_add(&tag, ">privmap[");
	text_add_number(&tag, (uint64_t)engine_pid());
	text_add(&tag, "]: ");
	parts[0] = (struct iovec){ start, tag.length };
	parts[1] = (struct iovec){ text->bytes, text->length };
	opened_begin();
	fd = (int)kernel(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		kernel(SYS_sendmsg, fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		kernel(SYS_close, fd);
	}
	opened_end();
}
#else
static void send_to_syslog(int severity, const struct text *text)
{
	(void)severity, (void)text; /* old i386 kernels have only socketcall(2) */
}
#endif

bool sink_room(struct text *text)
{
	void *room = memory_borrow(ROOM);

	if (!room)
		return false;
	*text = (struct text){ room, ROOM, 0 };
	return true;
}

void sink_free(struct text *text)
{
	memory_give_back(text->bytes, text->size);
}

/* Written only at the start, before anything logs. */
AT_START static enum log_level wanted; /* LOG_LEVEL_OFF */
AT_START static const char *target;

void log_open(const struct settings *settings)
{
	wanted = settings->log_level;
	target = settings->log_target;
}

bool log_wants(enum log_level level)
{
	return level <= wanted;
}

bool log_begin(struct text *text, enum log_level level)
{
	if (!log_wants(level) || !sink_room(text))
		return false;
	if (strcmp(target, "syslog") != 0)
		text_add(text, "privmap: ");
	return true;
}

void log_end(struct text *text, enum log_level level)
{
	static const unsigned char severities[] = { LOG_ERR, LOG_ERR, LOG_WARNING, LOG_INFO,
						    LOG_DEBUG };

	if (strcmp(target, "syslog") == 0) {
		send_to_syslog(severities[level], text);
	} else {
		text_add(text, "\n");
		if (strcmp(target, "stderr") == 0)
			sink_stderr(text);
		else
			sink_file(target, engine_pid(), text);
	}
	sink_free(text);
}
