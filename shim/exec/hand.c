/* SPDX-License-Identifier: MIT */
/*
 * Decides on one call, and builds the new command. If anything fails here, the program runs as
 * without privmap.
 */
#include "hand.h"

#include "environment.h"
#include "handed-over.h"
#include "kernel.h"
#include "start.h"
#include "text.h"
#include "unreached.h"

#include <string.h>

/* Counts them. False if some cannot be read: the kernel will report that. */
static bool count_pointers(char *const *array, size_t *count)
{
	uintptr_t page = 0;

	for (*count = 0; array; ++*count) {
		if (!memory_there(&array[*count], &page))
			return false;
		if (!array[*count])
			break;
	}
	return true;
}

static char *number(char room[12], size_t value)
{
	struct text text = { room, 12, 0 };

	text_add_number(&text, value);
	return text_string(&text);
}

/* A close-on-exec descriptor must outlive the start of privmap. */
static void keep_open(struct run *run, const struct place *place)
{
	word flags;

	if (place->at == AT_FDCWD || place->path[0] == '/')
		return;
	flags = kernel(SYS_fcntl, place->at, F_GETFD);
	if (flags >= 0 && flags & FD_CLOEXEC && kernel(SYS_fcntl, place->at, F_SETFD, 0) == 0)
		run->closed = place->at;
}

static void hand_over(struct run *run, const struct place *place)
{
	char **to = run->handed_argv;
	size_t hidden;

	run->hidden = to + HANDED_FIRST;
	hidden = handed_hide(run->entries, run->hidden, SIZE_MAX);
	keep_open(run, place);
	to[0] = (char *)"privmap";
	to[1] = (char *)HANDED_OPTION;
	to[2] = place->at == AT_FDCWD || place->path[0] == '/' ?
			(char *)"-" :
			number(run->numbers[0], (size_t)place->at);
	to[3] = (char *)(run->closed >= 0 ? "1" : "0");
	to[4] = (char *)place->path;
	to[5] = number(run->numbers[1], hidden);
	to += HANDED_FIRST + hidden;
	for (size_t i = 0; i < run->count; i++)
		*to++ = run->argv[i];
	*to = NULL;
}

static void build(struct run *run, const struct environment *environment, bool apart,
		  const struct place *place)
{
	bool changes = environment_changes(environment, apart);
	size_t entries = environment_most(environment) + 1;
	size_t arguments = run->command[0] ? HANDED_FIRST + environment->hidden + 2 + run->count :
					     0;
	char **pointers = room_take(&run->room,
				    (entries + arguments) * sizeof(char *) +
					    (changes ? environment_bytes(environment) : 0),
				    run->execs);

	if (!pointers) {
		run->command[0] = '\0';
		return;
	}
	run->entries = pointers;
	if (changes) {
		environment_change(environment, apart, pointers,
				   (char *)(pointers + entries + arguments));
	} else {
		for (size_t i = 0; i < environment->count; i++)
			pointers[i] = environment->given[i]; /* NULL: there is no list */
		pointers[environment->count] = NULL;
	}
	run->environment = run->entries;
	run->handed_argv = pointers + entries;
	if (run->command[0])
		hand_over(run, place);
}

/* Whether a program that the library does not reach can be handed over. */
static bool reach(struct run *run, enum look look, const char *report)
{
	enum trace trace = look == LOOK_OWN_RIGHTS ? TRACE_DONE : trace_can(run->command);

	if (look == LOOK_OWN_RIGHTS)
		unreached_count(report, UNREACHED_PRIVILEGES);
	else if (trace == TRACE_OTHERS || trace == TRACE_NOT)
		unreached_count(report,
				trace == TRACE_OTHERS ? UNREACHED_TRACED : UNREACHED_UNTRACEABLE);
	return trace == TRACE_CAN;
}

static void decide(struct run *run, const struct place *place)
{
	struct environment environment;
	enum look look;
	bool apart;

	if (!environment_look(&environment, run->envp) || environment.disabled)
		return;
	unreached_look(environment.report);
	look = look_at(place);
	if (look != LOOK_REACHED && !(look_lasts(place) && count_pointers(run->argv, &run->count) &&
				      reach(run, look, environment.report) && look_runs(place)))
		run->command[0] = '\0';
	apart = look == LOOK_APART || environment.elsewhere;
	if (run->command[0] || environment_changes(&environment, apart))
		build(run, &environment, apart, place);
}

/* Blocks signals: a handler that jumps away must not leave the files open that are looked at. */
void run_prepare(struct run *run, const struct place *place)
{
	uint64_t before[2];

	run->environment = run->envp;
	run->command[0] = '\0';
	run->closed = -1;
	run->room.mapped = NULL;
	if (!memory_name_there(place->path) || !own_counts(place->path))
		return;
	kernel_block_signals(before);
	decide(run, place);
	kernel_restore_signals(before);
}

void run_take_back(struct run *run)
{
	handed_show(run->entries, run->hidden);
	if (run->closed >= 0)
		kernel(SYS_fcntl, run->closed, F_SETFD, FD_CLOEXEC);
}

void run_end(struct run *run)
{
	room_give(&run->room);
}
