/* SPDX-License-Identifier: MIT */
/*
 * Makes threads make calls.
 *
 * The stops of a thread while it has a job (ptrace(2)):
 *
 *   stop                       thread->at   what is done, and how it goes on
 *   a filter's, of its call    AT_BEGIN     the job begins
 *   the job wants a call       AT_BEGIN     the call replaces the one entered; PTRACE_SYSCALL
 *   the end of that call       AT_EXIT      the job gets the result
 *   the job wants another      AT_EXIT      signals are blocked; back to the instruction that
 *                                           enters the kernel; PTRACE_SINGLESTEP if may_step(),
 *                                           else PTRACE_SYSCALL
 *   the entry of that call     AT_EXIT      only without a step; PTRACE_SYSCALL
 *   the end of that call       AT_EXIT      the job gets the result; a step ends by SIGTRAP
 *   the job is done            AT_NO_CALL   own registers and signals again; PTRACE_CONT
 *   a signal meanwhile         unchanged    it is kept, and sent again when the job is done
 *   SIGSTOP, a group-stop      unchanged    SIGSTOP cannot be blocked: the thread is given it, so
 *                                           that SIGCONT finds it, and returns to the group-stop
 *                                           when the job is done
 */
#include "inject.h"

#include "info.h"
#include "mapping.h"
#include "preempted.h"
#include "workers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { TRAP_BIT = 1 << (SIGTRAP - 1) }; /* in a mask of signals */

static void go_on(struct thread *thread, int signal)
{
	/* Fails if the thread is gone; then its wait status is still to come. */
	ptrace(PTRACE_SYSCALL, thread->id, NULL, (void *)(long)signal);
}

struct mapping inject_mapping(const struct call *call)
{
	return (struct mapping){
		.addr = (void *)(uintptr_t)call->arguments[0],
		.length = (size_t)call->arguments[1],
		.prot = (int)call->arguments[2],
		.flags = (int)call->arguments[3],
		.fd = (int)call->arguments[4],
		.offset = call->arguments[5] << call->abi->offset_shift,
	};
}

bool inject_shares_memory(const struct thread *maker)
{
	const struct abi *abi = info_abi(maker);
	struct registers registers;
	uint64_t arguments[6];
	int number;

	if (!abi || !registers_get(maker->id, &registers))
		return false;
	registers_call(&registers, abi, &number, arguments);
	/*
	 * The flags are in memory only, at the start of struct clone_args. Reading memory waits for
	 * a thread that changes mappings, which may wait for a file server.
	 */
	if (number == abi->clone3)
		arguments[0] = (uint64_t)ptrace(PTRACE_PEEKDATA, maker->id, arguments[0], NULL);
	else if (number != abi->clone)
		return number == abi->vfork;
	return arguments[0] & CLONE_VM;
}

/* Decides as filter_guard() does. The first filter stops candidates, unless it is preempted. */
static bool concerns(const struct call *call, enum stop *why)
{
	const struct abi *abi = call->abi;
	int number = call->number;
	int prot = (int)call->arguments[2], flags = (int)call->arguments[3];
	bool candidate = filter_is_candidate(prot, flags);

	if (number == abi->mmap && preempted() && (candidate || mapping_is_written(prot, flags)))
		*why = STOP_CANDIDATE;
	else if (number == abi->mmap && flags & MAP_FIXED && !candidate)
		*why = STOP_PLACE;
	else if (number == abi->munmap)
		*why = STOP_UNMAP;
	else if (number == abi->mremap)
		*why = STOP_REMAP;
	else if ((number == abi->mprotect || number == abi->pkey_mprotect) &&
		 prot & (PROT_WRITE | PROT_EXEC))
		*why = STOP_PROTECT;
	else
		return false;
	return true;
}

bool inject_look(struct thread *thread, enum stop *why)
{
	struct __ptrace_syscall_info info;
	struct call *call = &thread->call;

	if (!info_get(thread, &info))
		return false;
	call->abi = abi_of(info.arch);
	if (!call->abi)
		return false;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_SECCOMP:
		call->number = (int)info.seccomp.nr;
		memcpy(call->arguments, info.seccomp.args, sizeof(call->arguments));
		*why = filter_why(info.seccomp.ret_data, call->abi, call->number);
		break;
	case PTRACE_SYSCALL_INFO_ENTRY:
		call->number = (int)info.entry.nr;
		memcpy(call->arguments, info.entry.args, sizeof(call->arguments));
		if (!concerns(call, why))
			return false;
		break;
	default:
		return false;
	}
	thread->at = AT_BEGIN;
	thread->filtered = info.op == PTRACE_SYSCALL_INFO_SECCOMP;
	return true;
}

bool inject_look_at_birth(struct thread *thread)
{
	if (!registers_get(thread->id, &thread->registers))
		return false;
	thread->call.abi = info_abi(thread);
	if (thread->call.abi)
		thread->at = AT_EXIT;
	return thread->call.abi != NULL;
}

/*
 * Whether PTRACE_SINGLESTEP may make the thread's calls. It stops a thread once for a call, after
 * it. But on x86 it reads the thread's memory first, which waits for threads that change its
 * mappings, and these may wait for a file server: so no other thread may have that memory. And its
 * SIGTRAP resets the program's handler if the signal is ignored (force_sig_info_to_task() in
 * kernel/signal.c), and joins one that is pending.
 */
static bool may_step(const struct thread *thread)
{
	const struct process *process = thread->process;
	struct keyed status;
	char name[40];
	long has;

	if (process->threads > 1 || process->mm->users > 1 || !info_steps(thread->call.abi))
		return false;
	snprintf(name, sizeof(name), "/proc/%d/status", thread->id);
	if (!keyed_read(&status, name))
		return false;
	has = keyed_number(&status, "\nSigPnd:", 16, -1) |
	      keyed_number(&status, "\nShdPnd:", 16, -1) |
	      keyed_number(&status, "\nSigIgn:", 16, -1);
	return !(has & TRAP_BIT);
}

static bool set_mask(const struct thread *thread, uint64_t mask)
{
	return !ptrace(PTRACE_SETSIGMASK, thread->id, sizeof(mask), &mask);
}

/* Leaves out the SIGTRAP of steps, which resets its handler also if it is blocked. */
static void block_signals(struct thread *thread)
{
	bool steps;

	if (thread->masked)
		return;
	steps = may_step(thread);
	thread->masked =
		!ptrace(PTRACE_GETSIGMASK, thread->id, sizeof(thread->mask), &thread->mask) &&
		set_mask(thread, steps ? ~(uint64_t)TRAP_BIT : ~UINT64_C(0));
	thread->steps = thread->masked && steps;
}

static void answer(struct thread *thread, int64_t result)
{
	thread->calling = false;
	jobs_answer(thread->job, result);
}

void inject_begin(struct thread *thread)
{
	const struct call *wanted = &thread->job->wanted;
	struct registers registers;

	thread->calling = true;
	if (thread->gone) {
		answer(thread, -ESRCH);
		return;
	}
	if (thread->at == AT_BEGIN) {
		if (!registers_get(thread->id, &thread->registers))
			return; /* killed: thread_end() will answer */
		registers = thread->registers;
		registers_replace(&registers, wanted->abi, wanted->number, wanted->arguments);
	} else {
		block_signals(thread);
		registers = thread->registers;
		registers_repeat(&registers, wanted->abi, wanted->number, wanted->arguments);
	}
	if (!registers_set(thread->id, &registers))
		return;
	if (thread->at == AT_EXIT && thread->steps)
		ptrace(PTRACE_SINGLESTEP, thread->id, NULL, NULL);
	else
		go_on(thread, 0);
}

static void returned(struct thread *thread)
{
	struct __ptrace_syscall_info info;

	if (!info_get(thread, &info) || info.op != PTRACE_SYSCALL_INFO_EXIT) {
		go_on(thread, 0);
		return;
	}
	thread->at = AT_EXIT;
	answer(thread, info.exit.rval);
}

/*
 * A SIGTRAP while steps make the calls. After the call, it is the one of the step. (If somebody has
 * sent that thread another one meanwhile, the kernel has dropped ours; then that one is sent again
 * later.) Before the call, it is the program's: it becomes pending with all that it tells, because
 * it is blocked now (ptrace_signal() in kernel/signal.c). Then the job goes on without steps.
 */
static void trapped(struct thread *thread)
{
	struct registers registers;
	siginfo_t info;

	if (!registers_get(thread->id, &registers))
		return; /* killed: thread_end() will answer */
	if (registers_are_after(&registers, &thread->registers)) {
		if (!ptrace(PTRACE_GETSIGINFO, thread->id, NULL, &info) && info.si_code <= 0)
			thread->held_signal = SIGTRAP;
		answer(thread, registers_result(&registers));
		return;
	}
	thread->steps = false;
	set_mask(thread, ~UINT64_C(0));
	go_on(thread, SIGTRAP);
}

void inject_stopped(struct thread *thread, int signal, int event)
{
	if (!event && signal == (SIGTRAP | 0x80)) {
		returned(thread);
		return;
	}
	if (!event && signal == SIGTRAP && thread->steps) {
		trapped(thread);
		return;
	}
	if (event == PTRACE_EVENT_STOP)
		thread->group_stop = true;
	else if (!event && signal != SIGSTOP)
		thread->held_signal = signal;
	go_on(thread, event || signal != SIGSTOP ? 0 : signal);
}

void inject_change(struct thread *thread)
{
	const struct call *call = &thread->call;

	if (!registers_get(thread->id, &thread->registers))
		return;
	registers_replace(&thread->registers, call->abi, call->number, call->arguments);
	registers_set(thread->id, &thread->registers);
}

void inject_skip(struct thread *thread, int64_t result)
{
	if (!registers_get(thread->id, &thread->registers))
		return;
	registers_skip(&thread->registers, result);
	registers_set(thread->id, &thread->registers);
	info_skipped(thread);
}

void inject_end(struct thread *thread)
{
	const struct job *job = thread->job;

	if (thread->at == AT_EXIT) {
		registers_return(&thread->registers, job->result);
		registers_set(thread->id, &thread->registers);
	} else if (job->has_result) {
		inject_skip(thread, job->result);
	}
	if (thread->masked)
		set_mask(thread, thread->mask);
	if (thread->held_signal)
		syscall(SYS_tgkill, thread->process->id, thread->id, thread->held_signal);
	if (thread->group_stop)
		ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL);
	thread->masked = thread->steps = thread->group_stop = false;
	thread->held_signal = 0;
	thread->at = AT_NO_CALL;
}
