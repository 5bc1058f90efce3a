# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A ZFS pool on a file, served by a zfs-fuse of our own. Only for where nobody else sees the mounts
# (isolated.sh), and /run is an empty directory: the socket and the lock of zfs-fuse are there.

# make_pool ZFS IMAGE DIR: ZFS is where zfs-run is; the pool is seen at DIR.
# shellcheck disable=SC2034 # TRY counts
make_pool() {
	local try
	zfs=$1
	# The list of pools has a fixed place: the system's own are none of its business.
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
