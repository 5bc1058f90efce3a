/* SPDX-License-Identifier: MIT */
/*
 * The filters of the tracer: every answer against the truth table that filter.h tells, by a small
 * interpreter. What the kernel says of them is in filter-kernel.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi.h"
#include "filter.h"
#include "mapping.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

enum { PAGE = 4096, ALLOW = SECCOMP_RET_ALLOW };

/* What the kernel would refuse (kernel/seccomp.c, net/core/filter.c): all of it looked at. */
static void assert_well_formed(const struct filter *filter)
{
	assert_true(filter->length >= 1 && filter->length <= FILTER_ROOM);
	for (unsigned at = 0; at < filter->length; at++) {
		const struct sock_filter *step = &filter->code[at];

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(step->k % 4 == 0 && step->k < sizeof(struct seccomp_data));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			assert_true(at + 1 + step->jt < filter->length);
			assert_true(at + 1 + step->jf < filter->length);
			assert_true(step->jt || step->jf);
			break;
		case BPF_RET | BPF_K:
			break;
		default:
			fail_msg("instruction %u is %#x", at, step->code);
		}
	}
	assert_int_equal(BPF_CLASS(filter->code[filter->length - 1].code), BPF_RET);
}

static uint32_t run(const struct filter *filter, const struct seccomp_data *call)
{
	uint32_t a = 0;

	for (unsigned at = 0;; at++) {
		const struct sock_filter *step = &filter->code[at];
		bool holds;

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)call + step->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= step->k;
			continue;
		case BPF_RET | BPF_K:
			return step->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			holds = a == step->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			holds = a >= step->k;
			break;
		default:
			holds = a & step->k;
		}
		at += holds ? step->jt : step->jf;
	}
}

/*
 * Those that are ever built: the second has the stops for which a report or log asks, the third
 * those for private candidates.
 */
enum kind { FIRST, FIRST_THAT_TELLS, PRIVATE, GUARD, KINDS };

static const struct ldcache ldcache = { .length = 45767, .behind = 0xca3 };

static struct filter filters[KINDS];

static int build_filters(void **state)
{
	(void)state;
	filter_choose_data(0x12345);
	filter_first(&filters[FIRST], 0, NULL);
	filter_first(&filters[FIRST_THAT_TELLS], FILTER_EXITS | FILTER_WRITTEN, NULL);
	filter_first(&filters[PRIVATE], 0, &ldcache);
	filter_guard(&filters[GUARD]);
	return 0;
}

static void are_well_formed(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		assert_well_formed(&filters[kind]);
}

static uint32_t stop_for(enum stop why)
{
	return SECCOMP_RET_TRACE | filter_data(why);
}

/* Arguments from the third on are looked at as ints, whatever else is in their registers. */
static void check(enum kind kind, uint32_t arch, int number, const uint64_t arguments[6],
		  uint32_t wanted)
{
	struct seccomp_data call = { .nr = number, .arch = arch };
	uint32_t answer;

	memcpy(call.args, arguments, sizeof(call.args));
	answer = run(&filters[kind], &call);
	if (answer != wanted)
		fail_msg("filter %d, arch %#x, call %d(%#llx, %#llx, %#llx, %#llx, %#llx): "
			 "%#x, wanted %#x",
			 kind, arch, number, call.args[0], call.args[1], call.args[2], call.args[3],
			 call.args[4], answer, wanted);
}

/* Addresses at the edges of the window, of the address space and of the words that are compared. */
static size_t addresses_of(const struct abi *abi, uint64_t addresses[20])
{
	const uint64_t all[] = {
		0,
		PAGE,
		0x7fffffff,
		0x80000000,
		0xbffff000,
		0xc0000000,
		0xfffff000,
		abi->window - PAGE,
		abi->window,
		abi->window + PAGE,
		abi->copies - 1,
		abi->copies,
		abi->window_end - PAGE,
		abi->window_end - 1,
		abi->window_end,
		abi->window_end + PAGE,
		UINT64_C(1) << 46,
		UINT64_MAX - PAGE + 1,
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (abi->wide || all[i] <= UINT32_MAX)
			addresses[count++] = all[i];
	return count;
}

/* What every call may be told to look at. */
static bool counts(enum kind kind, const struct abi *abi, uint64_t address)
{
	return kind == GUARD || (address >= abi->window && address < abi->window_end);
}

static const int flag_bits[] = {
	MAP_FIXED,	     MAP_ANONYMOUS,	   MAP_GROWSDOWN,
	MAP_DENYWRITE,	     MAP_LOCKED,	   MAP_POPULATE,
	MAP_STACK,	     MAP_HUGETLB,	   0x80000 /* MAP_SYNC */,
	MAP_FIXED_NOREPLACE, 0x40 /* MAP_32BIT */, 1 << 25,
};

enum { FLAG_BITS = sizeof(flag_bits) / sizeof(flag_bits[0]) };

/*
 * mmap: stopped for each candidate, and besides only for what the tracer tells apart: MAP_SYNC, and
 * flags that MAP_SHARED_VALIDATE does not know. And for what asks for a place in the window.
 */
static void mmap_with(const struct abi *abi, int prot, int flags, uint64_t address)
{
	const uint64_t rest = abi->wide ? UINT64_C(0xabcd) << 32 : 0;
	const uint64_t arguments[6] = {
		address, PAGE, rest | (uint32_t)prot, rest | (uint32_t)flags, 3, 0
	};
	int type = flags & MAP_TYPE;
	bool shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
	bool of_file = !(flags & (MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB));
	bool never = prot & PROT_WRITE || !of_file;
	bool private = type == MAP_PRIVATE && !(prot & PROT_EXEC) && of_file &&
		       !(flags & MAP_DENYWRITE); /* the dynamic loader's */

	if (filter_is_candidate(prot, flags))
		assert_true((shared && !never) || private);
	else if (mapping_is_written(prot, flags))
		assert_true(shared && of_file && prot & PROT_WRITE);
	else if (shared && of_file)
		assert_true(flags & 0x80000 || type == MAP_SHARED_VALIDATE);
	else if (private)
		assert_true(flags & 0x80000);
	for (enum kind kind = 0; kind < KINDS; kind++) {
		bool candidate = kind != GUARD &&
				 ((shared && !never) || (kind == PRIVATE && private));
		bool written = kind == FIRST_THAT_TELLS && shared && of_file && prot & PROT_WRITE;
		bool placed = kind == GUARD ? flags & MAP_FIXED : counts(kind, abi, address);

		check(kind, abi->audit, abi->mmap, arguments,
		      candidate ? stop_for(STOP_CANDIDATE) :
		      written	? stop_for(STOP_WRITTEN) :
		      placed	? stop_for(STOP_PLACE) :
				  ALLOW);
	}
}

static void mmap_calls(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		uint64_t addresses[20];
		size_t count = addresses_of(&abis[i], addresses);

		for (unsigned set = 0; set < 1u << FLAG_BITS; set++) {
			int flags = 0;

			for (unsigned bit = 0; bit < FLAG_BITS; bit++)
				if (set >> bit & 1)
					flags |= flag_bits[bit];
			for (int type = 0; type <= MAP_TYPE; type++)
				for (int prot = 0; prot < 8; prot++)
					mmap_with(&abis[i], prot, flags | type,
						  addresses[(set + (unsigned)type * 3) % count]);
		}
		/* Each address with what decides. */
		for (size_t at = 0; at < count; at++)
			for (int fixed = 0; fixed <= MAP_FIXED; fixed += MAP_FIXED)
				for (int type = MAP_SHARED; type <= MAP_SHARED_VALIDATE; type++)
					mmap_with(&abis[i], PROT_READ, type | fixed, addresses[at]);
	}
}

/* Private mappings of a file, by who makes them and how long; and of none, which is a trial. */
static void private_calls(void **state)
{
	static const struct {
		uint64_t length, behind;
		int fd;
		bool candidate, trial;
	} calls[] = {
		{ 45767, 0x7f5550000ca3, 3, false, false },
		{ 45767, 0xca3, 3, false, false },
		{ 45768, 0x7f5550000ca3, 3, true, false },
		{ 45767, 0x7f5550000ca2, 3, true, false },
		{ 45767, 0x7f55500009b3, 3, true, false },
		{ 45768, 0x7f55500009b3, -1, true, true },
	};

	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++)
		for (size_t n = 0; n < sizeof(calls) / sizeof(calls[0]); n++) {
			struct seccomp_data call = {
				.nr = abis[i].mmap,
				.arch = abis[i].audit,
				.instruction_pointer = calls[n].behind,
				.args = { 0, calls[n].length, PROT_READ, MAP_PRIVATE,
					  (uint32_t)calls[n].fd, 0 },
			};

			assert_int_equal(run(&filters[PRIVATE], &call),
					 calls[n].candidate ? stop_for(STOP_CANDIDATE) : ALLOW);
			assert_int_equal(run(&filters[FIRST], &call),
					 calls[n].trial ? stop_for(STOP_CANDIDATE) : ALLOW);
			assert_int_equal(run(&filters[GUARD], &call), ALLOW);
		}
}

/* What the tracer has the program map is not stopped for; one bit less, and it is. */
static void our_own_pass(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const uint64_t pass = filter_pass(&abis[i]);

		assert_true(!abis[i].wide == !pass && !(uint32_t)pass);
		for (uint64_t bit = UINT64_C(1) << 31; pass && bit; bit <<= 1)
			for (uint64_t type = MAP_SHARED; type <= MAP_PRIVATE; type++) {
				const bool ours = bit >> 32 == 0;
				const uint64_t flags = (ours ? pass : pass ^ bit) | type;
				const uint64_t arguments[6] = { abis[i].copies,
								PAGE,
								PROT_READ,
								flags | MAP_FIXED_NOREPLACE,
								3,
								0 };

				check(PRIVATE, abis[i].audit, abis[i].mmap, arguments,
				      ours ? ALLOW : stop_for(STOP_CANDIDATE));
				check(GUARD, abis[i].audit, abis[i].mmap, arguments, ALLOW);
			}
	}
}

static void munmap_and_mprotect(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];
		uint64_t addresses[20];
		size_t count = addresses_of(abi, addresses);

		for (size_t at = 0; at < count; at++)
			for (enum kind kind = 0; kind < KINDS; kind++) {
				uint64_t arguments[6] = { addresses[at], PAGE };
				bool in = counts(kind, abi, addresses[at]);
				bool seen = in && (kind == GUARD || addresses[at] >= abi->copies);

				check(kind, abi->audit, abi->munmap, arguments,
				      seen ? stop_for(STOP_UNMAP) : ALLOW);
				for (unsigned prot = 0; prot < 16; prot++) {
					uint32_t wanted = in && prot & (PROT_WRITE | PROT_EXEC) ?
								  stop_for(STOP_PROTECT) :
								  ALLOW;

					arguments[2] = prot;
					check(kind, abi->audit, abi->mprotect, arguments, wanted);
					check(kind, abi->audit, abi->pkey_mprotect, arguments,
					      wanted);
				}
			}
	}
}

/* Calls from below the window that reach what is in it. */
static void long_ones(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];

		for (int reaches = 0; reaches < 2; reaches++)
			for (unsigned flags = 0; flags < 8; flags++) {
				uint64_t length = abi_margin(abi) - (reaches ? 0 : 1);
				const uint64_t arguments[6] = { abi->window - PAGE, length, flags,
								flags, abi->window - PAGE };
				bool rights = flags & (PROT_WRITE | PROT_EXEC);

				check(FIRST, abi->audit, abi->mremap, arguments,
				      reaches ? stop_for(STOP_REMAP) : ALLOW);
				check(FIRST, abi->audit, abi->mprotect, arguments,
				      reaches && rights ? stop_for(STOP_PROTECT) : ALLOW);
			}
	}
}

static void mremap_calls(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];
		uint64_t addresses[20];
		size_t count = addresses_of(abi, addresses);

		for (size_t at = 0; at < count * count; at++)
			for (unsigned flags = 0; flags < 8; flags++)
				for (enum kind kind = 0; kind < KINDS; kind++) {
					uint64_t from = addresses[at / count];
					uint64_t to = addresses[at % count];
					const uint64_t arguments[6] = { from, PAGE, PAGE, flags,
									to };
					bool takes = flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
					bool in = counts(kind, abi, from) ||
						  (takes && counts(kind, abi, to));

					check(kind, abi->audit, abi->mremap, arguments,
					      in ? stop_for(STOP_REMAP) : ALLOW);
				}
	}
}

/* Numbers that have a meaning in one filter and in no other, and all others. */
static void other_calls(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];
		const int seen[] = { abi->mmap,	  abi->munmap, abi->mprotect,	abi->pkey_mprotect,
				     abi->mremap, abi->ptrace, abi->exit_group, abi->seccomp,
				     abi->prctl,  abi->clone };
		/* What would be stopped if it were one of these. */
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
	for (int i = 0; i < ABIS && abis[i].audit; i++)
		for (uint64_t request = 0; request < 0x5000; request++)
			for (enum kind kind = 0; kind < KINDS; kind++) {
				const uint64_t arguments[6] = { request };
				bool attaches = request == PTRACE_TRACEME ||
						request == PTRACE_ATTACH || request == PTRACE_SEIZE;

				check(kind, abis[i].audit, abis[i].ptrace, arguments,
				      attaches && kind != GUARD ? stop_for(STOP_PTRACE) : ALLOW);
			}
}

/* What begins with one of these values is stopped for that reason, by the first filter. */
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
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		first_argument(abis[i].seccomp, &abis[i], modes, 2, STOP_SECCOMP);
		first_argument(abis[i].prctl, &abis[i], options, 1, STOP_SECCOMP);
	}
}

static void clone_of_untraced(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++)
		for (int bit = 0; bit < 32; bit++)
			for (enum kind kind = 0; kind < KINDS; kind++) {
				const uint64_t flag = UINT64_C(1) << bit;
				const uint64_t arguments[6] = { flag };
				const uint64_t with[6] = { flag | CLONE_UNTRACED | SIGCHLD };

				check(kind, abis[i].audit, abis[i].clone, arguments,
				      flag == CLONE_UNTRACED && kind != GUARD ?
					      stop_for(STOP_UNTRACED) :
					      ALLOW);
				check(kind, abis[i].audit, abis[i].clone, with,
				      kind != GUARD ? stop_for(STOP_UNTRACED) : ALLOW);
			}
}

/* What is handed over is known again, for the calls that are stopped for it and for no other. */
static void reasons(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];
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

/* Of another ABI than those we know, the numbers mean something else. */
static void foreign_calls(void **state)
{
	static const uint32_t machines[] = { AUDIT_ARCH_X86_64,	 AUDIT_ARCH_I386,
					     AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM,
					     AUDIT_ARCH_RISCV64, 0 };

	(void)state;
	for (int i = 0; i < ABIS && abis[i].audit; i++) {
		const struct abi *abi = &abis[i];
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
	const struct abi *abi = &abis[0];

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
	/* Compared by their upper halves. */
	assert_true(abi->wide && !(abi->window << 32) && !(abi->copies << 32) &&
		    !(abi->window_end << 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_well_formed),     cmocka_unit_test(mmap_calls),
		cmocka_unit_test(private_calls),       cmocka_unit_test(our_own_pass),
		cmocka_unit_test(munmap_and_mprotect), cmocka_unit_test(long_ones),
		cmocka_unit_test(mremap_calls),	       cmocka_unit_test(other_calls),
		cmocka_unit_test(ptrace_calls),	       cmocka_unit_test(inject_that_set_filters),
		cmocka_unit_test(clone_of_untraced),   cmocka_unit_test(reasons),
		cmocka_unit_test(foreign_calls),       cmocka_unit_test(numbers_of_this_machine),
	};

	return cmocka_run_group_tests_name("filter", tests, build_filters, NULL);
}
