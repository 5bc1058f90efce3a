/* SPDX-License-Identifier: MIT */
/*
 * What privmapctl doctor advises for a filesystem.
 */
#include "remedy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The first remedy, and the number of remedies. */
static void first_of_each(void **state)
{
	static const struct {
		const char *type, *word;
		int count;
	} table[] = {
		{ "virtiofs", "--cache=auto", 2 },
		{ "9p", "cache=mmap", 1 },
		{ "gVisor", "on the host", 1 },
		{ "fuse.glusterfs", "direct-io-mode=disable", 1 },
		{ "fuse.ceph-fuse", "fuse_disable_pagecache", 1 },
		{ "fuse.mfs", "mfscachemode", 1 },
		{ "fuse.sshfs", "direct_io", 1 },
		{ "fuse.rclone", "--vfs-cache-mode", 1 },
		{ "beegfs", "tuneFileCacheType", 1 },
		{ "fuse", "FOPEN_DIRECT_IO", 2 },
		{ "fuse.something", "FOPEN_DIRECT_IO", 2 },
		{ "fuseblk", "FOPEN_DIRECT_IO", 2 },
		{ "fakeowner", "Docker Desktop", 1 },
		{ "selfowner", "Docker Desktop", 1 },
		{ "overlay", "lower", 1 },
		{ "ext4", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *const *remedy = remedies_for(table[i].type);
		int count = 0;

		if (table[i].word && !strstr(remedy[0], table[i].word))
			fail_msg("%s: %s", table[i].type, remedy[0]);
		while (remedy[count])
			count++;
		assert_int_equal(count, table[i].count);
		assert_true(count <= REMEDIES);
	}
}

/* For virtiofs: both remedies, and the condition of the second. */
static void virtiofs(void **state)
{
	const char *const *remedy = remedies_for("virtiofs");

	(void)state;
	assert_non_null(strstr(remedy[1], "--allow-mmap"));
	assert_non_null(strstr(remedy[1], "1.11"));
	assert_non_null(strstr(remedy[1], "6.6"));
}

static void gvisor_by_its_options(void **state)
{
	(void)state;
	assert_true(remedy_is_gvisor("rw,rw,trans=fd,rfdno=4,wfdno=4,aname=/,directfs"));
	assert_false(remedy_is_gvisor("rw,relatime,rw,cache=none,trans=fd,rfd=3,wfd=4"));
	assert_false(remedy_is_gvisor("rw,relatime,rw,access=client,trans=virtio"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_of_each),
		cmocka_unit_test(virtiofs),
		cmocka_unit_test(gvisor_by_its_options),
	};

	return cmocka_run_group_tests_name("remedy", tests, NULL, NULL);
}
