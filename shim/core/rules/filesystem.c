/* SPDX-License-Identifier: MIT */
/*
 * Filesystems that are never served. Pure.
 */
#include "filesystem.h"

#include <linux/magic.h>
#include <stddef.h>
#include <stdint.h>

/* Some systems that privmap builds on lack these in linux/magic.h. */
enum {
	CONFIGFS = 0x62656570,
	FUSECTL = 0x65735543,
	MQUEUE = 0x19800202,
	RPC_PIPEFS = 0x67596969,
	BINFMT_MISC = 0x42494e4d,
	APPARMORFS = 0x5a3c69f0,
	RESCTRL = 0x7655821,
};

bool filesystem_is_untouchable(unsigned long magic)
{
	static const uint32_t magics[] = {
		TMPFS_MAGIC, RAMFS_MAGIC, HUGETLBFS_MAGIC, PROC_SUPER_MAGIC, SYSFS_MAGIC,
		CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, BPF_FS_MAGIC, DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC,
		PSTOREFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, NSFS_MAGIC, ANON_INODE_FS_MAGIC,
		CONFIGFS, FUSECTL, MQUEUE, RPC_PIPEFS, BINFMT_MISC, APPARMORFS,
		RESCTRL,
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if ((uint32_t)magic == magics[i])
			return true;
	return false;
}
