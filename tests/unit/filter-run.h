/* SPDX-License-Identifier: MIT */
/*
 * All filters that the tracer builds, and a small interpreter that runs them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi.h"
#include "filter.h"

#include <linux/seccomp.h>
#include <string.h>

enum { PAGE = 4096, ALLOW = SECCOMP_RET_ALLOW };

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
 * The second one has the stops for a report or a log, the third one those for private candidates.
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

static uint32_t stop_for(enum stop why)
{
	return SECCOMP_RET_TRACE | filter_data(why);
}

/*
 * Filters look at arguments from the third on as ints, whatever the upper halves of registers are.
 */
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
