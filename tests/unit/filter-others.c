/* SPDX-License-Identifier: MIT */
/*
 * The filters of the tracer on calls that map nothing: compares every answer with the truth table
 * in filter.h.
 */
#include "filter-run.h"

#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

/* Numbers that only one filter knows, and all others. */
static void other_calls(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];
		const int seen[] = { abi->mmap,	  abi->munmap, abi->mprotect,	abi->pkey_mprotect,
				     abi->mremap, abi->ptrace, abi->exit_group, abi->seccomp,
				     abi->prctl,  abi->clone };
		/* Arguments that would stop each of the mapping calls. */
		const uint64_t arguments[6] = { abi->window, PAGE, PROT_WRITE | PROT_EXEC,
						MAP_FIXED };

		for (enum kind kind = 0; kind < KINDS; kind++) {
			for (int number = -1; number < 1000; number++) {
				bool is_seen = false;

				for (size_t n = 0; n < sizeof(seen) / sizeof(seen[0]); n++)
					is_seen |= number == seen[n];
				if (!is_seen)
					check(kind, abi->audit, number, arguments, ALLOW);
			}
			check(kind, abi->audit, abi->exit_group, arguments,
			      kind == FIRST_THAT_TELLS ? stop_for(STOP_EXIT) : ALLOW);
		}
	}
}

static void ptrace_calls(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++)
		for (uint64_t request = 0; request < 0x5000; request++)
			for (enum kind kind = 0; kind < KINDS; kind++) {
				const uint64_t arguments[6] = { request };
				bool attaches = request == PTRACE_TRACEME ||
						request == PTRACE_ATTACH || request == PTRACE_SEIZE;

				check(kind, abi_all()[i].audit, abi_all()[i].ptrace, arguments,
				      attaches && kind != GUARD ? stop_for(STOP_PTRACE) : ALLOW);
			}
}

/* The first filter stops calls with one of these values as first argument, for that reason. */
static void first_argument(int number, const struct abi *abi, const uint64_t *values, size_t count,
			   enum stop why)
{
	for (uint64_t value = 0; value < 300; value++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			const uint64_t arguments[6] = { value };
			bool seen = false;

			for (size_t i = 0; i < count; i++)
				seen |= value == values[i];
			check(kind, abi->audit, number, arguments,
			      seen && kind != GUARD ? stop_for(why) : ALLOW);
		}
}

static void inject_that_set_filters(void **state)
{
	static const uint64_t modes[] = { SECCOMP_SET_MODE_STRICT, SECCOMP_SET_MODE_FILTER };
	static const uint64_t options[] = { PR_SET_SECCOMP };

	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		first_argument(abi_all()[i].seccomp, &abi_all()[i], modes, 2, STOP_SECCOMP);
		first_argument(abi_all()[i].prctl, &abi_all()[i], options, 1, STOP_SECCOMP);
	}
}

static void clone_of_untraced(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++)
		for (int bit = 0; bit < 32; bit++)
			for (enum kind kind = 0; kind < KINDS; kind++) {
				const uint64_t flag = UINT64_C(1) << bit;
				const uint64_t arguments[6] = { flag };
				const uint64_t with[6] = { flag | CLONE_UNTRACED | SIGCHLD };

				check(kind, abi_all()[i].audit, abi_all()[i].clone, arguments,
				      flag == CLONE_UNTRACED && kind != GUARD ?
					      stop_for(STOP_UNTRACED) :
					      ALLOW);
				check(kind, abi_all()[i].audit, abi_all()[i].clone, with,
				      kind != GUARD ? stop_for(STOP_UNTRACED) : ALLOW);
			}
}

/* The tracer recognizes the data of a filter, only for the calls that have that reason. */
static void reasons(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];
		const struct {
			enum stop why;
			int number, other;
		} all[] = {
			{ STOP_CANDIDATE, abi->mmap, abi->mmap },
			{ STOP_WRITTEN, abi->mmap, abi->mmap },
			{ STOP_PLACE, abi->mmap, abi->mmap },
			{ STOP_UNMAP, abi->munmap, abi->munmap },
			{ STOP_PROTECT, abi->mprotect, abi->pkey_mprotect },
			{ STOP_REMAP, abi->mremap, abi->mremap },
			{ STOP_PTRACE, abi->ptrace, abi->ptrace },
			{ STOP_EXIT, abi->exit_group, abi->exit_group },
			{ STOP_SECCOMP, abi->seccomp, abi->prctl },
			{ STOP_UNTRACED, abi->clone, abi->clone },
		};
		unsigned first = filter_data(STOP_CANDIDATE);

		assert_int_equal(sizeof(all) / sizeof(all[0]), STOP_NOT_OURS);
		for (size_t n = 0; n < STOP_NOT_OURS; n++)
			for (int number = -1; number < 1000; number++)
				assert_int_equal(filter_why(filter_data(all[n].why), abi, number),
						 number == all[n].number || number == all[n].other ?
							 all[n].why :
							 STOP_NOT_OURS);
		for (unsigned data = 0; data <= 0xffff; data++)
			if (data < first || data >= first + STOP_NOT_OURS)
				assert_int_equal(filter_why(data, abi, abi->mmap), STOP_NOT_OURS);
	}
}

/* In an unknown ABI, the numbers mean other calls. */
static void foreign_calls(void **state)
{
	static const uint32_t machines[] = { AUDIT_ARCH_X86_64,	 AUDIT_ARCH_I386,
					     AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM,
					     AUDIT_ARCH_RISCV64, 0 };

	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];
		const uint64_t arguments[6] = { abi->window, PAGE, PROT_READ, MAP_SHARED };

		for (enum kind kind = 0; kind < KINDS; kind++) {
			for (size_t n = 0; n < sizeof(machines) / sizeof(machines[0]); n++)
				if (!abi_of(machines[n]))
					check(kind, machines[n], abi->mmap, arguments, ALLOW);
			if (abi->foreign_calls) {
				int x32 = (int)abi->foreign_calls;

				check(kind, abi->audit, x32 + abi->mmap, arguments, ALLOW);
				check(kind, abi->audit, x32 + abi->munmap, arguments, ALLOW);
			}
		}
	}
}

static void numbers_of_this_machine(void **state)
{
	const struct abi *abi = &abi_all()[0];

	(void)state;
	if (!abi->audit)
		skip();
	assert_ptr_equal(abi_of(abi->audit), abi);
	assert_null(abi_of(0));
	assert_int_equal(abi->mmap, SYS_mmap);
	assert_int_equal(abi->munmap, SYS_munmap);
	assert_int_equal(abi->mprotect, SYS_mprotect);
	assert_int_equal(abi->pkey_mprotect, SYS_pkey_mprotect);
	assert_int_equal(abi->mremap, SYS_mremap);
	assert_int_equal(abi->openat, SYS_openat);
	assert_int_equal(abi->close, SYS_close);
	assert_int_equal(abi->seccomp, SYS_seccomp);
	assert_int_equal(abi->ptrace, SYS_ptrace);
	assert_int_equal(abi->exit_group, SYS_exit_group);
	/* The filter compares only upper halves. */
	assert_true(abi->wide && !(abi->window << 32) && !(abi->copies << 32) &&
		    !(abi->window_end << 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_calls),
		cmocka_unit_test(ptrace_calls),
		cmocka_unit_test(inject_that_set_filters),
		cmocka_unit_test(clone_of_untraced),
		cmocka_unit_test(reasons),
		cmocka_unit_test(foreign_calls),
		cmocka_unit_test(numbers_of_this_machine),
	};

	return cmocka_run_group_tests_name("filter-others", tests, build_filters, NULL);
}
