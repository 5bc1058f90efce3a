#!/bin/bash
# Measures, never judges: ratios of medians, both sides in turn in one process. Run by make bench;
# needs 8 GiB of disk, 3 GiB of memory and, for a cold page cache, root. bench.sh trace: only what
# the trace engine costs.
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# --- the trace engine, where nothing is refused ---

# elapsed COMMAND...: in microseconds.
elapsed() {
	local start=${EPOCHREALTIME/[.,]/}
	"$@" >/dev/null 2>"$WORK/err" || { cat "$WORK/err" >&2 && return 1; }
	echo $((${EPOCHREALTIME/[.,]/} - start))
}

# clone COMMAND...: gix, in front of which COMMAND stands.
clone() {
	rm -rf "$WORK/clone"
	"$@" "$static" --no-verbose clone "$GITURL/x.git" "$WORK/clone"
}

median() {
	sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

tracing() {
	local static traced alone stops _
	static=$(client gix-static)
	"$TOP/integration/repository.sh" "$WORK/served"
	serve_repositories "$WORK/served"
	for _ in 1 2 3 4 5 6 7 8 9 10 11; do
		elapsed clone "$BUILD/privmap" --engine trace >>"$WORK/traced"
		elapsed clone env >>"$WORK/alone"
	done
	traced=$(median <"$WORK/traced") alone=$(median <"$WORK/alone")
	stops=$(clone "$BUILD/privmap" --engine trace -v -v 2>&1 >/dev/null | sed -n 's/.*: stopped \([0-9]*\) times.*/\1/p')
	echo
	echo '| a whole clone by a static gix, on a disk | ms | ratio | stops |'
	echo '|---|---|---|---|'
	echo "| alone | $((alone / 1000)) | 1.00 | |"
	printf '| traced | %d | %d.%02d | %s |\n' $((traced / 1000)) $((traced / alone)) \
		$((traced * 100 / alone % 100)) "$stops"
}

# Only that: for who changes it.
if [ "${1:-}" = trace ]; then
	tracing
	exit 0
fi

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

tracing

echo
buffering 2G bench-fork "$WORK/source/mapped-1G" "$WORK/source/buffered-1G"
echo
buffering 2G bench-again "$WORK/mount/buffered-500M"
