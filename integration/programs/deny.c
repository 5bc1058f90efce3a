/* SPDX-License-Identifier: MIT */
/*
 * deny RULE[,RULE...] COMMAND...: runs COMMAND where some system calls fail, as they do on a kernel
 * that lacks them, or in a container that forbids them.
 *
 * RULE is CALL, CALL:N=VALUE or CALL:N&BITS, of the lower half of argument N (0: the first), and
 * then :ERRNO, else EPERM.
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) { #name, SYS_##name }
static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(clock_gettime), CALL(close_range), CALL(eventfd2), CALL(faccessat), CALL(fallocate),
	CALL(fcntl), CALL(fstat),
	CALL(fstatfs), CALL(ftruncate), CALL(futex), CALL(ioctl), CALL(kcmp), CALL(madvise),
	CALL(memfd_create), CALL(mincore), CALL(mlock), CALL(mmap), CALL(mprotect), CALL(mremap),
	CALL(munlock), CALL(munmap), CALL(newfstatat), CALL(openat), CALL(pidfd_getfd),
	CALL(pidfd_open), CALL(pkey_mprotect), CALL(ppoll), CALL(prctl), CALL(pread64),
	CALL(prlimit64),
	CALL(process_vm_writev), CALL(ptrace), CALL(pwrite64), CALL(readlinkat),
	CALL(rt_sigpending), CALL(rt_sigprocmask), CALL(rt_sigtimedwait), CALL(seccomp),
	CALL(socketpair), CALL(statx), CALL(tgkill), CALL(tkill), CALL(write),
};

#define ERROR(name) { #name, name }
static const struct {
	const char *name;
	unsigned number;
} errors[] = {
	ERROR(EPERM), ERROR(ENOSYS), ERROR(EINVAL), ERROR(EIO), ERROR(ENOTTY), ERROR(EOPNOTSUPP),
	ERROR(ENOENT), ERROR(EACCES), ERROR(ESRCH), ERROR(EISDIR),
};

enum { RULES = 16 };

__attribute__((noreturn)) static void unknown(const char *what)
{
	fprintf(stderr, "deny: %s: not known\n", what);
	exit(2);
}

static uint32_t call_of(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return (uint32_t)calls[i].number;
	unknown(name);
}

static unsigned errno_of(const char *name)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	unknown(name);
}

static void add(struct sock_fprog *program, unsigned code, uint32_t k, unsigned if_true,
		unsigned if_false)
{
	program->filter[program->len++] = (struct sock_filter){ (uint16_t)code, (uint8_t)if_true,
								(uint8_t)if_false, k };
}

static void add_rule(struct sock_fprog *program, char *rule)
{
	char *parts;
	const char *name = strtok_r(rule, ":", &parts);
	const char *part = strtok_r(NULL, ":", &parts);
	unsigned argument = 0, error = EPERM;
	long value = 0;
	char how = 0;

	if (part && sscanf(part, "%u%c%li", &argument, &how, &value) == 3)
		part = strtok_r(NULL, ":", &parts);
	if (part)
		error = errno_of(part);
	add(program, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, call_of(name), 0, how ? 3 : 1);
	if (how) {
		add(program, BPF_LD | BPF_W | BPF_ABS,
		    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument), 0, 0);
		add(program, BPF_JMP | (how == '&' ? BPF_JSET : BPF_JEQ) | BPF_K,
		    (uint32_t)value, 0, 1);
	}
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
}

int main(int argc, char **argv)
{
	struct sock_filter code[5 * RULES + 1];
	struct sock_fprog program = { 0, code };
	char *rules;

	if (argc < 3)
		return 2;
	for (char *rule = strtok_r(argv[1], ",", &rules); rule;
	     rule = strtok_r(NULL, ",", &rules)) {
		if (program.len >= 5 * (RULES - 1))
			unknown(rule);
		add_rule(&program, rule);
	}
	add(&program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	/* Without root, a filter needs no_new_privs. */
	if ((geteuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("deny");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
