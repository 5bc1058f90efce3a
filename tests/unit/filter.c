/* SPDX-License-Identifier: MIT */
/*
 * The filters of the tracer on calls that map, protect and unmap: compares every answer with the
 * truth table in filter.h. filter-others.c has the other calls; filter-kernel.c runs the filters in
 * the kernel.
 */
#include "filter-run.h"

#include "mapping.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Checks everything that the kernel would refuse (kernel/seccomp.c, net/core/filter.c). */
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

static void are_well_formed(void **state)
{
	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		assert_well_formed(&filters[kind]);
}

/* Addresses at the edges of the window, of the address space and of the compared words. */
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

/* True if the filter must see calls at this address. */
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
 * mmap stops for each candidate, and for calls that the tracer then sorts out: MAP_SYNC, and flags
 * that MAP_SHARED_VALIDATE does not know. It also stops for places in the window.
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
		       !(flags & MAP_DENYWRITE); /* the dynamic loader uses it */

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
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		uint64_t addresses[20];
		size_t count = addresses_of(&abi_all()[i], addresses);

		for (unsigned set = 0; set < 1u << FLAG_BITS; set++) {
			int flags = 0;

			for (unsigned bit = 0; bit < FLAG_BITS; bit++)
				if (set >> bit & 1)
					flags |= flag_bits[bit];
			for (int type = 0; type <= MAP_TYPE; type++)
				for (int prot = 0; prot < 8; prot++)
					mmap_with(&abi_all()[i], prot, flags | type,
						  addresses[(set + (unsigned)type * 3) % count]);
		}
		/* Each address with all arguments that decide. */
		for (size_t at = 0; at < count; at++)
			for (int fixed = 0; fixed <= MAP_FIXED; fixed += MAP_FIXED)
				for (int type = MAP_SHARED; type <= MAP_SHARED_VALIDATE; type++)
					mmap_with(&abi_all()[i], PROT_READ, type | fixed,
						  addresses[at]);
	}
}

/* Private mappings of a file, by caller and length; and one without a file, which is a trial. */
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
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++)
		for (size_t n = 0; n < sizeof(calls) / sizeof(calls[0]); n++) {
			struct seccomp_data call = {
				.nr = abi_all()[i].mmap,
				.arch = abi_all()[i].audit,
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

/* Calls that the tracer makes the program make do not stop; with one bit less they do. */
static void our_own_pass(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const uint64_t pass = filter_pass(&abi_all()[i]);

		assert_true(!abi_all()[i].wide == !pass && !(uint32_t)pass);
		for (uint64_t bit = UINT64_C(1) << 31; pass && bit; bit <<= 1)
			for (uint64_t type = MAP_SHARED; type <= MAP_PRIVATE; type++) {
				const bool ours = bit >> 32 == 0;
				const uint64_t flags = (ours ? pass : pass ^ bit) | type;
				const uint64_t arguments[6] = {
					abi_all()[i].copies,	     PAGE, PROT_READ,
					flags | MAP_FIXED_NOREPLACE, 3,	   0
				};

				check(PRIVATE, abi_all()[i].audit, abi_all()[i].mmap, arguments,
				      ours ? ALLOW : stop_for(STOP_CANDIDATE));
				check(GUARD, abi_all()[i].audit, abi_all()[i].mmap, arguments,
				      ALLOW);
			}
	}
}

static void munmap_and_mprotect(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];
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

/* Calls from below the window that reach into it. */
static void long_ones(void **state)
{
	(void)state;
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];

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
	for (int i = 0; i < ABIS && abi_all()[i].audit; i++) {
		const struct abi *abi = &abi_all()[i];
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

/* The same with windows for a kernel with addresses of 39 bits. Changes them for good. */
static void narrow(void **state)
{
	abi_fit(UINT64_C(0x7fd18b5000));
	build_filters(state);
	mmap_calls(state);
	our_own_pass(state);
	munmap_and_mprotect(state);
	long_ones(state);
	mremap_calls(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_well_formed),     cmocka_unit_test(mmap_calls),
		cmocka_unit_test(private_calls),       cmocka_unit_test(our_own_pass),
		cmocka_unit_test(munmap_and_mprotect), cmocka_unit_test(long_ones),
		cmocka_unit_test(mremap_calls),	       cmocka_unit_test(narrow),
	};

	return cmocka_run_group_tests_name("filter", tests, build_filters, NULL);
}
