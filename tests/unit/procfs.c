/* SPDX-License-Identifier: MIT */
/*
 * The readers of /proc/PID/maps and mountinfo, fed in pieces of every size, and with this process's
 * own files.
 */
#include "mountinfo.h"
#include "procfs.h"

#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

static const char maps[] =
	"00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n"
	"00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/dbus-daemon\n"
	"00652000-00655000 rw-s 00052000 103:1f 9223372036854775807 /a b\\012c d\n"
	"00e03000-00e24000 rw-p 00000000 00:00 0           [heap]\n"
	"7f1e44000000-7f1e44001000 ---p 00000000 00:00 0 \n"
	"1fffff40000000-1fffff40021000 r--s 7ffffffffffff000 fff:fffff 18446744073709551615 /"
	"long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long/long "
	"(deleted)\n"
	"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n";

static bool find(uintptr_t address, size_t piece, struct vma *vma)
{
	struct maps_reader reader = { .address = address };
	const size_t size = sizeof(maps) - 1;

	for (size_t at = 0; at < size; at += piece)
		if (maps_read(&reader, maps + at, size - at < piece ? size - at : piece)) {
			*vma = reader.found;
			return true;
		}
	return false;
}

static void maps_in_pieces(void **state)
{
	static const struct {
		uintptr_t address;
		struct vma vma; /* but for the device */
		unsigned major, minor;
	} table[] = {
		{ 0x400000, { 0x400000, 0x452000, 0, false, true, false, 0, 173521 }, 8, 2 },
		{ 0x451fff, { 0x400000, 0x452000, 0, false, true, false, 0, 173521 }, 8, 2 },
		{ 0x651800, { 0x651000, 0x652000, 0x51000, false, false, false, 0, 173521 }, 8, 2 },
		{ 0x652000,
		  { 0x652000, 0x655000, 0x52000, true, false, true, 0, INT64_MAX },
		  0x103,
		  0x1f },
		{ 0xe03001, { 0xe03000, 0xe24000, 0, true, false, false, 0, 0 }, 0, 0 },
		{ 0x7f1e44000000,
		  { 0x7f1e44000000, 0x7f1e44001000, 0, false, false, false, 0, 0 },
		  0,
		  0 },
		{ 0x1fffff40020fff,
		  { 0x1fffff40000000, 0x1fffff40021000, 0x7ffffffffffff000, false, false, true, 0,
		    UINT64_MAX },
		  0xfff,
		  0xfffff },
		{ 0xffffffffff600fff,
		  { 0xffffffffff600000, 0xffffffffff601000, 0, false, true, false, 0, 0 },
		  0,
		  0 },
		/* in a hole: the next one after it */
		{ 0, { 0x400000, 0x452000, 0, false, true, false, 0, 173521 }, 8, 2 },
		{ 0x452000, { 0x651000, 0x652000, 0x51000, false, false, false, 0, 173521 }, 8, 2 },
		{ 0x1fffff40021000,
		  { 0xffffffffff600000, 0xffffffffff601000, 0, false, true, false, 0, 0 },
		  0,
		  0 },
	};

	(void)state;
	for (size_t piece = 1; piece <= sizeof(maps); piece++) {
		struct vma vma;

		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			const struct vma *expected = &table[i].vma;

			assert_true(find(table[i].address, piece, &vma));
			assert_int_equal(vma.start, expected->start);
			assert_int_equal(vma.end, expected->end);
			assert_true(vma.offset == expected->offset);
			assert_int_equal(vma.writable, expected->writable);
			assert_int_equal(vma.executable, expected->executable);
			assert_int_equal(vma.shared, expected->shared);
			assert_true(vma.device == makedev(table[i].major, table[i].minor));
			assert_true(vma.inode == expected->inode);
		}
		assert_false(find(0xffffffffff601000, piece, &vma));
	}
}

/* Reads a whole file, and ends it by a NUL. */
static char *slurp(const char *name)
{
	size_t size = 0, room = 1 << 16;
	char *bytes = malloc(room + 1);
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_non_null(bytes);
	assert_true(fd >= 0);
	while ((n = read(fd, bytes + size, room - size)) > 0) {
		size += (size_t)n;
		if (size == room) {
			room *= 2;
			bytes = realloc(bytes, room + 1);
			assert_non_null(bytes);
		}
	}
	close(fd);
	bytes[size] = '\0';
	return bytes;
}

static struct vma own(const void *address, size_t piece)
{
	struct maps_reader reader = { .address = (uintptr_t)address };
	char *bytes = slurp("/proc/self/maps");
	size_t size = strlen(bytes);

	for (size_t at = 0; at < size; at += piece)
		if (maps_read(&reader, bytes + at, size - at < piece ? size - at : piece)) {
			free(bytes);
			return reader.found;
		}
	fail_msg("not in /proc/self/maps");
	return reader.found;
}

/* The kernel's lines for mappings made here. */
static void own_maps(void **state)
{
	char directory[PATH_MAX], name[PATH_MAX + 8];
	struct stat status;
	int fd;

	(void)state;
	assert_int_equal(temporary_make(directory), 0);
	snprintf(name, sizeof(name), "%s/mapped", directory);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(temporary_remove(directory), 0);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 3 * 4096), 0);
	assert_int_equal(fstat(fd, &status), 0);
	for (int i = 0; i < 4; i++) {
		bool shared = i & 1, writable = i & 2;
		int prot = PROT_READ | (writable ? PROT_WRITE : 0);
		char *at =
			mmap(NULL, 3 * 4096, prot, shared ? MAP_SHARED : MAP_PRIVATE, fd, i * 4096);
		struct vma vma;

		assert_ptr_not_equal(at, MAP_FAILED);
		vma = own(at + 4097, (size_t)(1 + 7 * i));
		assert_ptr_equal((void *)vma.start, at);
		assert_ptr_equal((void *)vma.end, at + 3 * 4096);
		assert_true(vma.offset == (uint64_t)i * 4096);
		assert_int_equal(vma.writable, writable);
		assert_int_equal(vma.shared, shared);
		assert_true(vma.inode == status.st_ino);
		munmap(at, 3 * 4096);
	}
	close(fd);
}

static const char mountinfo[] =
	"21 26 0:19 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
	"26 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
	"40 26 0:35 / /srv/a\\040b rw master:2 propagate_from:1 - virtiofs share rw\n"
	"41 26 0:36 / /mnt/- rw - fuse.a-subtype-that-is-longer-than-any-buffer-for-it src rw\n"
	"42 26 8:2 /sub /mnt/bind ro,- shared:1 - ext4 /dev/sda2 rw,-\n"
	"43 26 0:35 / /srv/over rw - overlay - rw,lowerdir=/a:/b\n"
	"400 26 0:40 / /empty rw -  none rw\n"
	"4 26 0:41 / /four rw shared:9 - 9p none rw\n";

static bool mounted(uint64_t mount_id, uint64_t device, size_t piece, char *name, uint64_t *id)
{
	struct mountinfo_reader reader = { .mount_id = mount_id, .device = device };
	const size_t size = sizeof(mountinfo) - 1;

	for (size_t at = 0; at < size; at += piece)
		mountinfo_read(&reader, mountinfo + at, size - at < piece ? size - at : piece);
	strcpy(name, reader.name);
	*id = reader.id;
	return reader.found;
}

static void mounts_in_pieces(void **state)
{
	static const struct {
		unsigned id, major, minor; /* id 0: by device */
		const char *name;
		unsigned line; /* the id of the line that is found, if another one */
	} table[] = {
		{ 21, 9, 9, "sysfs", 0 },
		{ 26, 0, 0, "ext4", 0 },
		{ 40, 0, 0, "virtiofs", 0 },
		{ 41, 0, 0, "fuse.a-subtype-that-is-longer-than-any-", 0 },
		{ 43, 0, 0, "overlay", 0 },
		{ 4, 0, 0, "9p", 0 },
		{ 44, 8, 2, NULL, 0 },
		{ 0, 8, 2, "ext4", 42 },
		{ 0, 0, 19, "sysfs", 21 },
		{ 0, 0, 35, "overlay", 43 }, /* mounted on top: the later line */
		{ 0, 0, 41, "9p", 4 },
		{ 0, 0, 3, NULL, 0 },
		{ 0, 8, 0, NULL, 0 },
	};

	(void)state;
	for (size_t piece = 1; piece <= sizeof(mountinfo); piece++)
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			uint64_t device = makedev(table[i].major, table[i].minor);
			char name[FILESYSTEM_NAME];
			uint64_t id;
			bool found = mounted(table[i].id, device, piece, name, &id);

			assert_int_equal(found, table[i].name != NULL);
			if (!found)
				continue;
			assert_string_equal(name, table[i].name);
			assert_true(id == (table[i].id ? table[i].id : table[i].line));
		}
}

static void own_mounts(void **state)
{
	char *bytes = slurp("/proc/self/mountinfo");
	struct mountinfo_reader by_id = { .mount_id = 0 }, by_device = { .mount_id = 0 };
	struct statx status;

	(void)state;
	assert_int_equal(syscall(SYS_statx, AT_FDCWD, "/proc/self", 0,
				 STATX_BASIC_STATS | STATX_MNT_ID, &status),
			 0);
	by_device.device = makedev(status.stx_dev_major, status.stx_dev_minor);
	mountinfo_read(&by_device, bytes, strlen(bytes));
	assert_true(by_device.found);
	assert_string_equal(by_device.name, "proc");
	if (status.stx_mask & STATX_MNT_ID) {
		by_id.mount_id = status.stx_mnt_id;
		mountinfo_read(&by_id, bytes, strlen(bytes));
		assert_true(by_id.found);
		assert_string_equal(by_id.name, "proc");
	}
	free(bytes);
}

/* statx(2), fdinfo and the device find the same mount. */
static void mount_of_an_open_file(void **state)
{
	const int fd = open("/proc/self/status", O_PATH | O_CLOEXEC);
	struct mountinfo_reader by_fdinfo = { .mount_id = 0 }, by_device = { .mount_id = 0 };
	struct mountinfo_reader unknown = { .mount_id = 0 };
	struct stat status;

	(void)state;
	assert_int_equal(fstat(fd, &status), 0);
	errno = 4242;
	assert_true(mountinfo_find(&by_fdinfo, "/proc/self", fd));
	assert_string_equal(by_fdinfo.name, "proc");
	assert_true(by_fdinfo.mount_id && by_fdinfo.id == by_fdinfo.mount_id);
	by_device.device = status.st_dev;
	assert_true(mountinfo_find(&by_device, "/proc/self", -1));
	assert_string_equal(by_device.name, "proc");
	assert_false(by_device.mount_id);
	unknown.device = makedev(4095, 1);
	assert_false(mountinfo_find(&unknown, "/proc/self", -1));
	assert_false(mountinfo_find(&by_device, "/proc/none", fd));
	assert_int_equal(errno, 4242);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_in_pieces),
		cmocka_unit_test(own_maps),
		cmocka_unit_test(mounts_in_pieces),
		cmocka_unit_test(own_mounts),
		cmocka_unit_test(mount_of_an_open_file),
	};

	return cmocka_run_group_tests_name("procfs", tests, NULL, NULL);
}
