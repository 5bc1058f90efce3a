/* SPDX-License-Identifier: MIT */
/*
 * Decodes regions. The second decoding uses nothing of the first but its boundaries, to compare
 * them.
 */
#include "region.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

enum {
	VOTERS = 64,
	NEAREST = 16,
	/* rbx, rbp, r12 to r15: a function restores them for its caller. */
	KEPT_BY_CALLS = 1 << 3 | 1 << 5 | 0xf << 12,
	/* rax, rcx, r11. */
	CHANGED_BY_KERNEL = 1 << 0 | 1 << 1 | 1 << 11,
};

/* What is known before an instruction. */
struct state {
	struct value registers[REGISTERS];
	int32_t pushed;
	bool seen, has_pushed;
	/* No branch, no call and no pop since the function was entered. (Some functions pop their
	 * return address before they fork.) */
	bool straight;
};

struct work {
	uint64_t *addresses;
	size_t count, room;
};

bool region_decode(struct region *region, const struct binary *binary, uint64_t start, uint64_t end)
{
	const uint8_t *bytes = binary_at(binary, start, end - start);
	struct code code;

	memset(region, 0, sizeof(*region));
	if (!bytes || !(region->lengths = calloc(1, end - start)))
		return false;
	region->start = start;
	region->end = end;
	region->bytes = bytes;
	while (start < end &&
	       code_decode(bytes + (start - region->start), end - start, start, &code)) {
		region->lengths[start - region->start] = code.length;
		start += code.length;
	}
	region->clean = start == end;
	return true;
}

void region_forget(struct region *region)
{
	free(region->lengths);
	free(region->states);
	memset(region, 0, sizeof(*region));
}

static bool push_work(struct work *work, uint64_t address)
{
	uint64_t *addresses = grow(work->addresses, work->count, &work->room, sizeof(*addresses));

	if (!addresses)
		return false;
	work->addresses = addresses;
	work->addresses[work->count++] = address;
	return true;
}

/* Keeps what two paths that meet have in common. True if the old state changed. */
static bool merge(struct state *old, const struct state *new)
{
	bool changed = false;

	if (!old->seen) {
		*old = *new;
		old->seen = true;
		return true;
	}
	for (unsigned i = 0; i < REGISTERS; i++) {
		struct value *a = &old->registers[i];
		const struct value *b = &new->registers[i];

		if (a->kind != VALUE_ANY && (a->kind != b->kind || a->constant != b->constant)) {
			a->kind = VALUE_ANY;
			changed = true;
		}
		changed |= !a->wanted && b->wanted;
		a->wanted |= b->wanted;
	}
	if (old->has_pushed && (!new->has_pushed || old->pushed != new->pushed)) {
		old->has_pushed = false;
		changed = true;
	}
	changed |= old->straight && !new->straight;
	old->straight &= new->straight;
	return changed;
}

static struct value constant(int64_t number)
{
	return (struct value){ number >= 0 && number <= INT32_MAX ? VALUE_CONSTANT : VALUE_ANY,
			       number_is_wanted(number), (int32_t)(number & INT32_MAX) };
}

static void apply(struct state *state, const struct code *code)
{
	struct value *to = &state->registers[code->to];
	struct value any = { .kind = VALUE_ANY };
	bool had_pushed = state->has_pushed;
	unsigned written = code->kind == CODE_CALL    ? ~(unsigned)KEPT_BY_CALLS :
			   code->kind == CODE_SYSCALL ? CHANGED_BY_KERNEL :
							code->written;

	state->has_pushed = false;
	if (code->kind != CODE_PLAIN || code->effect == EFFECT_POP)
		state->straight = false;
	switch (code->effect) {
	case EFFECT_NONE:
		break;
	case EFFECT_CONSTANT:
		*to = constant(code->constant);
		break;
	case EFFECT_LOW:
		if (to->kind == VALUE_CONSTANT)
			*to = constant((to->constant & ~0xff) | (int32_t)code->constant);
		else
			*to = (struct value){ VALUE_ANY, number_is_wanted(code->constant), 0 };
		break;
	case EFFECT_COPY:
		*to = state->registers[code->from];
		break;
	case EFFECT_LOAD:
		/* Words on the stack are not tracked: this one may be a wanted number. */
		*to = (struct value){ .kind = VALUE_ANY, .wanted = true };
		if (state->straight && code->from == REGISTER_SP && code->constant >= 8 &&
		    state->registers[REGISTER_SP].kind == VALUE_ARGUMENT)
			*to = (struct value){ VALUE_ARGUMENT, false, REGISTERS };
		break;
	case EFFECT_PUSH:
		state->has_pushed = code->constant >= 0 && code->constant <= INT32_MAX;
		state->pushed = (int32_t)code->constant;
		state->registers[REGISTER_SP] = any;
		break;
	case EFFECT_POP:
		*to = had_pushed ? constant(state->pushed) :
				   (struct value){ .kind = VALUE_ANY, .wanted = true };
		state->registers[REGISTER_SP] = any;
		break;
	case EFFECT_OTHER:
		/* A conditional move, or a called function, may leave the old value. */
		for (unsigned i = 0; i < REGISTERS; i++)
			if (written & 1u << i) {
				bool kept = code->kind != CODE_SYSCALL && !code->loads &&
					    state->registers[i].wanted;

				state->registers[i] = any;
				state->registers[i].wanted =
					kept ||
					(code->moves && state->registers[code->from].wanted);
			}
		break;
	}
	/* Further registers that a pop or an exchange changes. */
	if (code->effect != EFFECT_OTHER && code->effect != EFFECT_NONE)
		for (unsigned i = 0; i < REGISTERS; i++)
			if (i != code->to && code->written & 1u << i)
				state->registers[i] = any;
}

/* Adds a path that comes to address. False also if the first decoding has no boundary there. */
static bool come_to(struct region *region, struct work *work, uint64_t address,
		    const struct state *state)
{
	if (!region_has(region, address))
		return true;
	if (!region_length(region, address))
		return false;
	return !merge(&region->states[address - region->start], state) || push_work(work, address);
}

static bool follow(struct region *region, struct work *work)
{
	while (work->count) {
		uint64_t at = work->addresses[--work->count];
		struct state state = region->states[at - region->start];
		struct code code;

		if (!code_decode(region->bytes + (at - region->start), region->end - at, at,
				 &code) ||
		    code.length != region_length(region, at))
			return false;
		apply(&state, &code);
		if ((code.kind == CODE_JUMP || code.kind == CODE_BRANCH) &&
		    !come_to(region, work, code.target, &state))
			return false;
		if (code.kind != CODE_JUMP && code.kind != CODE_INDIRECT_JUMP &&
		    code.kind != CODE_END && region_has(region, at + code.length) &&
		    region_length(region, at + code.length) &&
		    !come_to(region, work, at + code.length, &state))
			return false;
	}
	return true;
}

/* Returns the start of code that no branch reaches: code after a jump by a table. */
static uint64_t unreached_start(const struct region *region, uint64_t address)
{
	for (uint64_t before; (before = region_before(region, address)); address = before)
		if (region_reached(region, before))
			break;
	return address;
}

bool region_follow(struct region *region, uint64_t address)
{
	struct work work = { NULL, 0, 0 };
	struct state state = { .straight = true };
	bool agree;

	if (!region->states) {
		region->states = calloc(region->end - region->start, sizeof(*region->states));
		if (!region->states)
			return false;
		for (unsigned i = 0; i < REGISTERS; i++)
			state.registers[i] = (struct value){ VALUE_ARGUMENT, false, (int32_t)i };
		if (!come_to(region, &work, region->start, &state) || !follow(region, &work)) {
			free(work.addresses);
			return false;
		}
	}
	agree = true;
	for (unsigned i = 0; i < REGISTERS; i++)
		state.registers[i] = (struct value){ .kind = VALUE_ANY };
	state.straight = false;
	while (agree && !region_reached(region, address))
		agree = come_to(region, &work, unreached_start(region, address), &state) &&
			follow(region, &work);
	free(work.addresses);
	return agree;
}

bool region_reached(const struct region *region, uint64_t address)
{
	return region->states && region_has(region, address) &&
	       region->states[address - region->start].seen;
}

struct value region_number(const struct region *region, uint64_t address)
{
	const struct state *state = &region->states[address - region->start];
	struct value value = state->registers[REGISTER_AX];

	if (value.kind == VALUE_ARGUMENT && !state->straight)
		value.kind = VALUE_ANY;
	return value;
}

uint64_t region_before(const struct region *region, uint64_t address)
{
	for (unsigned back = 1; back <= CODE_LONGEST && address - region->start >= back; back++)
		if (region_length(region, address - back) == back)
			return address - back;
	return 0;
}

unsigned region_vote(const struct binary *binary, uint64_t address)
{
	const Elf64_Phdr *segment = binary_code(binary, address);
	const uint8_t *bytes;
	unsigned valid = 0, came = 0;
	uint64_t back;

	if (!segment)
		return 0;
	bytes = binary->bytes + segment->p_offset;
	/* No code lies before its segment. */
	back = address - segment->p_vaddr;
	for (back = back < NEAREST ? back : NEAREST;
	     back < VOTERS + NEAREST && back <= address - segment->p_vaddr; back++) {
		uint64_t at = address - back;
		struct code code;
		bool whole = true;

		while (at < address && whole) {
			whole = code_decode(bytes + (at - segment->p_vaddr),
					    segment->p_vaddr + segment->p_filesz - at, at, &code);
			at += code.length;
		}
		valid += whole;
		came += whole && at == address;
	}
	return valid ? came * 100 / valid : 0;
}
