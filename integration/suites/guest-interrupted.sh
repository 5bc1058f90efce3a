#!/bin/bash
# SPDX-License-Identifier: MIT
# Nothing is left of the guests, their servers and their pool after guest.sh is interrupted while
# all of them run; nor of the clients of matrix.sh.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

# Children of the script have this in their environment; zombies have none, and do not count.
marked() {
	local process
	for process in /proc/[0-9]*; do
		if tr '\0' '\n' <"$process/environ" | grep -qxF "MARK=$mark"; then
			echo "${process#/proc/} $(tr '\0' ' ' <"$process/cmdline")"
		fi
	done 2>/dev/null
}

# within SECONDS COMMAND...
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# As many guests as the script has announced run, or it has ended.
guests_run() {
	local booted
	booted=$(grep -c ': booting ' "$WORK/log") || :
	! kill -0 "$pid" 2>/dev/null ||
		[ "$booted" -gt 0 ] && [ "$(marked | grep -c '^[0-9]* qemu-system')" -ge "$booted" ]
}

# Prints all mounts that the script may make; other processes mount at the same time.
mounts() {
	grep -F -e " $WORK/" -e ' /run' -e ' /var/lib/zfs' /proc/self/mountinfo | sort
}

gone() {
	[ -z "$(marked)" ]
}

# interrupted SIGNAL STATUS SCRIPT [ARGUMENT...]: sends the signal only to the script.
interrupted() {
	local before pid status=0 signal=$1 want=$2
	shift 2
	mark=$$-$signal-$1
	before=$(mounts || echo)
	mkdir -p "$WORK/tmp"
	MARK=$mark TMPDIR=$WORK/tmp BUILD=$WORK/build-of-guest HOME=$REAL_HOME \
		XDG_CONFIG_HOME=$REAL_CONFIG_HOME env --default-signal=INT,QUIT -u ISOLATED \
		"$TOP/integration/suites/$1" "${@:2}" >"$WORK/log" 2>&1 &
	pid=$!
	within 60 guests_run || echo 'the guests have not started'
	kill "-$signal" "$pid" || return
	wait "$pid" || status=$?
	cat "$WORK/log"
	echo "exit status $status, left:"
	within 20 gone || {
		marked
		return 1
	}
	[ "$status" -eq "$want" ] && diff <(echo "$before") <(mounts || echo)
}

no_files() {
	ls -A "$WORK/tmp"
	[ -z "$(ls -A "$WORK/tmp")" ]
}

# Do not use the tester's cached parts of the guests.
mkdir -p "$WORK/build-of-guest"
for file in "$BUILD"/*; do
	[ "${file##*/}" = guest ] || ln -s "$file" "$WORK/build-of-guest"
done
if [ "$(id -u)" -ne 0 ] || ! command -v qemu-system-x86_64 >/dev/null ||
	! at_home "$TOP/integration/guest/kernel.sh" current >/dev/null; then
	skip 'nothing is left of a guest' 'there is none, or none with a pool'
	t_end
fi
for signal in TERM INT HUP; do
	check "nothing is left after SIG$signal" \
		interrupted "$signal" $((128 + $(kill -l "$signal"))) guest.sh
	check '  and no file' no_files
done
check 'nothing runs or is mounted after SIGKILL' interrupted KILL 137 guest.sh
rm -rf "$WORK/tmp"
check 'nothing is left of the matrix after SIGTERM' interrupted TERM 143 matrix.sh --guest gix git
check '  and no file' no_files
check 'nothing runs or is mounted after SIGKILL' interrupted KILL 137 matrix.sh --guest gix git
t_end
