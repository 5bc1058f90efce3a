/* SPDX-License-Identifier: MIT */
/*
 * Takes the rights of a traced thread. For the kernel, each thread has its own rights; libc would
 * change those of all threads, so the system calls are made without it.
 */
#include "rights.h"

#include "tracees.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GROUPS = 256 };

struct rights {
	uid_t user; /* for files */
	gid_t group;
	gid_t groups[GROUPS]; /* supplementary ones */
	int count;
	uint64_t capabilities; /* effective */
};

/*
 * For each thread of the tracer: its own rights, while it has taken others; and which it has taken.
 */
static _Thread_local struct rights own;
static _Thread_local bool taken, groups_taken, ids_taken;

/* Reads the fourth number after a key: real, effective, saved, for files (proc(5)). */
static bool fourth(const char *status, const char *key, unsigned *number)
{
	const char *line = strstr(status, key);

	return line && sscanf(line + strlen(key), "%*u %*u %*u %u", number) == 1;
}

static bool read_groups(const char *status, struct rights *rights)
{
	static const char key[] = "\nGroups:";
	const char *at = strstr(status, key);

	rights->count = 0;
	if (!at)
		return false;
	for (at += sizeof(key) - 1; *at && *at != '\n'; rights->count++) {
		char *end;

		at += strspn(at, " \t");
		if (*at == '\n')
			return true;
		if (rights->count == GROUPS)
			return false;
		rights->groups[rights->count] = (gid_t)strtoul(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	return *at == '\n'; /* else status was longer than what was read */
}

/* Capabilities in another user namespace count for nothing here. */
static bool same_namespace(const char *process)
{
	char name[40], its[40], ours[40];
	ssize_t length;

	snprintf(name, sizeof(name), "%s/ns/user", process);
	length = readlink(name, its, sizeof(its));
	return length > 0 && length == readlink("/proc/thread-self/ns/user", ours, sizeof(ours)) &&
	       memcmp(its, ours, (size_t)length) == 0;
}

static bool read_rights(const char *process, struct rights *rights)
{
	static const char effective[] = "\nCapEff:";
	struct keyed status;
	char name[40];
	const char *line;

	snprintf(name, sizeof(name), "%s/status", process);
	if (!keyed_read(&status, name))
		return false;
	line = strstr(status.text, effective);
	rights->capabilities = line ? strtoull(line + sizeof(effective) - 1, NULL, 16) : 0;
	if (!same_namespace(process))
		rights->capabilities = 0;
	return fourth(status.text, "\nUid:", &rights->user) &&
	       fourth(status.text, "\nGid:", &rights->group) && read_groups(status.text, rights);
}

static bool set_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	data[0].effective = (uint32_t)effective & data[0].permitted;
	data[1].effective = (uint32_t)(effective >> 32) & data[1].permitted;
	return syscall(SYS_capset, &header, data) == 0;
}

static bool same_groups(const struct rights *a, const struct rights *b)
{
	return a->count == b->count &&
	       memcmp(a->groups, b->groups, (size_t)a->count * sizeof(gid_t)) == 0;
}

static bool same(const struct rights *a, const struct rights *b)
{
	return a->user == b->user && a->group == b->group && same_groups(a, b) &&
	       a->capabilities == b->capabilities;
}

/* These calls always return the previous id, even if they fail (setfsuid(2)). */
static bool has_ids(const struct rights *rights)
{
	return (gid_t)syscall(SYS_setfsgid, -1) == rights->group &&
	       (uid_t)syscall(SYS_setfsuid, -1) == rights->user;
}

static bool set_ids(const struct rights *to)
{
	syscall(SYS_setfsgid, to->group);
	syscall(SYS_setfsuid, to->user);
	return has_ids(to);
}

static bool take_groups(const struct rights *its)
{
	groups_taken = !same_groups(&own, its) &&
		       syscall(SYS_setgroups, its->count, its->groups) == 0;
	return groups_taken || same_groups(&own, its);
}

/* gVisor has no such calls: there the tracer serves only threads with the same ids. */
static bool take_ids(const struct rights *its)
{
	if (own.user == its->user && own.group == its->group)
		return true;
	ids_taken = has_ids(&own);
	return ids_taken && set_ids(its);
}

bool rights_take(pid_t thread)
{
	struct rights its;
	char process[32];

	snprintf(process, sizeof(process), "/proc/%d", thread);
	if (!read_rights("/proc/thread-self", &own) || !read_rights(process, &its))
		return false;
	its.capabilities &= own.capabilities;
	taken = !same(&own, &its);
	if (!taken)
		return true;
	groups_taken = ids_taken = false;
	if (take_groups(&its) && take_ids(&its) && set_capabilities(its.capabilities))
		return true;
	rights_give_back();
	return false;
}

bool rights_are_ours(pid_t thread)
{
	struct rights ours, its;
	char process[32];

	snprintf(process, sizeof(process), "/proc/%d", thread);
	return read_rights("/proc/thread-self", &ours) && read_rights(process, &its) &&
	       same(&ours, &its);
}

/* Ends the tracer if it does not get its own rights back. */
void rights_give_back(void)
{
	if (!taken)
		return;
	taken = false;
	/* Capabilities twice: setting ids needs them, and setfsuid(2) changes some of them. */
	if (!set_capabilities(own.capabilities) || (ids_taken && !set_ids(&own)) ||
	    (groups_taken && syscall(SYS_setgroups, own.count, own.groups) < 0) ||
	    !set_capabilities(own.capabilities))
		_exit(1);
}
