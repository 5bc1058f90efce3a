/* SPDX-License-Identifier: MIT */
/*
 * Passes system calls to the hooks (preload/hooks.c), returns the results, and starts the engine.
 */
#include "enter.h"
#include "kernel.h"
#include "libc.h"
#include "live.h"
#include "mapping.h"
#include "protect.h"
#include "report.h"
#include "stacks.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/*
 * Stands in call->number for an mprotect that was made while another thread changed the table; its
 * errno is added. The kernel has no numbers that large.
 */
enum { MADE = 1 << 16 };

static bool is_made(const struct patched_call *call)
{
	return kernel_failed(MADE - call->number) || call->number == MADE;
}

int pkey_mprotect(void *addr, size_t length, int prot, int pkey);

/* The constructor and destructor of preload/engine.c: the linker lists them (image.lds). */
typedef void (*const listed)(void);
extern listed constructors[], constructors_end[], destructors[], destructors_end[];

static void call_all(listed *one, listed *end)
{
	for (; one < end; one++)
		(*one)();
}

void patched_begin(uintptr_t *stack)
{
	libc_begin(stack);
	stacks_begin();
	call_all(constructors, constructors_end);
}

/* The kernel works on whole pages, so length is rounded up. */
static bool is_in(uintptr_t place, uint64_t start, uint64_t length)
{
	return place - start < mapping_span(length, state_page());
}

/* Whether the table certainly has nothing there. Before a call it needs no generation. */
static bool apart(const struct patched_call *call)
{
	const uint64_t *a = call->arguments;

	return !ranges_live() || ranges_apart(a[0], a[0] + mapping_span(a[1], state_page()));
}

static int done(struct patched_call *call, int64_t result)
{
	call->number = result;
	return PATCHED_DONE;
}

/* A shared mapping that the kernel allows needs nothing but its call. */
static int try_shared(struct patched_call *call)
{
	const uint64_t *a = call->arguments;
	int64_t result = kernel(SYS_mmap, a[0], a[1], a[2], a[3], a[4], a[5]);

	return kernel_failed(result) ? PATCHED_SERVED : done(call, result);
}

static int try_mmap(struct patched_call *call, uintptr_t stack)
{
	const uint64_t *a = call->arguments;
	const int flags = (int)a[3];

	if (flags & MAP_ANONYMOUS)
		return !mapping_replaces(flags) || apart(call) || is_in(stack, a[0], a[1]) ?
			       PATCHED_PASSED :
			       PATCHED_SERVED;
	/* A refused call has already unmapped what it replaces, so it cannot be tried twice. */
	if (mapping_replaces(flags))
		return is_in(stack, a[0], a[1]) ? PATCHED_PASSED : PATCHED_SERVED;
	/* enter.S has already tried the private mapping, and it failed. */
	if ((flags & MAP_TYPE) == MAP_PRIVATE || state_any_always())
		return PATCHED_SERVED;
	return try_shared(call);
}

static int try_mprotect(struct patched_call *call, uintptr_t stack)
{
	const uint64_t *a = call->arguments;
	const uint64_t generation = live_generation();
	int64_t result;

	if (!(a[2] & (PROT_WRITE | PROT_EXEC)))
		return PATCHED_PASSED;
	/* The result could not be written to that stack. */
	if (!(a[2] & PROT_WRITE) && is_in(stack, a[0], a[1]))
		return PATCHED_PASSED;
	if (!apart(call))
		return PATCHED_SERVED;
	result = kernel(call->number, a[0], a[1], a[2], a[3]);
	if (live_generation() == generation)
		return done(call, result);
	call->number = MADE - result;
	return PATCHED_SERVED;
}

int patched_try(struct patched_call *call)
{
	const uintptr_t stack = (uintptr_t)call;
	const uint64_t *a = call->arguments;
	bool served = false;

	if (!state_serves())
		return PATCHED_PASSED;
	/* The kernel reads 32 bits of the number. */
	switch ((int)call->number) {
	case SYS_mmap:
		return try_mmap(call, stack);
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		return try_mprotect(call, stack);
	case SYS_munmap:
		served = !apart(call) && !is_in(stack, a[0], a[1]);
		break;
	case SYS_mremap:
		served = ranges_live() && !is_in(stack, a[0], a[1]) &&
			 !(a[3] & MREMAP_FIXED && is_in(stack, a[4], a[2]));
		break;
	case SYS_exit_group:
		served = report_ends();
		break;
	}
	return served ? PATCHED_SERVED : PATCHED_PASSED;
}

int patched_give_up(struct patched_call *call)
{
	return is_made(call) ? done(call, MADE - call->number) : PATCHED_PASSED;
}

static void *address(uint64_t argument)
{
	return (void *)argument;
}

/* A hook's pointer, or -1 with errno. */
static int64_t of_pointer(void *result)
{
	return result == MAP_FAILED ? -errno : (int64_t)result;
}

static int64_t of_number(int result)
{
	return result ? -errno : 0;
}

int64_t patched_serve(const struct patched_call *call)
{
	const uint64_t *a = call->arguments;

	if (is_made(call)) {
		const int error = (int)(call->number - MADE);

		errno = error;
		return of_number(
			protect_look_again(address(a[0]), a[1], (int)a[2], error ? -1 : 0));
	}
	switch ((int)call->number) {
	case SYS_mmap:
		return of_pointer(
			mmap(address(a[0]), a[1], (int)a[2], (int)a[3], (int)a[4], (off_t)a[5]));
	case SYS_munmap:
		return of_number(munmap(address(a[0]), a[1]));
	case SYS_mremap:
		return of_pointer(mremap(address(a[0]), a[1], a[2], (int)a[3], address(a[4])));
	case SYS_exit_group:
		call_all(destructors, destructors_end);
		return kernel(SYS_exit_group, a[0]);
	case SYS_mprotect:
		return of_number(mprotect(address(a[0]), a[1], (int)a[2]));
	default:
		return of_number(pkey_mprotect(address(a[0]), a[1], (int)a[2], (int)a[3]));
	}
}
