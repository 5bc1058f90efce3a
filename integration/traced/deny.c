/*
 * traced/deny CALL[,CALL...] COMMAND...: runs COMMAND where those system calls fail with EPERM, as
 * in a container. Run by traced.sh.
 */
#include "traced.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "ptrace", SYS_ptrace },
	{ "seccomp", SYS_seccomp },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_getfd", SYS_pidfd_getfd },
	{ "kcmp", SYS_kcmp },
	{ "process_vm_writev", SYS_process_vm_writev },
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static long number_of(const char *name)
{
	for (size_t i = 0; i < CALLS; i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	fprintf(stderr, "traced/deny: %s: not known\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sock_filter code[2 * CALLS + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { 1, code };

	if (argc < 3)
		return 2;
	for (char *name = strtok(argv[1], ","); name && program.len < 2 * CALLS;
	     name = strtok(NULL, ",")) {
		code[program.len++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number_of(name), 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	}
	code[program.len++] =
		(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if ((geteuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("traced/deny");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
