/* SPDX-License-Identifier: MIT */
/*
 * Waits for reads.
 *
 * An instance that was sent has seen all since the refusal. There can be few of them (inotify(7),
 * max_user_instances), so its file gets a watch of our own, and it is looked at once more and
 * closed. inotify does not say who reads: a watch ends with the process that met the refusal.
 */
#include "reads.h"

#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PROCESSES = 256, /* watched at a time */
	EVENTS = 16 * 1024,
	PATIENCE = 1000, /* milliseconds */
	BACKLOG = 4096,	 /* the kernel may have a lower limit */
};

struct process {
	pid_t id;
	int pidfd;
};

struct watched {
	struct record_file *file;
	pid_t process; /* 0: it has ended, or the file is read: nobody waits for anything more */
	int number;    /* of the watch */
	uint32_t place, looked; /* what privmap has read itself is known */
};

/* The thread's; before it is there and after it has ended, the main thread's. */
static struct record *record;
static int listener, instance, stop = -1;
static struct process processes[PROCESSES];
static size_t process_count;
static struct watched *watched;
static size_t watched_count;
static pthread_t thread;

int reads_listen(struct record *shared)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned long long number;
	char name[sizeof(shared->listener) + 1];
	int made = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int fd = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	close(made);
	if (fd < 0)
		return -1;
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (unsigned long long)getpid();
	snprintf(name, sizeof(name), "%016llx", number);
	memcpy(address.sun_path + 1, name, sizeof(shared->listener));
	if (bind(fd, (struct sockaddr *)&address,
		 offsetof(struct sockaddr_un, sun_path) + 1 + sizeof(shared->listener)) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		close(fd);
		return -1;
	}
	memcpy(shared->listener, name, sizeof(shared->listener));
	return fd;
}

/* Nothing more is to be learned of it. Others may have the same watch. */
static void forget(struct watched *one)
{
	int number = one->number;

	one->process = 0;
	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].process && watched[i].number == number)
			return;
	inotify_rm_watch(instance, number);
}

/* True if it is read by another than privmap. Where both may be it is not. */
static bool mark(struct watched *one)
{
	uint32_t looked = record_looked(record, one->place);
	uint16_t unread = RECORD_UNREAD;

	if (looked != one->looked) {
		one->looked = looked;
		return false;
	}
	atomic_compare_exchange_strong(&one->file->read, &unread, RECORD_READ);
	return true;
}

/* Its events: any, where one is NULL that of a watch of ours. */
static void read_events(int fd, struct watched *one)
{
	static char room[EVENTS] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t count;

	while ((count = read(fd, room, sizeof(room))) > 0) {
		const struct inotify_event *event;

		for (ssize_t at = 0; at < count;
		     at += (ssize_t)sizeof(*event) + (ssize_t)event->len) {
			event = (const void *)(room + at);
			if (!(event->mask & (IN_ACCESS | IN_MODIFY)))
				continue;
			if (one)
				mark(one);
			for (size_t i = 0; !one && i < watched_count; i++)
				if (watched[i].process && watched[i].number == event->wd &&
				    mark(&watched[i]))
					forget(&watched[i]);
		}
	}
}

/* False if it cannot be known when it ends. */
static bool know_process(pid_t id)
{
	int fd;

	for (size_t i = 0; i < process_count; i++)
		if (processes[i].id == id)
			return true;
	fd = process_count < PROCESSES ? (int)syscall(SYS_pidfd_open, id, 0) : -1;
	if (fd < 0)
		return false;
	processes[process_count++] = (struct process){ id, fd };
	return true;
}

static bool is_read(const struct watched *one)
{
	return atomic_load(&one->file->read) == RECORD_READ;
}

/* The last one of all, or what was known of the file. NULL: there is no memory. */
static struct watched *known(struct record_file *file)
{
	struct watched *more;

	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].file == file)
			return &watched[i];
	more = realloc(watched, (watched_count + 1) * sizeof(*watched));
	if (!more)
		return NULL;
	watched = more;
	watched[watched_count] = (struct watched){ .file = file, .number = -1 };
	return &watched[watched_count++];
}

static void begin(const struct watch *told, pid_t process, int sent)
{
	struct record_file *file = record_file_at(record, told->cell);
	struct watched *one = file ? known(file) : NULL;
	char path[REMEDY_NAME];

	if (!one || atomic_load(&file->read) == RECORD_INSISTS)
		return;
	/* Whatever was read before it was made. */
	read_events(instance, NULL);
	atomic_store(&file->read, RECORD_UNREAD);
	one->place = told->place;
	one->looked = told->looked;
	read_events(sent, one);
	if (is_read(one) || !know_process(process))
		return;
	/* The server is asked for the path; what happens meanwhile is seen there. */
	memcpy(path, file->path, sizeof(path));
	path[sizeof(path) - 1] = '\0';
	one->number = inotify_add_watch(instance, path, IN_ACCESS | IN_MODIFY);
	read_events(sent, one);
	if (one->number < 0)
		return;
	one->process = process;
	if (is_read(one))
		forget(one);
}

/* What was sent over a connection. Only of this user, or of root. */
static void receive(int fd)
{
	struct watch message;
	struct iovec part = { &message, sizeof(message) };
	char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(__alignof__(struct cmsghdr))));
	struct msghdr head = { .msg_iov = &part,
			       .msg_iovlen = 1,
			       .msg_control = room,
			       .msg_controllen = sizeof(room) };
	ssize_t size = recvmsg(fd, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *control = size < 0 ? NULL : CMSG_FIRSTHDR(&head);
	struct ucred sender;
	socklen_t length = sizeof(sender);
	int sent = -1;

	if (control && control->cmsg_type == SCM_RIGHTS)
		memcpy(&sent, CMSG_DATA(control), sizeof(sent));
	if (sent >= 0 && size == (ssize_t)sizeof(message) &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &sender, &length) == 0 &&
	    (sender.uid == geteuid() || sender.uid == 0))
		begin(&message, message.pid ? message.pid : sender.pid, sent);
	if (sent >= 0)
		close(sent);
}

static void receive_all(void)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct pollfd sent = { .fd = fd, .events = POLLIN };

		/* It comes just behind the connection, unless its sender has been killed. */
		if (poll(&sent, 1, PATIENCE) == 1)
			receive(fd);
		close(fd);
	}
}

static void ended(size_t number)
{
	pid_t id = processes[number].id;

	read_events(instance, NULL);
	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].process == id)
			forget(&watched[i]);
	close(processes[number].pidfd);
	processes[number] = processes[--process_count];
}

static void *wait_for_reads(void *unused)
{
	struct pollfd ready[3 + PROCESSES];
	bool stopping = false;

	(void)unused;
	while (!stopping) {
		size_t count = process_count;

		ready[0] = (struct pollfd){ .fd = stop, .events = POLLIN };
		ready[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
		ready[2] = (struct pollfd){ .fd = instance, .events = POLLIN };
		for (size_t i = 0; i < count; i++)
			ready[3 + i] =
				(struct pollfd){ .fd = processes[i].pidfd, .events = POLLIN };
		if (poll(ready, 3 + count, -1) < 0 && errno != EINTR)
			return NULL;
		stopping = ready[0].revents;
		receive_all();
		read_events(instance, NULL);
		/* From the end, for the last takes the place of one that goes. */
		while (count--)
			if (ready[3 + count].revents)
				ended(count);
	}
	return NULL;
}

void reads_begin(struct record *shared, int listens)
{
	record = shared;
	listener = listens;
	instance = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	stop = eventfd(0, EFD_CLOEXEC);
	if (listener < 0 || instance < 0 || stop < 0 ||
	    pthread_create(&thread, NULL, wait_for_reads, NULL))
		stop = -1;
}

void reads_end(void)
{
	static const uint64_t one = 1;

	if (stop >= 0 && write(stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(thread, NULL);
}
