# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A ZFS pool on a file, and a separate zfs-fuse that serves it. Use it only where nobody else sees
# the mounts (isolated.sh) and /run is an empty directory: zfs-fuse keeps its socket and its lock
# there.

# make_pool ZFS IMAGE DIR: makes a pool on the file IMAGE and mounts it at DIR. ZFS is the directory
# with zfs-run.
# shellcheck disable=SC2034 # TRY counts
make_pool() {
	local try
	zfs=$1
	# The list of pools has a fixed place. This zfs-fuse must not see the system's pools.
	mkdir -p /run/lock || return
	[ ! -d /var/lib/zfs ] || mount -t tmpfs tmpfs /var/lib/zfs || return
	truncate -s 512M "$2" && mkdir -p "$3" || return
	"$zfs/zfs-run" zfs-fuse --no-daemon --no-kstat-mount >"$WORK/zfs-fuse.log" 2>&1 &
	zfs_fuse=$!
	for try in {1..3000}; do
		[ ! -S /run/zfs/zfs_socket ] || break
		if ! kill -0 "$zfs_fuse" 2>/dev/null; then
			cat "$WORK/zfs-fuse.log"
			return 1
		fi
		sleep 0.02
	done
	"$zfs/zfs-run" zpool create -o cachefile=none -m "$3" privmap "$2" &&
		[ "$(stat -f -c %T "$3")" = fuseblk ]
}

end_pool() {
	[ -n "${zfs_fuse:-}" ] || return 0
	"$zfs/zfs-run" zpool destroy -f privmap 2>/dev/null || :
	kill "$zfs_fuse" 2>/dev/null || :
	wait "$zfs_fuse" 2>/dev/null || :
}
