/* SPDX-License-Identifier: MIT */
/*
 * Makes threads make calls.
 *
 * The stops of a thread while it has a job (ptrace(2)):
 *
 *   stop                       thread->at   what is done, and how it goes on
 *   a filter's, of its call    AT_ENTRY     the job begins
 *   the job wants a call       AT_ENTRY     the call replaces the one entered; PTRACE_SYSCALL
 *   the end of that call       AT_EXIT      the job gets the result
 *   the job wants another      AT_EXIT      signals are blocked; back to the instruction that
 *                                           enters the kernel; PTRACE_SYSCALL
 *   the entry of that call     AT_EXIT      PTRACE_SYSCALL
 *   the end of that call       AT_EXIT      the job gets the result
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
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/ptrace.h>

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
	thread->at = AT_ENTRY;
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

static void block_signals(struct thread *thread)
{
	const uint64_t all = ~UINT64_C(0);

	if (thread->masked)
		return;
	thread->masked =
		!ptrace(PTRACE_GETSIGMASK, thread->id, sizeof(thread->mask), &thread->mask) &&
		!ptrace(PTRACE_SETSIGMASK, thread->id, sizeof(all), &all);
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
	if (thread->at == AT_ENTRY) {
		if (!registers_get(thread->id, &thread->registers))
			return; /* killed: thread_end() will answer */
		registers = thread->registers;
		registers_replace(&registers, wanted->abi, wanted->number, wanted->arguments);
	} else {
		block_signals(thread);
		registers = thread->registers;
		registers_repeat(&registers, wanted->abi, wanted->number, wanted->arguments);
	}
	if (registers_set(thread->id, &registers))
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

void inject_stopped(struct thread *thread, int signal, int event)
{
	if (!event && signal == (SIGTRAP | 0x80)) {
		returned(thread);
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
		ptrace(PTRACE_SETSIGMASK, thread->id, sizeof(thread->mask), &thread->mask);
	if (thread->held_signal)
		syscall(SYS_tgkill, thread->process->id, thread->id, thread->held_signal);
	if (thread->group_stop)
		ptrace(PTRACE_INTERRUPT, thread->id, NULL, NULL);
	thread->masked = thread->group_stop = false;
	thread->held_signal = 0;
	thread->at = AT_NO_CALL;
}
