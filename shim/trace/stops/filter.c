/* SPDX-License-Identifier: MIT */
/*
 * Builds the filters. Each system call has its own block, which ends in an answer, so that jumps
 * are short and a reader can count them.
 */
#include "filter.h"

#include "abi.h"
#include "mapping.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

enum { DATA_STEP = 16 }; /* more than enum stop has reasons */

/*
 * Set before any filter is built, and before the fork that makes the tracer; constant afterwards.
 */
static unsigned first_data, pass;

void filter_choose_data(unsigned random)
{
	pass = random | 1U << 31;
	first_data = random % (SECCOMP_RET_DATA + 1) / DATA_STEP * DATA_STEP;
}

unsigned filter_data(enum stop why)
{
	return first_data | (unsigned)why;
}

uint64_t filter_pass(const struct abi *abi)
{
	return abi->wide ? (uint64_t)pass << 32 : 0;
}

static bool stops_for(enum stop why, const struct abi *abi, int number)
{
	switch (why) {
	case STOP_CANDIDATE:
	case STOP_WRITTEN:
	case STOP_PLACE:
		return number == abi->mmap;
	case STOP_UNMAP:
		return number == abi->munmap;
	case STOP_PROTECT:
		return number == abi->mprotect || number == abi->pkey_mprotect;
	case STOP_REMAP:
		return number == abi->mremap;
	case STOP_PTRACE:
		return number == abi->ptrace;
	case STOP_EXIT:
		return number == abi->exit_group;
	case STOP_SECCOMP:
		return number == abi->seccomp || number == abi->prctl;
	case STOP_UNTRACED:
		return number == abi->clone;
	default:
		return false;
	}
}

enum stop filter_why(unsigned data, const struct abi *abi, int number)
{
	enum stop why = (enum stop)(data % DATA_STEP);

	return filter_data(why) == data && stops_for(why, abi, number) ? why : STOP_NOT_OURS;
}

static void add(struct filter *filter, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	filter->code[filter->length++] = (struct sock_filter){ code, if_true, if_false, k };
}

static void load(struct filter *filter, size_t offset)
{
	add(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Jumps if_true or if_false instructions ahead. */
static void when(struct filter *filter, uint16_t test, uint32_t k, unsigned if_true,
		 unsigned if_false)
{
	add(filter, BPF_JMP | test | BPF_K, k, (uint8_t)if_true, (uint8_t)if_false);
}

static void answer(struct filter *filter, uint32_t what)
{
	add(filter, BPF_RET | BPF_K, what, 0, 0);
}

static void stop(struct filter *filter, enum stop why)
{
	answer(filter, SECCOMP_RET_TRACE | filter_data(why));
}

static void allow(struct filter *filter)
{
	answer(filter, SECCOMP_RET_ALLOW);
}

static void load_argument(struct filter *filter, unsigned number, bool high)
{
	load(filter, offsetof(struct seccomp_data, args) + number * sizeof(uint64_t) +
			     (high ? sizeof(uint32_t) : 0)); /* all our ABIs are little endian */
}

/* Begins the block for this value of the loaded word. */
static unsigned begin_block(struct filter *filter, uint32_t value)
{
	when(filter, BPF_JEQ, value, 0, 0);
	return filter->length;
}

static void end_block(struct filter *filter, unsigned begun)
{
	filter->code[begun - 1].jf = (uint8_t)(filter->length - begun);
}

static uint32_t window_word(const struct abi *abi, uint64_t address)
{
	return (uint32_t)(abi->wide ? address >> 32 : address);
}

/*
 * if (arg >= from && arg < window_end)
 *         return STOP;
 * Comparing one half of an address is enough: the other half of the bounds is 0.
 */
static void stop_from(struct filter *filter, const struct abi *abi, uint64_t from, unsigned number,
		      enum stop why)
{
	load_argument(filter, number, abi->wide);
	when(filter, BPF_JGE, window_word(abi, from), 0, 2);
	when(filter, BPF_JGE, window_word(abi, abi->window_end), 1, 0);
	stop(filter, why);
}

/*
 * if (!abi || (arg >= window && arg < window_end))
 *         return STOP;
 */
static void stop_in_window(struct filter *filter, const struct abi *abi, unsigned number,
			   enum stop why)
{
	if (abi)
		stop_from(filter, abi, abi->window, number, why);
	else
		stop(filter, why);
}

/*
 * if (length >= margin)
 *         return STOP;
 * A part of that length that begins below the window may reach mappings in it.
 */
static void stop_if_it_reaches(struct filter *filter, const struct abi *abi, unsigned number,
			       enum stop why)
{
	load_argument(filter, number, abi->wide);
	when(filter, BPF_JGE, window_word(abi, abi_margin(abi)), 0, 1);
	stop(filter, why);
}

/*
 * The calls that change mappings; in_window() is true of all addresses if window is NULL.
 *
 * case munmap:
 *         return addr >= copies && addr < window_end ? STOP : ALLOW;
 * case mprotect, pkey_mprotect:
 *         if (!(prot & (PROT_WRITE | PROT_EXEC)))
 *                 return ALLOW;
 *         return in_window(addr) || length >= margin ? STOP : ALLOW;
 * case mremap:
 *         if (in_window(old) || old_length >= margin)
 *                 return STOP;
 *         if (!(flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)))
 *                 return ALLOW;
 *         return in_window(new) ? STOP : ALLOW;
 */
static void followed_calls(struct filter *filter, const struct abi *abi, const struct abi *window)
{
	const int protects[] = { abi->mprotect, abi->pkey_mprotect };
	unsigned block = begin_block(filter, (uint32_t)abi->munmap);

	if (window)
		stop_from(filter, window, window->copies, 0, STOP_UNMAP);
	else
		stop(filter, STOP_UNMAP);
	allow(filter);
	end_block(filter, block);
	for (int i = 0; i < 2; i++) {
		block = begin_block(filter, (uint32_t)protects[i]);
		load_argument(filter, 2, false);
		when(filter, BPF_JSET, PROT_WRITE | PROT_EXEC, 1, 0);
		allow(filter);
		stop_in_window(filter, window, 0, STOP_PROTECT);
		if (window)
			stop_if_it_reaches(filter, window, 1, STOP_PROTECT);
		allow(filter);
		end_block(filter, block);
	}
	block = begin_block(filter, (uint32_t)abi->mremap);
	stop_in_window(filter, window, 0, STOP_REMAP);
	/* Since Linux 6.17, mremap moves several mappings, with holes between them. */
	if (window)
		stop_if_it_reaches(filter, window, 1, STOP_REMAP);
	load_argument(filter, 3, false);
	when(filter, BPF_JSET, MREMAP_FIXED | MREMAP_DONTUNMAP, 1, 0);
	allow(filter);
	stop_in_window(filter, window, 4, STOP_REMAP);
	allow(filter);
	end_block(filter, block);
}

/*
 * case mmap, FILTER_WRITTEN:
 *         type = flags & MAP_TYPE;
 *         if ((type == MAP_SHARED || type == MAP_SHARED_VALIDATE) && prot & PROT_WRITE &&
 *             !(flags & (MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB)))
 *                 return STOP_WRITTEN;
 */
static void written(struct filter *filter)
{
	load_argument(filter, 2, false);
	when(filter, BPF_JSET, PROT_WRITE, 0, 7);
	load_argument(filter, 3, false);
	when(filter, BPF_JSET, MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB, 5, 0);
	load_argument(filter, 3, false);
	add(filter, BPF_ALU | BPF_AND | BPF_K, MAP_TYPE, 0, 0);
	when(filter, BPF_JEQ, MAP_SHARED, 1, 0);
	when(filter, BPF_JEQ, MAP_SHARED_VALIDATE, 0, 1);
	stop(filter, STOP_WRITTEN);
}

/*
 * case mmap, first filter:
 *         if (!(flags & (MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB)))
 *                 switch (flags & MAP_TYPE) {
 *                 case MAP_PRIVATE:
 *                         if (!(flags & MAP_DENYWRITE) && !(prot & PROT_EXEC) &&
 *                             (ldcache ? !(length == ldcache->length && called_by(ldcache)) :
 *                                       fd == -1))
 *                                 return flags >> 32 == pass ? ALLOW : STOP_CANDIDATE;
 *                         break;
 *                 case MAP_SHARED, MAP_SHARED_VALIDATE:
 *                         if (!(prot & PROT_WRITE))
 *                                 return flags >> 32 == pass ? ALLOW : STOP_CANDIDATE;
 *                 }
 *         return in_window(addr) ? STOP_PLACE : ALLOW;
 * case mmap, second filter:
 *         return flags & MAP_FIXED ? STOP_PLACE : ALLOW;
 *
 * glibc's loader maps programs and libraries with MAP_DENYWRITE, which the kernel ignores. Programs
 * name an address in the window only if they were given it before, so hints seldom stop them.
 */
static void mmap_calls(struct filter *filter, const struct abi *abi, const struct abi *window,
		       unsigned wanted, const struct ldcache *ldcache)
{
	unsigned block = begin_block(filter, (uint32_t)abi->mmap);
	/*
	 * Numbers of instructions: of the last test of a private mapping, and of the test for pass.
	 */
	const unsigned last = ldcache ? 5 : 2, ours = abi->wide ? 3 : 0;

	if (wanted & FILTER_WRITTEN)
		written(filter);
	if (window) {
		load_argument(filter, 3, false);
		when(filter, BPF_JSET, MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_HUGETLB,
		     last + ours + 11, 0);
		add(filter, BPF_ALU | BPF_AND | BPF_K, MAP_TYPE, 0, 0);
		when(filter, BPF_JEQ, MAP_SHARED, last + 6, 0);
		when(filter, BPF_JEQ, MAP_SHARED_VALIDATE, last + 5, 0);
		when(filter, BPF_JEQ, MAP_PRIVATE, 0, last + ours + 7);
		load_argument(filter, 3, false);
		when(filter, BPF_JSET, MAP_DENYWRITE, last + ours + 5, 0);
		load_argument(filter, 2, false);
		when(filter, BPF_JSET, PROT_EXEC, last + ours + 3, 0);
		if (ldcache) {
			load_argument(filter, 1, false);
			when(filter, BPF_JEQ, ldcache->length, 0, 5);
			load(filter, offsetof(struct seccomp_data, instruction_pointer));
			add(filter, BPF_ALU | BPF_AND | BPF_K, LDCACHE_PAGE - 1, 0, 0);
			when(filter, BPF_JEQ, ldcache->behind, ours + 3, 2);
		} else {
			load_argument(filter, 4, false);
			when(filter, BPF_JEQ, (uint32_t)-1, 2, ours + 3);
		}
		load_argument(filter, 2, false);
		when(filter, BPF_JSET, PROT_WRITE, ours + 1, 0);
		if (ours) {
			load_argument(filter, 3, true);
			when(filter, BPF_JEQ, pass, 0, 1);
			allow(filter);
		}
		stop(filter, STOP_CANDIDATE);
	} else {
		load_argument(filter, 3, false);
		when(filter, BPF_JSET, MAP_FIXED, 1, 0);
		allow(filter);
	}
	stop_in_window(filter, window, 0, STOP_PLACE);
	allow(filter);
	end_block(filter, block);
}

bool filter_is_candidate(int prot, int flags)
{
	return mapping_is_candidate(prot, flags) ||
	       (mapping_is_private_candidate(prot, flags) && !(flags & MAP_DENYWRITE));
}

/*
 * case number:
 *         return arg0 is one of values ? STOP : ALLOW;
 */
static void first_argument(struct filter *filter, int number, const uint32_t values[],
			   unsigned count, enum stop why)
{
	unsigned block = begin_block(filter, (uint32_t)number);

	load_argument(filter, 0, false);
	for (unsigned i = 0; i < count; i++) {
		when(filter, BPF_JEQ, values[i], 0, 1);
		stop(filter, why);
	}
	allow(filter);
	end_block(filter, block);
}

/* Stops calls by which the program would escape the tracer, or get a filter or tracer before it. */
static void inject_about_us(struct filter *filter, const struct abi *abi)
{
	/*
	 * ATTACH and SEIZE fail if the target is our tracee already; the stop lets privmap say why.
	 */
	static const uint32_t traces[] = { PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE };
	static const uint32_t filters[] = { SECCOMP_SET_MODE_STRICT, SECCOMP_SET_MODE_FILTER };
	static const uint32_t sets_filter[] = { PR_SET_SECCOMP };
	unsigned block;

	first_argument(filter, abi->ptrace, traces, 3, STOP_PTRACE);
	first_argument(filter, abi->seccomp, filters, 2, STOP_SECCOMP);
	first_argument(filter, abi->prctl, sets_filter, 1, STOP_SECCOMP);
	block = begin_block(filter, (uint32_t)abi->clone);
	load_argument(filter, 0, false);
	when(filter, BPF_JSET, CLONE_UNTRACED, 0, 1);
	stop(filter, STOP_UNTRACED);
	allow(filter);
	end_block(filter, block);
}

static void build(struct filter *filter, bool guard, unsigned wanted, const struct ldcache *ldcache)
{
	filter->length = 0;
	for (int i = 0; i < ABIS; i++) {
		const struct abi *abi = &abi_all()[i];
		const struct abi *window = guard ? NULL : abi;
		unsigned of_abi, block;

		if (!abi->audit)
			continue;
		load(filter, offsetof(struct seccomp_data, arch));
		of_abi = begin_block(filter, abi->audit);
		load(filter, offsetof(struct seccomp_data, nr));
		if (abi->foreign_calls) {
			when(filter, BPF_JGE, abi->foreign_calls, 0, 1);
			allow(filter);
		}
		mmap_calls(filter, abi, window, wanted, ldcache);
		followed_calls(filter, abi, window);
		if (!guard)
			inject_about_us(filter, abi);
		if (wanted & FILTER_EXITS) {
			block = begin_block(filter, (uint32_t)abi->exit_group);
			stop(filter, STOP_EXIT);
			end_block(filter, block);
		}
		allow(filter);
		end_block(filter, of_abi);
	}
	allow(filter);
}

void filter_first(struct filter *filter, unsigned wanted, const struct ldcache *ldcache)
{
	build(filter, false, wanted, ldcache);
}

void filter_guard(struct filter *filter)
{
	build(filter, true, 0, NULL);
}
