/* SPDX-License-Identifier: MIT */
/*
 * Looks through the types that the kernel knows (filesystems(5)). No other type can be mounted
 * later, unless a module brings it.
 */
#include "filesystems.h"

#include "tracees.h"

#include <string.h>

/*
 * Types of Linux 6.18, ZFS, aufs and shiftfs that map files privately, or have no files. A stacked
 * filesystem (overlay) answers as the one below it, whose type has its own line.
 */
static const char known[] =
	" 9p adfs affs afs anon_inodefs aufs autofs bcachefs bdev befs bfs binder binfmt_misc"
	" bpf btrfs ceph cgroup cgroup2 cifs configfs cpuset cramfs dax debugfs devmem devpts"
	" devtmpfs dmabuf drm efivarfs efs erofs exfat ext2 ext3 ext4 f2fs fuse fuseblk fusectl"
	" gfs2 gfs2meta guest_memfd hfs hfsplus hpfs hugetlbfs ipathfs iso9660 jffs2 jfs minix"
	" mqueue msdos netfs nfs nfs4 nfsd nilfs2 nsfs ntfs ntfs3 ocfs2 omfs orangefs overlay"
	" pidfs pipefs proc pstore qnx4 qnx6 ramfs reiserfs resctrl romfs rootfs rpc_pipefs"
	" secretmem securityfs selinuxfs shiftfs smackfs smb3 sockfs squashfs sysfs sysv tmpfs"
	" tracefs ubifs udf ufs vboxsf vfat virtiofs vxfs xenfs xfs zfs zonefs ";

static bool is_known(const char *name, size_t length)
{
	char word[32];

	if (length > sizeof(word) - 3)
		return false;
	word[0] = ' ';
	memcpy(word + 1, name, length);
	strcpy(word + 1 + length, " ");
	return strstr(known, word) != NULL;
}

/* Each line has "nodev" or nothing, a tab, and a type. */
bool filesystems_may_refuse(void)
{
	struct keyed types;
	const char *at;
	size_t length;

	if (!keyed_read(&types, "/proc/filesystems"))
		return true;
	for (at = types.text; (at = strchr(at, '\t')); at += length) {
		length = strcspn(++at, "\n");
		if (at[length] != '\n' || !is_known(at, length))
			return true;
	}
	return false;
}
