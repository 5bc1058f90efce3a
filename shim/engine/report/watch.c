/* SPDX-License-Identifier: MIT */
/*
 * Makes inotify instances, and sends them to privmap --report.
 */
#include "watch.h"

#include "engine.h"
#include "kernel.h"
#include "memory.h"
#include "opened.h"
#include "inode.h"

#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifdef SYS_socket
/* Reads /proc and does not call prctl(2), because a filter may forbid that. */
static bool is_filtered(void)
{
	enum { STATUS = 4096 };
	static const char none[] = "\nSeccomp:\t0\n";
	char *status = memory_borrow(STATUS);
	word fd = status ? kernel(SYS_openat, AT_FDCWD, "/proc/thread-self/status",
				  O_RDONLY | O_CLOEXEC) :
			   -1;
	word length = fd >= 0 ? kernel(SYS_read, fd, status, STATUS) : -1;
	bool filtered = true;

	for (word at = 0; at + (word)sizeof(none) - 1 <= length && filtered; at++)
		filtered = memcmp(status + at, none, sizeof(none) - 1) != 0;
	if (fd >= 0)
		kernel(SYS_close, fd);
	if (status)
		memory_give_back(status, STATUS);
	return filtered;
}

/* By a connection: many of those can wait, but only ten datagrams. */
static bool send_away(struct record *record, const struct watch *watch, int instance)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct iovec part = { (void *)watch, sizeof(*watch) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	word fd = kernel(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	bool sent = false;

	if (fd < 0)
		return false;
	memcpy(to.sun_path + 1, record->listener, sizeof(record->listener));
	memcpy(CMSG_DATA(&control.head), &instance, sizeof(instance));
	if (!kernel(SYS_connect, fd, &to,
		    offsetof(struct sockaddr_un, sun_path) + 1 + sizeof(record->listener)))
		sent = kernel(SYS_sendmsg, fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	if (sent)
		atomic_fetch_add(&record->watches_sent, 1);
	kernel(SYS_close, fd);
	return sent;
}

static bool watch(struct record *record, const struct watch *watch, int fd)
{
	word instance = kernel(SYS_inotify_init1, IN_NONBLOCK | IN_CLOEXEC);
	bool sent = false;

	if (instance < 0)
		return false;
	if (own_watch((int)instance, fd, IN_ACCESS | IN_MODIFY) >= 0)
		sent = send_away(record, watch, (int)instance);
	kernel(SYS_close, instance);
	return sent;
}

bool watch_reads(struct record *record, uint32_t cell, int fd, struct identity file)
{
	int pid = engine_pid();
	uint32_t place = record_look_place(file);
	const struct watch told = { cell, pid == (int)kernel(SYS_getpid) ? 0 : pid, place,
				    record_looks_ended(record, place) };
	bool sent = false;

	if (!record->listener[0])
		return false;
	opened_begin();
	if (!is_filtered())
		sent = watch(record, &told, fd);
	opened_end();
	return sent;
}
#else
bool watch_reads(struct record *record, uint32_t cell, int fd, struct identity file)
{
	(void)record, (void)cell, (void)fd, (void)file;
	return false; /* old i386 kernels have only socketcall(2) */
}
#endif
