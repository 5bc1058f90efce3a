/* SPDX-License-Identifier: MIT */
/*
 * mmapworld: the seccomp filter. It brings calls to the supervisor that this world may refuse or
 * make fail, and lets all others pass at full speed. Used in the child that becomes COMMAND, before
 * that.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define OWN_ARCH AUDIT_ARCH_I386
#else
#error "mmapworld does not know this architecture's AUDIT_ARCH"
#endif

/* Since Linux 5.19: signals do not interrupt (EINTR) a call that we look at. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* All numbers here are below 2^32, and the kernel truncates nothing that we compare. */
#define LOW_WORD(argument)                                                                         \
	((__u32)(offsetof(struct seccomp_data, args) + 8 * (argument) +                            \
		 (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (__u32)(offset))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)(value), yes, no)
#define IF_ANY(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (__u32)(bits), yes, no)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (__u32)(value))

static int install(struct sock_filter *filter, unsigned short length)
{
	const struct sock_fprog program = { length, filter };
	const unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				    flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);

	if (listener < 0 && errno == EINVAL)
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return listener < 0 ? -errno : listener;
}

/*
 * Brings mappings that may be refused; refused() looks again, and at the file. All other calls cost
 * only these few instructions.
 */
static int install_for_maps(const struct world *world)
{
	const __u32 private = world->refuse == REFUSE_PRIVATE ? SECCOMP_RET_USER_NOTIF :
								SECCOMP_RET_ALLOW;
	/* A jump of 0 goes to the next line. */
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		IF_EQUAL(OWN_ARCH, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(offsetof(struct seccomp_data, nr)),
		IF_EQUAL(MAP_CALL, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(LOW_WORD(3)),
		IF_ANY(MAP_ANONYMOUS | MAP_DENYWRITE, 0, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, MAP_TYPE),
		IF_EQUAL(MAP_PRIVATE, 1, 0),
		ANSWER(SECCOMP_RET_USER_NOTIF),
		LOAD(LOW_WORD(2)),
		IF_ANY(PROT_EXEC, 0, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(private),
	};

	return install(filter, sizeof(filter) / sizeof(*filter));
}

/* Brings each mapping, the call that shall fail, and each program that begins. */
static int install_for_fault(const struct world *world)
{
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		IF_EQUAL(OWN_ARCH, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(offsetof(struct seccomp_data, nr)),
		IF_EQUAL(MAP_CALL, 4, 0),
		IF_EQUAL(world->fault.call, 3, 0),
		IF_EQUAL(SYS_execve, 2, 0),
		IF_EQUAL(SYS_execveat, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_USER_NOTIF),
	};

	return install(filter, sizeof(filter) / sizeof(*filter));
}

/* Brings every call. */
static int install_for_record(void)
{
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		IF_EQUAL(OWN_ARCH, 0, 1),
		ANSWER(SECCOMP_RET_USER_NOTIF),
		ANSWER(SECCOMP_RET_ALLOW),
	};

	return install(filter, sizeof(filter) / sizeof(*filter));
}

static int install_for(const struct world *world)
{
	if (world->record >= 0)
		return install_for_record();
	return world->fault.call >= 0 ? install_for_fault(world) : install_for_maps(world);
}

int filter_install(const struct world *world)
{
	int listener = install_for(world);

	/* Without root, a filter needs no_new_privs. */
	if (listener == -EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		listener = install_for(world);
	return listener;
}
