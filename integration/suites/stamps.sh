#!/bin/bash
# SPDX-License-Identifier: MIT
# The server's clock does not matter: privmap knows whether a copy still equals its file, and
# whether the file is a database, for servers whose clocks are fast or slow, or tick in milliseconds
# or seconds, and while the machine is busy.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

rewrite=$BUILD/integration/programs/rewrite
echo 'rules = ( { action = "buffer" } ); buffer : { memory = "256M"; };' >"$WORK/buffer.conf"
echo 'rules = ( { action = "private" } );' >"$WORK/private.conf"

engine() {
	case $1 in
	preload) PRIVMAP_CONFIG=$WORK/$2.conf LD_PRELOAD=$BUILD/libprivmap.so "${@:3}" ;;
	trace) "$BUILD/privmap" --engine trace --config "$WORK/$2.conf" "${@:3}" ;;
	esac
}

# All at once: they keep each other busy.
names=() processes=()
# starts NAME ENGINE GRAIN SKEW SECONDS QUIET
starts() {
	local name=$1 dir=$WORK/${#names[@]}
	mkdir "$dir" "$dir/source" "$dir/mount"
	mount_refusing "$dir/source" "$dir/mount" --grain="$3" --skew="$4"
	names+=("$name")
	{
		local status=0
		engine "$2" buffer "$rewrite" "$dir/source" "$dir/mount" "$5" "$6" >"$dir/out" 2>&1 &&
			engine "$2" private "$rewrite" "$dir/source" "$dir/mount" >>"$dir/out" 2>&1 ||
			status=$?
		echo "exit status $status" >>"$dir/out"
	} &
	processes+=("$!")
}

for engine in preload trace; do
	for skew in -60000 -100 0 3600000; do
		starts "$engine: a tick of 10 ms, $skew ms ahead" "$engine" 10 "$skew" 6 200
	done
	for grain in 1000 2000; do
		for skew in -60000 3600000; do
			starts "$engine: a tick of $grain ms, $skew ms ahead" "$engine" "$grain" "$skew" 16 2500
		done
	done
done
wait "${processes[@]}"

# is_right NUMBER
is_right() {
	cat "$WORK/$1/out"
	[ "$(tail -n 1 "$WORK/$1/out")" = 'exit status 0' ]
}
for i in "${!names[@]}"; do
	check "${names[i]}" is_right "$i"
done
t_end
