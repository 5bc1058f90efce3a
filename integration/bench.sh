#!/bin/bash
# Measures, never judges: ratios of medians, both sides in turn in one process. Run by make bench;
# needs 8 GiB of disk, 3 GiB of memory and, for a cold page cache, root.
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf '%s, Linux %s, %s cores\n\n' "$(uname -m)" "$(uname -r)" "$(nproc)"
mkdir -p "$WORK/source/x.git" "$WORK/spool"
head -c 65536 /dev/urandom >"$WORK/source/x.git/pack"
mount_refusing "$WORK/source" "$WORK/mount"
LD_PRELOAD=$BUILD/libprivmap.so "$BUILD/integration/bench-ranges" "$WORK/mount/x.git/pack"

# --- buffers ---

# buffering MEMORY PROGRAM ARG...: in memory up to so much, else in a directory on the disk.
buffering() {
	cat >"$WORK/rules" <<-END
		rules = ( { path = "*/buffered-*"; when = "always"; action = "buffer" } );
		buffer = { memory = "$1"; spool = "$WORK/spool" };
	END
	PRIVMAP_CONFIG=$WORK/rules LD_PRELOAD=$BUILD/libprivmap.so \
		"$BUILD/integration/$2" "${@:3}"
}

head -c 1G /dev/urandom >"$WORK/source/buffered-1G"
cp "$WORK/source/buffered-1G" "$WORK/source/mapped-1G"
head -c 256M "$WORK/source/buffered-1G" >"$WORK/source/buffered-256M"
head -c 500000000 "$WORK/source/buffered-1G" >"$WORK/source/buffered-500M"
sync

caches=warm
[ "$(id -u)" -ne 0 ] || caches='warm cold'
echo
echo "One mmap that fills a buffer, against git's way (compat/mmap.c: malloc and pread) and against"
echo 'a pread loop into one MiB that keeps nothing. MiB/s; ratios of the same round, over 1: faster.'
echo
echo '| file on | buffer in | page cache | size | buffer | git | ratio | keep nothing | ratio |'
echo '|---|---|---|---|---|---|---|---|---|'
for cache in $caches; do
	for place in source mount; do
		name=disk
		[ "$place" = source ] || name='refusing FUSE'
		for kind in memory spool; do
			memory=2G
			[ "$kind" = memory ] || memory=0
			for size in 256M 1G; do
				rounds=5
				[ "$size$cache" != 256Mwarm ] || rounds=15
				buffering "$memory" bench-fill "$WORK/$place/buffered-$size" "$kind" \
					"$rounds" "$cache" "$name"
			done
		done
	done
done

echo
buffering 2G bench-fork "$WORK/source/mapped-1G" "$WORK/source/buffered-1G"
echo
buffering 2G bench-again "$WORK/mount/buffered-500M"
