/*
 * mmapworld: the seccomp filter. It brings to the supervisor the mappings of files that this world
 * may refuse, and lets all else pass at the kernel's own speed. Called in the child that becomes
 * COMMAND, before it does.
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

#ifdef SYS_mmap2
#define MAP_CALL SYS_mmap2
#else
#define MAP_CALL SYS_mmap
#endif

/* Since Linux 5.19: a signal does not interrupt (EINTR) a call that we are looking at. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum { PASS, ASK, NEXT };

/* The numbers here are all below 2^32, and the kernel has truncated nothing we compare. */
#define LOW_WORD(argument)                                                                         \
	((__u32)(offsetof(struct seccomp_data, args) + 8 * (argument) +                            \
		 (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (__u32)(offset))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)(value), yes, no)
#define IF_ANY(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (__u32)(bits), yes, no)
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (__u32)(value))

static int install(const struct sock_fprog *program, unsigned int flags)
{
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				    flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, program);

	if (listener < 0 && errno == EINVAL)
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
	return listener < 0 ? -errno : listener;
}

int filter_install(const struct world *world)
{
	/* A jump of 0 goes to the next line. */
	const struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		IF_EQUAL(OWN_ARCH, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(offsetof(struct seccomp_data, nr)),
		IF_EQUAL(MAP_CALL, 1, 0),
		ANSWER(SECCOMP_RET_ALLOW),
		/* Of no file; or the dynamic loader's, which says so with this flag. */
		LOAD(LOW_WORD(3)),
		IF_ANY(MAP_ANONYMOUS | MAP_DENYWRITE, 0, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, MAP_TYPE),
		IF_EQUAL(MAP_PRIVATE, 1, 0),
		ANSWER(SECCOMP_RET_USER_NOTIF),
		/* Code is mapped by loaders only: without the flag by musl's. */
		LOAD(LOW_WORD(2)),
		IF_ANY(PROT_EXEC, 0, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(world->refuse == REFUSE_PRIVATE ? SECCOMP_RET_USER_NOTIF :
							 SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(filter) / sizeof(*filter),
					    (struct sock_filter *)filter };
	int listener = install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);

	/* Who is not root must give up set-uid programs first. */
	if (listener == -EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		listener = install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return listener;
}
