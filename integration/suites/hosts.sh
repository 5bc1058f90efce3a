#!/bin/bash
# SPDX-License-Identifier: MIT
# Hosts with an unusual /proc: none, that of another pid namespace, proot's. privmap serves what
# works without /proc, and says in one line what does not work.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

privmap=$BUILD/privmap program=$BUILD/integration/programs/mapsteps
mount=$WORK/mount
mount_refusing "$WORK/source" "$mount"
mkdir "$mount/x.git"
head -c 5000 /dev/urandom >"$mount/x.git/in"
in=$mount/x.git/in
echo 'rules = ( { action = "private"; } );' >"$WORK/any"
echo 'rules = ( { action = "buffer"; } );' >"$WORK/buffer"

# shows LINE STATUS STDERR COMMAND...: ends with STATUS, prints LINE, and one line on stderr that
# matches the pattern ("": none).
shows() {
	local line=$1 want=$2 pattern=$3 status=0
	shift 3
	timeout -k 1 120 "$@" >"$out" 2>"$err" || status=$?
	echo "status $status"
	cat "$out" "$err"
	[ "$status" -eq "$want" ] || return 1
	if [ -n "$line" ]; then
		grep -qxF -- "$line" "$out" || return 1
	else
		[ ! -s "$out" ] || return 1
	fi
	if [ -n "$pattern" ]; then
		[ "$(wc -l <"$err")" -eq 1 ] && grep -qE -- "$pattern" "$err"
	else
		[ ! -s "$err" ]
	fi
}

if why=$(no_mount_namespace); then
	skip 'other /proc' "$why"
	t_end
fi

# shellcheck disable=SC2016 # the inner shell's
without_proc=(unshare -m sh -c 'umount -l /proc && exec "$@"' sh)
missing='/proc is not mounted here'
check 'without /proc: a rule without a path serves' shows "$in: not in /proc/self/maps, right" 0 "$missing" \
	"${without_proc[@]}" "$privmap" -c "$WORK/any" "$program" map "$in"
check '  it is guarded' shows 'protect: EACCES' 0 "$missing" \
	"${without_proc[@]}" "$privmap" -c "$WORK/any" "$program" map "$in" protect
check '  others do not match' shows "$in: ENODEV" 0 "$missing" "${without_proc[@]}" "$privmap" "$program" map "$in"
check '  a copy cannot be made, so it is private' shows "$in: not in /proc/self/maps, right" 0 "$missing" \
	"${without_proc[@]}" "$privmap" -c "$WORK/buffer" "$program" map "$in"
check '  the tracer cannot do without' shows '' 125 "cannot be served: the tracer needs /proc" \
	"${without_proc[@]}" "$privmap" -e trace "$program" map "$in"

other=(unshare -p -f)
check "the /proc of another pid namespace: the library" shows "$in: private, right" 0 '' \
	"${other[@]}" "$privmap" "$program" map "$in"
check '  copies' shows "$in: a copy in memory, right" 0 '' \
	"${other[@]}" "$privmap" -c "$WORK/buffer" "$program" map "$in"
check '  the tracer finds no process there' shows '' 125 'cannot be served: /proc is of another pid namespace' \
	"${other[@]}" "$privmap" -e trace "$program" map "$in"
check '  with its own, it does' shows "$in: private, right" 0 '' \
	"${other[@]}" --mount-proc "$privmap" -e trace "$program" map "$in"
check '  a traced program may make one' shows "$in: private, right" 0 '' \
	"$privmap" -e trace "${other[@]}" "$program" map "$in"

if command -v proot >/dev/null; then
	check 'in proot' shows "$in: private, right" 0 '' proot "$privmap" "$program" map "$in"
	check '  around it' shows "$in: private, right" 0 '' "$privmap" proot "$program" map "$in"
	check '  the program has its name' shows "$in: private, right" 0 '^privmap: mapsteps\[' \
		proot env PRIVMAP_REPORT=1 "$privmap" "$program" map "$in"
	check '  which traces already' shows '' 125 'cannot be served: ' proot "$privmap" -e trace "$program" map "$in"
else
	skip 'in proot' 'it is not installed'
fi
t_end
