/* SPDX-License-Identifier: MIT */
/*
 * From system calls to the hooks (preload/hooks.c), and back; and the program's start.
 */
#include "enter.h"
#include "kernel.h"
#include "libc.h"
#include "live.h"
#include "mapping.h"
#include "report.h"
#include "stacks.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int pkey_mprotect(void *addr, size_t length, int prot, int pkey);

/* The library's, in preload/engine.c: the linker lists them (image.lds). */
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

/* The kernel takes whole pages, whatever length says. */
static bool is_in(uintptr_t place, uint64_t start, uint64_t length)
{
	return place - start < mapping_span(length, state_page());
}

/* Nothing here is known of memory without a file while nothing was converted. */
static bool maps(const struct patched_call *call, uintptr_t stack)
{
	const int flags = (int)call->arguments[3];

	if (mapping_replaces(flags) && is_in(stack, call->arguments[0], call->arguments[1]))
		return false;
	return !(flags & MAP_ANONYMOUS) || (mapping_replaces(flags) && ranges_live());
}

bool patched_wants(const struct patched_call *call)
{
	const uintptr_t stack = (uintptr_t)call;

	if (!state_serves())
		return false;
	switch (call->number) {
	case SYS_mmap:
		return maps(call, stack);
	case SYS_munmap:
		return ranges_live() && !is_in(stack, call->arguments[0], call->arguments[1]);
	case SYS_mremap:
		return ranges_live() && !is_in(stack, call->arguments[0], call->arguments[1]) &&
		       !(call->arguments[3] & MREMAP_FIXED &&
			 is_in(stack, call->arguments[4], call->arguments[2]));
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		return call->arguments[2] & (PROT_WRITE | PROT_EXEC);
	case SYS_exit_group:
		return report_ends();
	default:
		return false;
	}
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

	switch (call->number) {
	case SYS_mmap:
		return of_pointer(mmap(address(a[0]), a[1], (int)a[2], (int)a[3], (int)a[4],
				       (off_t)a[5]));
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
