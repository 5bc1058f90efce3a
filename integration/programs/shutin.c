/* SPDX-License-Identifier: MIT */
/*
 * shutin ACTION CALLS FILE...: a program with its own filter, as in a sandbox. It opens each FILE,
 * adds a filter that allows CALLS ("fstat readlink") and its own calls, maps a page of each,
 * shared, and prints "mapped" or the errno. ACTION is for any other call: kill, trap (a handler
 * answers EACCES) or leave (the handler leaves by siglongjmp(3), and the pages are mapped again).
 */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define CALL(name) { #name, SYS_##name }
static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(close),	     CALL(fcntl),  CALL(fstat),	   CALL(fstatfs), CALL(futex),
	CALL(get_robust_list), CALL(gettid), CALL(ioctl),  CALL(madvise), CALL(newfstatat),
	CALL(openat),
	CALL(pread64),	     CALL(read),   CALL(rt_sigprocmask),
#ifdef SYS_readlink
	CALL(access),	     CALL(readlink),
#endif
};

enum { FILES = 4 };

static struct sock_filter code[64];
static struct sock_fprog program = { 0, code };
static sigjmp_buf before;
static volatile sig_atomic_t leaves;

static void add(unsigned what, uint32_t k, unsigned if_true, unsigned if_false)
{
	code[program.len++] =
		(struct sock_filter){ (uint16_t)what, (uint8_t)if_true, (uint8_t)if_false, k };
}

static void allow(long call)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static int allow_named(char *names)
{
	char *rest;

	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		size_t i = 0;

		while (i < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[i].name, name) != 0)
			i++;
		if (i == sizeof(calls) / sizeof(calls[0]))
			return -1;
		allow(calls[i].number);
	}
	return 0;
}

static void answer_denied(int number, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)number, (void)info;
	if (leaves)
		siglongjmp(before, 1);
#if defined(__x86_64__)
	at->uc_mcontext.gregs[REG_RAX] = -EACCES;
#elif defined(__aarch64__)
	at->uc_mcontext.regs[0] = (uint64_t)-EACCES;
#else
	(void)at;
#endif
}

/* Only by write(2). */
static void say(const void *at)
{
	const char *word = at == MAP_FAILED ? strerrorname_np(errno) : "mapped";

	if (write(STDOUT_FILENO, word, strlen(word)) < 0 || write(STDOUT_FILENO, "\n", 1) < 0)
		_exit(1);
}

static void map(const int *files, int count)
{
	for (int i = 0; i < count; i++)
		say(mmap(NULL, 4096, PROT_READ, MAP_SHARED, files[i], 0));
}

int main(int argc, char **argv)
{
	const struct sigaction denied = { .sa_sigaction = answer_denied,
					  .sa_flags = SA_SIGINFO | SA_NODEFER };
	unsigned action = SECCOMP_RET_TRAP;
	int count = argc - 3, files[FILES];

	if (count < 1 || count > FILES)
		return 2;
	for (int i = 0; i < count; i++)
		if ((files[i] = open(argv[3 + i], O_RDONLY | O_NONBLOCK)) < 0)
			return 2;
	if (strcmp(argv[1], "kill") == 0)
		action = SECCOMP_RET_KILL_PROCESS;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	allow(SYS_mmap);
	allow(SYS_munmap);
	allow(SYS_write);
	allow(SYS_exit_group);
	allow(SYS_rt_sigreturn);
	if (allow_named(argv[2]) || sigaction(SIGSYS, &denied, NULL))
		return 2;
	leaves = strcmp(argv[1], "leave") == 0;
	/* sigsetjmp() and siglongjmp() need this call. */
	if (leaves)
		allow(SYS_rt_sigprocmask);
	add(BPF_RET | BPF_K, action, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 2;
	if (leaves && sigsetjmp(before, 1) == 0) {
		map(files, count);
		_exit(0);
	}
	leaves = 0;
	map(files, count);
	_exit(0);
}
