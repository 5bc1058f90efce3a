#!/bin/bash
# SPDX-License-Identifier: MIT
# Three readers on a filesystem that refuses shared mappings: they find nothing, and end with status 0,
# so that a script that asks only for the status takes an empty answer for a true one.
#
# Seen with Debian 12's systemd 252.39 (journalctl), linux-perf 6.1.192 (perf report) and gdbm 1.23
# (gdbmtool -r), and bindfs with `-o direct_io`, on Linux 6.18, of files that are right on a disk:
#     journalctl -D DIRECTORY      "-- No entries --", or nothing with -q; status 0 (with --file: status 1)
#     perf report --stdio          prints an empty report; on stderr "failed to mmap file"; status 0
#     gdbmtool -r FILE count       prints nothing; on stderr "cannot open database ...: Malloc error",
#                                  where it is mmap() that answered ENODEV; status 0
# All three map the file read-only and MAP_SHARED, and none reads it where that fails.
#
# And a writer: perf record -o FILE there fails with "failed to write perf data, error: Bad address", for
# the kernel cannot take the pages of a perf ring buffer for direct I/O: write() answers EFAULT.
#
# Needs root, apt-get, journalctl of the same release as the packages, and perf_event_open(2). Exits with
# 1 if any of this has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'umount "$work/mount" 2>/dev/null || :; rm -rf --one-file-system "$work"' EXIT
cd "$work"

(
	mkdir debs
	cd debs
	apt-get -qq -o APT::Sandbox::User=root download bindfs libfuse3-3 gdbmtool linux-perf \
		systemd-journal-remote libmicrohttpd12 libcurl3-gnutls
	for deb in *.deb; do
		dpkg-deb -x "$deb" ..
	done
)
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$work" -name 'libfuse3.so.3' | head -n 1)"):$work/usr/lib/x86_64-linux-gnu
mkdir disk mount disk/journal
usr/bin/bindfs -o direct_io disk mount

for n in {10..29}; do
	printf '__REALTIME_TIMESTAMP=17000000%d000000\n__MONOTONIC_TIMESTAMP=%d000\nMESSAGE=entry %d\n' "$n" "$n" "$n"
	printf '_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=6\nSYSLOG_IDENTIFIER=maker\n\n'
done >entries
lib/systemd/systemd-journal-remote -o disk/journal/x.journal entries 2>log
seq 100 | awk '{ print "store key" $1 " value" $1 }' >pairs
usr/bin/gdbmtool -f pairs disk/x.gdbm
# shellcheck disable=SC2016 # another shell expands
spin='i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done'
usr/bin/perf record -q -e cpu-clock -o disk/perf.data -- sh -c "$spin" 2>log

status=0
# expect TEXT LINES STATUS SAID COMMAND...: it prints so many lines that are no comments, and on stderr what
# holds SAID ('': nothing).
expect() {
	local text=$1 lines=$2 wanted=$3 said=$4 seen ended=0
	shift 4
	"$@" >out 2>err || ended=$?
	seen=$(grep -cvE '^(#|$)' out) || :
	printf '%-30s %3d lines, status %d%s\n' "$text:" "$seen" "$ended" "$([ ! -s err ] || echo ", $(head -n 1 err)")"
	if [ "$seen" -lt "$lines" ] || { [ "$lines" -eq 0 ] && [ "$seen" -ne 0 ]; } || [ "$ended" -ne "$wanted" ] ||
		{ [ -n "$said" ] && ! grep -qF -- "$said" err; }; then
		echo "expected: $lines lines, status $wanted, $said"
		status=1
	fi
}
expect 'journalctl -D, disk' 20 0 '' journalctl -q --no-pager -o cat -D disk/journal
expect 'journalctl -D, mount' 0 0 '' journalctl -q --no-pager -o cat -D mount/journal
expect 'journalctl --file, mount' 0 1 'No such device' journalctl -q --no-pager -o cat --file mount/journal/x.journal
expect 'perf report, disk' 1 0 '' usr/bin/perf report --stdio -i disk/perf.data
expect 'perf report, mount' 0 0 'failed to mmap file' usr/bin/perf report --stdio -i mount/perf.data
expect 'gdbmtool, disk' 1 0 '' usr/bin/gdbmtool -r disk/x.gdbm count
expect 'gdbmtool, mount' 0 0 'Malloc error' usr/bin/gdbmtool -r mount/x.gdbm count
expect 'perf record, mount' 0 255 'Bad address' usr/bin/perf record -e cpu-clock -o mount/new.data -- sh -c "$spin"
exit "$status"
