/* SPDX-License-Identifier: MIT */
/*
 * Waits for reads.
 *
 * Only the latest inotify instances stay open: a user may have few (inotify(7),
 * max_user_instances), and programs that read instead of mapping do so at once. This never asks the
 * file's server, which may be the process that has ended. inotify does not say who reads, so a file
 * is watched until the process that met the refusal ends.
 */
#include "reads.h"

#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PROCESSES = 256, /* at the same time */
	WATCHED = 48,
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
	pid_t process;
	int instance;
	uint32_t place; /* of the counters of privmap's own reads of this file */
	uint16_t ended; /* so many of those had ended at the last look */
};

/* Only the thread uses these while it runs; before and after that, only the main thread. */
static struct record *record;
static int listener, stop = -1;
static struct process processes[PROCESSES];
static size_t process_count;
static struct watched watched[WATCHED]; /* the oldest first */
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

/* True if a file's state may still change. */
static bool is_open(uint16_t read)
{
	return read == RECORD_UNREAD || read == RECORD_DOUBTFUL;
}

/*
 * The file was read: by its program, unless a read of privmap has begun and not been counted
 * before.
 */
static void mark(const struct watched *one)
{
	bool certain = record_looks_begun(record, one->place) == one->ended;
	uint16_t before = atomic_load(&one->file->read);

	if (is_open(before))
		atomic_compare_exchange_strong(&one->file->read, &before,
					       certain ? RECORD_READ : RECORD_DOUBTFUL);
}

static void look(struct watched *one)
{
	static char room[EVENTS] __attribute__((aligned(__alignof__(struct inotify_event))));
	uint16_t ended = record_looks_ended(record, one->place);
	bool was_read = false;
	ssize_t count;

	while ((count = read(one->instance, room, sizeof(room))) > 0) {
		const struct inotify_event *event;

		for (ssize_t at = 0; at < count;
		     at += (ssize_t)sizeof(*event) + (ssize_t)event->len) {
			event = (const void *)(room + at);
			was_read |= event->mask & (IN_ACCESS | IN_MODIFY);
		}
	}
	if (was_read)
		mark(one);
	one->ended = ended;
}

/* Looks a last time, and ends the watch. */
static void forget(size_t number)
{
	look(&watched[number]);
	close(watched[number].instance);
	watched_count--;
	memmove(&watched[number], &watched[number + 1],
		(watched_count - number) * sizeof(watched[0]));
}

/* False if the end of the process cannot be learned. */
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

/* Begins a watch, which owns the instance. False if it does not. */
static bool begin(const struct watch *told, pid_t process, int instance)
{
	struct record_file *file = record_file_at(record, told->cell);

	if (!file || atomic_load(&file->read) == RECORD_INSISTS)
		return false;
	for (size_t i = 0; i < watched_count; i++)
		if (watched[i].file == file) {
			forget(i);
			break;
		}
	if (watched_count == WATCHED)
		forget(0);
	atomic_store(&file->read, RECORD_UNREAD);
	watched[watched_count++] =
		(struct watched){ file, process, instance, told->place, told->ended };
	look(&watched[watched_count - 1]);
	if (!know_process(process))
		forget(watched_count - 1);
	return true;
}

/* Receives what was sent over a connection, but only from this user or root. */
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
	    (sender.uid == geteuid() || sender.uid == 0) &&
	    begin(&message, message.pid ? message.pid : sender.pid, sent))
		return;
	if (sent >= 0)
		close(sent);
}

static void receive_all(void)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct pollfd sent = { .fd = fd, .events = POLLIN };

		/* The message follows at once, unless its sender has been killed. */
		if (poll(&sent, 1, PATIENCE) == 1)
			receive(fd);
		close(fd);
		atomic_fetch_add(&record->watches_taken, 1);
	}
}

static void ended(size_t number)
{
	pid_t id = processes[number].id;

	for (size_t i = watched_count; i--;)
		if (watched[i].process == id)
			forget(i);
	close(processes[number].pidfd);
	processes[number] = processes[--process_count];
}

static void *wait_for_reads(void *unused)
{
	struct pollfd ready[2 + PROCESSES + WATCHED];
	bool stopping = false;

	(void)unused;
	while (!stopping) {
		size_t count = process_count, all = 2;

		ready[0] = (struct pollfd){ .fd = stop, .events = POLLIN };
		ready[1] = (struct pollfd){ .fd = listener, .events = POLLIN };
		for (size_t i = 0; i < count; i++)
			ready[all++] =
				(struct pollfd){ .fd = processes[i].pidfd, .events = POLLIN };
		for (size_t i = 0; i < watched_count; i++)
			if (is_open(atomic_load(&watched[i].file->read)))
				ready[all++] = (struct pollfd){ .fd = watched[i].instance,
								.events = POLLIN };
		if (poll(ready, all, -1) < 0 && errno != EINTR)
			return NULL;
		stopping = ready[0].revents;
		receive_all();
		for (size_t i = 0; i < watched_count; i++)
			look(&watched[i]);
		/* From the end, because the last one replaces one that is removed. */
		while (count--)
			if (ready[2 + count].revents)
				ended(count);
	}
	return NULL;
}

void reads_begin(struct record *shared, int listens)
{
	record = shared;
	listener = listens;
	stop = eventfd(0, EFD_CLOEXEC);
	if (listener < 0 || stop < 0 || pthread_create(&thread, NULL, wait_for_reads, NULL))
		stop = -1;
}

void reads_end(void)
{
	static const uint64_t one = 1;

	if (stop >= 0 && write(stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(thread, NULL);
}
