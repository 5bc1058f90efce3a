/* SPDX-License-Identifier: MIT */
/*
 * The library's memory: see memory.h.
 */
#include "memory.h"

#include "kernel.h"
#include "mapping.h"
#include "state.h"

#include <linux/futex.h>
#include <sys/mman.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8
#endif

/*
 * Far from the places where kernels, allocators, Go and sanitizers map, and just below the place
 * where the kernel puts programs (two thirds of all addresses), so that no large free space is cut
 * in two. Blocks lie there in a row, and share page tables and areas of the kernel.
 */
#if UINTPTR_MAX <= UINT32_MAX
#define FAR 0
#elif defined(__aarch64__)
#define FAR UINT64_C(0xaa0000000000)
#else
#define FAR UINT64_C(0x550000000000)
#endif
enum {
	FAR_SPAN_BITS = 38,
	TRIES = 8,
};

/* The offset of the next block from FAR. Moves back when the last block is freed. Atomic. */
static _Atomic uint64_t far_used;

enum { LARGEST_PAGE = 64 * 1024 }; /* used while the page size is not known */

/*
 * ThreadSanitizer does not see raw system calls. It would report a race if the kernel gave the
 * library an address that the program had used. Built with it, the library uses only the reserve.
 */
#ifdef __SANITIZE_THREAD__
enum { RESERVE = 64 * 1024 * 1024, RESERVE_FIRST = true };
#else
enum { RESERVE = 288 * 1024, RESERVE_FIRST = false };
#endif

/*
 * Costs nothing until it is touched. One atomic step hands out whole pages, which never come back.
 * The reserve is not page-aligned, because that would change how ld.so maps the library.
 */
static char reserve[RESERVE];
static _Atomic size_t reserve_used;

/* Takes size bytes from the reserve, within its first `end` bytes. */
static void *from_reserve(size_t size, size_t end)
{
	size_t page = state_page() ? state_page() : LARGEST_PAGE;
	size_t span = mapping_span(size, page);
	char *first = reserve + (-(uintptr_t)reserve & (page - 1));
	size_t room = (size_t)(reserve + end - first);
	size_t used = atomic_load(&reserve_used);

	while (used <= room && span <= room - used)
		if (atomic_compare_exchange_weak(&reserve_used, &used, used + span))
			return first + used;
	return NULL;
}

/*
 * MAP_GROWSDOWN: the kernel takes the mapping for a stack, and does not count it as data. Nothing
 * touches memory below its start, so it never grows.
 */
static word map(uint64_t at, size_t span)
{
	return KERNEL_MMAP(at, span, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | (FAR ? MAP_GROWSDOWN : 0) |
				   (at ? MAP_FIXED_NOREPLACE : 0),
			   -1, 0);
}

static uint64_t take_place(size_t span)
{
	uint64_t at = atomic_fetch_add(&far_used, span);

	return FAR + (at & ((UINT64_C(1) << FAR_SPAN_BITS) - 1));
}

static void *map_far(size_t span)
{
	for (int tries = 0; FAR && tries < TRIES; tries++) {
		uint64_t at = take_place(span);
		word addr = map(at, span);

		if ((uint64_t)addr == at)
			return (void *)addr;
		/* Before Linux 4.17 the address is only a hint. */
		if (!kernel_failed(addr))
			kernel(SYS_munmap, addr, span);
		else if (addr != -EEXIST)
			break;
	}
	return NULL;
}

static size_t span_of(size_t size)
{
	return mapping_span(size, state_page() ? state_page() : LARGEST_PAGE);
}

void *memory_borrow(size_t size)
{
	size_t span = span_of(size);
	void *far = map_far(span);
	word addr;

	if (far)
		return far;
	addr = map(0, span);
	return kernel_failed(addr) ? NULL : (void *)addr;
}

void memory_give_back(void *memory, size_t size)
{
	kernel(SYS_munmap, memory, span_of(size));
	memory_leave(memory, size);
}

void *memory_place(size_t size)
{
	return FAR ? (void *)(uintptr_t)take_place(span_of(size)) : NULL;
}

void memory_leave(void *place, size_t size)
{
	uint64_t start = (uintptr_t)place - FAR;
	uint64_t end = start + span_of(size);

	/* Only if nothing was taken since, and not once the row has wrapped: far_used is larger. */
	atomic_compare_exchange_strong(&far_used, &end, start);
}

void *memory_kept(size_t size)
{
	void *made = RESERVE_FIRST ? from_reserve(size, RESERVE) : NULL;

	if (!made)
		made = memory_borrow(size);
	return made || RESERVE_FIRST ? made : from_reserve(size, RESERVE);
}

long memory_file(const char *name, unsigned flags)
{
	/* Linux before 6.3 does not know the flag, later ones want it. Set once, for good. */
	static _Atomic bool unknown;
	unsigned seal = atomic_load(&unknown) ? 0 : MFD_NOEXEC_SEAL;
	word fd = kernel(SYS_memfd_create, name, flags | MFD_CLOEXEC | seal);

	if (fd != -EINVAL || !seal)
		return fd;
	atomic_store(&unknown, true);
	return kernel(SYS_memfd_create, name, flags | MFD_CLOEXEC);
}

/* Precedes memory that is wiped. */
struct mark {
	_Alignas(64) _Atomic uint32_t word;
};

enum { THERE = 0x70726976 };

/* Set once the kernel has turned out not to wipe; a child of fork inherits it. */
static _Atomic bool never_wiped;

static struct mark *mark_of(void *wiped)
{
	return (struct mark *)wiped - 1;
}

/* Tests the mark by a futex wait that ends at once. It fails without the mark's word. */
static bool is_there(void *wiped)
{
	static const word at_once[2] = { 0, 0 };
	word answer;

	if (!wiped || !atomic_load_explicit(&never_wiped, memory_order_relaxed))
		return wiped;
	answer = kernel(SYS_futex, &mark_of(wiped)->word, FUTEX_WAIT_PRIVATE, THERE, at_once);
	return answer != -EFAULT && answer != -EAGAIN;
}

static void give_back_kept(void *memory, size_t size)
{
	/* Memory from the reserve is never freed: it may be in the middle. */
	if ((char *)memory < reserve || (char *)memory >= reserve + RESERVE)
		memory_give_back(memory, size);
}

/* Wiped memory may take the first third of the reserve, which saves a system call. */
static struct mark *make_wiped(size_t size)
{
	bool never = atomic_load_explicit(&never_wiped, memory_order_relaxed);
	struct mark *made = never ? NULL : from_reserve(size, RESERVE / 3);

	if (!made)
		made = memory_kept(size);
	if (!made)
		return NULL;
	atomic_store_explicit(&made->word, THERE, memory_order_relaxed);
	if (!kernel(SYS_madvise, made, span_of(size), MADV_WIPEONFORK))
		return made;
	atomic_store_explicit(&never_wiped, true, memory_order_relaxed);
	if (!never)
		return make_wiped(size);
	/* Not the reserve: garbage collectors, for example, read where the library's data is. */
	if ((char *)made < reserve || (char *)made >= reserve + RESERVE)
		kernel(SYS_madvise, made, span_of(size), MADV_DONTFORK);
	return made;
}

void *memory_wiped_there(_Atomic(void *) *known)
{
	void *there = atomic_load(known);

	return is_there(there) ? there : NULL;
}

void *memory_wiped(_Atomic(void *) *known, size_t size)
{
	void *there = atomic_load(known);
	struct mark *made;

	if (is_there(there))
		return there;
	made = make_wiped(sizeof(*made) + size);
	if (!made)
		return NULL;
	if (atomic_compare_exchange_strong(known, &there, made + 1))
		return made + 1;
	give_back_kept(made, sizeof(*made) + size);
	return there;
}
