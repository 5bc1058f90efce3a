/* SPDX-License-Identifier: MIT */
/*
 * core/mapping.c: classifies mmap() calls by their arguments.
 */
#include "mapping.h"

#include <errno.h>
#include <linux/mman.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE = 4096 };

/* Every known flag, with its meaning for a shared read-only mapping. */
static const struct {
	int flag;
	bool never;  /* privmap never serves such calls */
	bool legacy; /* MAP_SHARED_VALIDATE accepts it everywhere, because it is older */
} flags[] = {
	{ MAP_FIXED, false, true },
	{ MAP_ANONYMOUS, true, true },
	{ MAP_GROWSDOWN, true, true },
	{ MAP_DENYWRITE, false, true },
	{ MAP_EXECUTABLE, false, true },
	{ MAP_LOCKED, false, true },
	{ MAP_NORESERVE, false, true },
	{ MAP_POPULATE, false, true },
	{ MAP_NONBLOCK, false, true },
	{ MAP_STACK, false, true },
	{ MAP_HUGETLB, true, true },
	{ MAP_SYNC, true, false },
	{ MAP_FIXED_NOREPLACE, false, false },
	{ 0x200000, false, false }, /* not a flag yet */
	{ 0x4000000, false, true }, /* MAP_UNINITIALIZED */
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

/* All protections, all types, all sets of flags. */
static void candidates(void **state)
{
	unsigned yes = 0;

	(void)state;
	for (unsigned set = 0; set < 1u << FLAGS; set++) {
		bool never = false, legacy = true;
		int bits = 0;

		for (unsigned i = 0; i < FLAGS; i++)
			if (set >> i & 1) {
				bits |= flags[i].flag;
				never |= flags[i].never;
				legacy &= flags[i].legacy;
			}
		for (int type = 0; type <= MAP_TYPE; type++)
			for (int prot = 0; prot < 8; prot++) {
				bool shared = type == MAP_SHARED ||
					      (type == MAP_SHARED_VALIDATE && legacy);
				bool expected = shared && !never && !(prot & PROT_WRITE);

				if (mapping_is_candidate(prot, bits | type) != expected)
					fail_msg("prot %d flags %#x", prot,
						 (unsigned)(bits | type));
				yes += expected;
			}
	}
	assert_true(yes > 4 << (FLAGS - 4));
}

/*
 * The kernel knows which flags are legacy: it refuses the others with EOPNOTSUPP. Skips bits that
 * are legacy only on some machines or kernels (MAP_32BIT, MAP_ABOVE4G).
 */
static void legacy_is_the_kernels(void **state)
{
	int fd = memfd_create("legacy", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	for (unsigned i = 0; i < FLAGS; i++) {
		void *hint = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		bool refused;
		void *at;

		munmap(hint, PAGE); /* MAP_FIXED needs a valid, free address */
		at = mmap(hint, PAGE, PROT_READ, MAP_SHARED_VALIDATE | flags[i].flag, fd, 0);
		refused = at == MAP_FAILED && errno == EOPNOTSUPP;
		if (at != MAP_FAILED)
			munmap(at, PAGE);
		if (refused == flags[i].legacy)
			fail_msg("flag %#x", (unsigned)flags[i].flag);
	}
	close(fd);
}

static void refusals(void **state)
{
	static const int refuse[] = { ENODEV, EINVAL, EOPNOTSUPP, ENOSYS, ENOEXEC };
	unsigned count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(refuse) / sizeof(refuse[0]); i++)
		assert_true(mapping_errno_refuses(refuse[i]));
	for (int err = 0; err < 200; err++)
		count += mapping_errno_refuses(err);
	assert_int_equal(count, sizeof(refuse) / sizeof(refuse[0]));
}

static bool well_formed(uintptr_t addr, size_t length, int flag, uint64_t offset)
{
	struct mapping call = {
		.addr = (void *)addr,
		.length = length,
		.prot = PROT_READ,
		.flags = MAP_SHARED | flag,
		.fd = 3,
		.offset = offset,
	};

	return mapping_is_well_formed(&call, PAGE);
}

static void arguments(void **state)
{
	(void)state;
	assert_true(well_formed(0, 1, 0, 0));
	assert_true(well_formed(0, PAGE + 1, 0, 3 * PAGE));
	/* length */
	assert_false(well_formed(0, 0, 0, 0));
	assert_false(well_formed(0, SIZE_MAX, 0, 0));
	assert_false(well_formed(0, SIZE_MAX - PAGE + 2, 0, 0));
	/* offset */
	assert_false(well_formed(0, 1, 0, 1));
	assert_false(well_formed(0, 1, 0, PAGE - 1));
	assert_true(well_formed(0, PAGE, 0, (uint64_t)INT64_MAX + 1 - 2 * PAGE));
	assert_false(well_formed(0, PAGE + 1, 0, (uint64_t)INT64_MAX + 1 - 2 * PAGE));
	assert_false(well_formed(0, PAGE, 0, (uint64_t)INT64_MAX + 1));
	assert_false(well_formed(0, PAGE, 0, UINT64_MAX - PAGE + 1));
	/* a hint may have any value, a fixed address may not */
	assert_true(well_formed(1, 1, 0, 0));
	assert_true(well_formed(UINTPTR_MAX, 1, 0, 0));
	assert_true(well_formed(4 * PAGE, 1, MAP_FIXED, 0));
	assert_false(well_formed(4 * PAGE + 1, 1, MAP_FIXED, 0));
	assert_false(well_formed(4 * PAGE + 1, 1, MAP_FIXED_NOREPLACE, 0));
	assert_true(well_formed(UINTPTR_MAX - 2 * PAGE + 1, PAGE, MAP_FIXED, 0));
	assert_false(well_formed(UINTPTR_MAX - 2 * PAGE + 1, 2 * PAGE, MAP_FIXED, 0));
	assert_false(well_formed(UINTPTR_MAX - PAGE + 1, PAGE + 1, MAP_FIXED, 0));
}

/* The kernel refuses exactly those calls for a mappable file that we call ill-formed. */
static void arguments_as_the_kernel(void **state)
{
	static const size_t lengths[] = {
		0, 1, PAGE - 1, PAGE, PAGE + 1, SIZE_MAX, SIZE_MAX - PAGE
	};
	static const uint64_t offsets[] = { 0, 1, 512, PAGE, PAGE + 1, 64 * PAGE };
	static const uintptr_t addresses[] = { 0, 1, PAGE };
	int fd = memfd_create("arguments", MFD_CLOEXEC);
	char *room = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_ptr_not_equal(room, MAP_FAILED);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (size_t j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++)
			for (size_t k = 0; k < sizeof(addresses) / sizeof(addresses[0]); k++)
				for (int fixed = 0; fixed <= MAP_FIXED; fixed += MAP_FIXED) {
					char *hint = room + addresses[k];
					char *at = mmap(hint, lengths[i], PROT_READ,
							MAP_SHARED | fixed, fd, (off_t)offsets[j]);
					bool good = well_formed((uintptr_t)hint, lengths[i], fixed,
								offsets[j]);

					if (at != MAP_FAILED && !fixed)
						munmap(at, lengths[i]);
					if ((at != MAP_FAILED) != good)
						fail_msg("%zu at %lu, %d", lengths[i],
							 (unsigned long)offsets[j], fixed);
				}
	munmap(room, 64 * PAGE);
	close(fd);
}

static void replacing(void **state)
{
	(void)state;
	assert_false(mapping_replaces(MAP_SHARED));
	assert_true(mapping_replaces(MAP_SHARED | MAP_FIXED));
	assert_false(mapping_replaces(MAP_SHARED | MAP_FIXED_NOREPLACE));
	assert_false(mapping_replaces(MAP_SHARED | MAP_FIXED | MAP_FIXED_NOREPLACE));
}

static void private_flags(void **state)
{
	(void)state;
	assert_int_equal(mapping_private_flags(MAP_SHARED), MAP_PRIVATE);
	assert_int_equal(mapping_private_flags(MAP_SHARED_VALIDATE), MAP_PRIVATE);
	for (int bit = 0x10; bit > 0; bit = (int)((unsigned)bit << 1)) {
		assert_int_equal(mapping_private_flags(MAP_SHARED | bit), MAP_PRIVATE | bit);
		assert_int_equal(mapping_private_flags(MAP_SHARED_VALIDATE | bit),
				 MAP_PRIVATE | bit);
	}
}

static void spans(void **state)
{
	(void)state;
	assert_int_equal(mapping_span(0, PAGE), 0);
	assert_int_equal(mapping_span(1, PAGE), PAGE);
	assert_int_equal(mapping_span(PAGE, PAGE), PAGE);
	assert_int_equal(mapping_span(PAGE + 1, PAGE), 2 * PAGE);
	assert_true(mapping_span(SIZE_MAX - PAGE + 1, PAGE) == SIZE_MAX - PAGE + 1);
	assert_int_equal(mapping_span(SIZE_MAX - PAGE + 2, PAGE), 0);
	assert_int_equal(mapping_span(SIZE_MAX, PAGE), 0);
	assert_int_equal(mapping_span(1, 65536), 65536);
}

static void private_candidates(void **state)
{
	(void)state;
	assert_true(mapping_is_private_candidate(PROT_READ, MAP_PRIVATE));
	assert_true(mapping_is_private_candidate(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED));
	assert_true(mapping_is_private_candidate(PROT_NONE, MAP_PRIVATE | MAP_POPULATE));
	assert_false(mapping_is_private_candidate(PROT_READ | PROT_EXEC, MAP_PRIVATE));
	assert_false(mapping_is_private_candidate(PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS));
	assert_false(mapping_is_private_candidate(PROT_READ, MAP_PRIVATE | MAP_HUGETLB));
	assert_false(mapping_is_private_candidate(PROT_READ, MAP_SHARED));
	assert_false(mapping_is_private_candidate(PROT_READ, 0));
}

static bool remaps(uintptr_t from, size_t old_length, size_t length, int how, uintptr_t to)
{
	return mapping_may_be_remapped((void *)from, old_length, length, how, (void *)to, 4096);
}

static void arguments_of_mremap(void **state)
{
	(void)state;
	assert_true(remaps(0x10000, 4096, 8192, 0, 0));
	assert_true(remaps(0x10000, 1, 4097, MREMAP_MAYMOVE, 5));
	assert_true(remaps(0x10000, 0, 4096, MREMAP_MAYMOVE, 0));
	assert_false(remaps(0x10001, 4096, 8192, 0, 0));
	assert_false(remaps(0x10000, 4096, 0, 0, 0));
	assert_false(remaps(0x10000, 4096, SIZE_MAX, 0, 0));
	assert_false(remaps(0x10000, 4096, 8192, 64, 0));
	assert_false(remaps(0x10000, 4096, 8192, MREMAP_FIXED, 0x20000));
	assert_true(remaps(0x10000, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, 0x20000));
	assert_false(remaps(0x10000, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, 0x20001));
	/* Over itself, from below and from above. */
	assert_false(remaps(0x10000, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0x10000));
	assert_false(remaps(0x10000, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, 0xf000));
	assert_false(remaps(0x10000, 8192, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0x11000));
	assert_true(remaps(0x10000, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0xf000));
	assert_true(remaps(0x10000, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, 0x11000));
	assert_false(remaps(0x10000, 4096, 8192, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
	assert_true(remaps(0x10000, 8192, 8192, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
	assert_false(remaps(0x10000, 8192, 8192, MREMAP_DONTUNMAP, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates),
		cmocka_unit_test(legacy_is_the_kernels),
		cmocka_unit_test(refusals),
		cmocka_unit_test(arguments),
		cmocka_unit_test(arguments_as_the_kernel),
		cmocka_unit_test(replacing),
		cmocka_unit_test(private_flags),
		cmocka_unit_test(spans),
		cmocka_unit_test(private_candidates),
		cmocka_unit_test(arguments_of_mremap),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
