/* SPDX-License-Identifier: MIT */
/*
 * Learns which call a stopped thread was about to make, and what the call returned. It uses
 * PTRACE_GET_SYSCALL_INFO, or reads the registers if the kernel lacks that request; both give
 * answers in the form of that request.
 */
#include "info.h"

#include "registers.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

/* Only the main thread uses these; info_learn() sets them once. */
static bool learned;
static bool by_registers;
/* The filters stop a call before PTRACE_SYSCALL does (gVisor, Linux before 4.8), not after it. */
static bool filters_first;

enum { SYSCALL_STOP = SIGTRAP | 0x80, PROBE_DATA = 0x51 };

/* Becomes a process that stops for the same call by a filter and by PTRACE_SYSCALL. */
__attribute__((noreturn)) static void be_probe(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | PROBE_DATA),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !ptrace(PTRACE_TRACEME, 0, NULL, NULL) &&
	    !raise(SIGSTOP) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		syscall(SYS_getppid);
	_exit(0);
}

/* Waits for its next stop: returns the signal, and the event above it; 0 if it does not stop. */
static int next_stop(pid_t probe)
{
	int status;

	if (waitpid(probe, &status, __WALL) != probe || !WIFSTOPPED(status))
		return 0;
	return status >> 8;
}

static bool is_probed(pid_t probe)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
	struct registers registers;
	unsigned long data;

	if (next_stop(probe) != SIGSTOP || ptrace(PTRACE_SETOPTIONS, probe, NULL, options) ||
	    ptrace(PTRACE_CONT, probe, NULL, NULL) ||
	    next_stop(probe) != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8) ||
	    ptrace(PTRACE_GETEVENTMSG, probe, NULL, &data) || data != PROBE_DATA ||
	    ptrace(PTRACE_SYSCALL, probe, NULL, NULL) || next_stop(probe) != SYSCALL_STOP ||
	    !registers_get(probe, &registers))
		return false;
	/* If this stop is at the end of the call, getppid(2) has returned our pid. */
	filters_first = registers_result(&registers) != getpid();
	return true;
}

static bool learn_order(void)
{
	pid_t probe = fork();
	bool probed;

	if (probe == 0)
		be_probe();
	if (probe < 0)
		return false;
	probed = is_probed(probe);
	kill(probe, SIGKILL);
	waitpid(probe, NULL, __WALL);
	return probed;
}

bool info_learn(pid_t tracee, bool has_stopped)
{
	struct __ptrace_syscall_info info;

	if (learned)
		return true;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee, sizeof(info), &info) > 0)
		learned = true;
	else if (has_stopped || errno != ESRCH)
		by_registers = learned = learn_order();
	else
		return true;
	return learned;
}

/*
 * Signals, and events that come with one, stop a thread on its way back to the program. The other
 * events stop it in the middle of a call.
 */
void info_stopped(struct thread *thread, int signal, int event)
{
	if (!event && signal == SYSCALL_STOP)
		thread->inside = !thread->inside;
	else if (event == PTRACE_EVENT_SECCOMP)
		thread->inside = !filters_first;
	else
		thread->inside = event && event != PTRACE_EVENT_STOP;
	thread->filtering = event == PTRACE_EVENT_SECCOMP;
}

void info_skipped(struct thread *thread)
{
	thread->inside = true;
}

static bool read_registers(const struct thread *thread, struct __ptrace_syscall_info *info)
{
	struct registers registers;
	struct call call;
	unsigned long data = 0;

	if (!registers_get(thread->id, &registers) ||
	    (thread->filtering && ptrace(PTRACE_GETEVENTMSG, thread->id, NULL, &data)))
		return false;
	call.abi = registers_abi(&registers, thread->id);
	registers_call(&registers, call.abi, &call.number, call.arguments);
	info->arch = call.abi->audit;
	if (thread->filtering || thread->inside) {
		/* seccomp and entry begin with the same members. */
		info->op = thread->filtering ? PTRACE_SYSCALL_INFO_SECCOMP :
					       PTRACE_SYSCALL_INFO_ENTRY;
		info->seccomp.nr = (uint64_t)call.number;
		memcpy(info->seccomp.args, call.arguments, sizeof(info->seccomp.args));
		info->seccomp.ret_data = (uint32_t)data;
		return true;
	}
	info->op = PTRACE_SYSCALL_INFO_EXIT;
	info->exit.rval = registers_result(&registers);
	if (!call.abi->wide && (uint32_t)info->exit.rval <= (uint32_t)-4096)
		info->exit.rval = (uint32_t)info->exit.rval;
	else if (!call.abi->wide)
		info->exit.rval = (int32_t)info->exit.rval;
	return true;
}

bool info_get(const struct thread *thread, struct __ptrace_syscall_info *info)
{
	if (by_registers)
		return read_registers(thread, info);
	return ptrace(PTRACE_GET_SYSCALL_INFO, thread->id, sizeof(*info), info) > 0;
}

bool info_steps(const struct abi *abi)
{
	return !by_registers && abi->audit == AUDIT_ARCH_X86_64;
}

const struct abi *info_abi(const struct thread *thread)
{
	struct __ptrace_syscall_info info;

	return info_get(thread, &info) ? abi_of(info.arch) : NULL;
}
