/* SPDX-License-Identifier: MIT */
/*
 * The known remedies. Pure.
 */
#include "remedy.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

bool remedy_is_gvisor(const char *options)
{
	/* Linux calls this option rfd. */
	return strstr(options, "trans=fd,rfdno=") != NULL;
}

const char *const *remedies_for(const char *type)
{
	/*
	 * Patterns of fnmatch(3); the first match counts. On FUSE, FOPEN_DIRECT_IO refuses
	 * (fuse/file.c).
	 */
	static const struct {
		const char *type;
		const char *text[REMEDIES + 1];
	} table[] = {
		{ "virtiofs",
		  { "on the host, let the share be cached, if the host changes nothing in it: "
		    "virtiofsd --cache=auto (metadata refuses as never does); libvirt: <cache "
		    "mode='always'/>; Incus: io.cache=unsafe of the disk device",
		    "or virtiofsd 1.11 or later with --allow-mmap, if nobody else uses the "
		    "share, and Linux 6.6 or later in the guest" } },
		{ "gVisor",
		  { "on the host, what the directory's own filesystem needs (privmapctl doctor, "
		    "run on the host, says it); no mount option of gVisor's helps" } },
		{ "9p", { "mount with cache=mmap or cache=loose in place of cache=none" } },
		{ "fuse.glusterfs", { "mount with direct-io-mode=disable" } },
		{ "fuse.ceph*", { "in ceph.conf, fuse_disable_pagecache = false for the client" } },
		{ "fuse.mfs*", { "mount with mfscachemode=AUTO in place of DIRECT" } },
		{ "fuse.moosefs", { "mount with mfscachemode=AUTO in place of DIRECT" } },
		{ "fuse.sshfs", { "mount without -o direct_io" } },
		{ "fuse.rclone", { "mount without --direct-io, and with --vfs-cache-mode full" } },
		{ "beegfs", { "in beegfs-client.conf, tuneFileCacheType = native" } },
		{ "fuse*",
		  { "its server should not open files with direct_io (FOPEN_DIRECT_IO)",
		    "or should ask for FUSE_CAP_DIRECT_IO_ALLOW_MMAP, with Linux 6.6 or later" } },
		{ "[fs]*owner", /* fakeowner, and selfowner (synchronized shares) */
		  { "in Docker Desktop, choose another file sharing implementation or version" } },
		{ "overlay",
		  { "see what its lower and upper directories are on: the remedy is that of their "
		    "filesystem" } },
		{ "*", { NULL } },
	};
	size_t i = 0;

	while (fnmatch(table[i].type, type, 0) != 0)
		i++;
	return table[i].text;
}

/* privmap-differences(7) has the same list; a test compares the two. */
const struct detour detours[] = {
	{ "SQLite with journal_mode=WAL",
	  "PRAGMA locking_mode=EXCLUSIVE first, or journal_mode=DELETE; or elsewhere" },
	{ "LMDB", "keep the environment on another filesystem (mdb_copy copies it)" },
	{ "mold", "link to another filesystem, and move the output; or another linker" },
	{ "gdbm, opened to write", "open with GDBM_NOMMAP (gdbmtool --no-mmap)" },
	{ "Berkeley DB environments", "DB_PRIVATE or DB_SYSTEM_MEM; or elsewhere" },
	{ "Prometheus, its active query log", "--storage.tsdb.path on another filesystem" },
	{ "go build with TMPDIR there", "TMPDIR or GOTMPDIR on another filesystem" },
	{ "ImageMagick's pixel cache, 150 times slower",
	  "MAGICK_TEMPORARY_PATH on another filesystem, or a larger -limit memory" },
	{ "perf record, whose writes fail",
	  "-o on another filesystem, and copy; perf report works" },
	{ NULL, NULL },
};
