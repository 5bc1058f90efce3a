# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts that boot guests share: namespaces of their own, guests in the background, an end that
# waits for them. Sourced first thing, in lib.sh's place, by guest.sh, boot.sh and matrix.sh.

if [ -z "${ISOLATED:-}" ]; then
	exec "$(dirname "${BASH_SOURCE[0]}")/isolated.sh" "$0" "$@"
fi
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
guests=$TOP/integration/guest # what they are made of

# finish [COMMAND...]: what runs ends before the mounts do, and before COMMAND.
finish() {
	local status=$? pid
	set +e # cleanup is to follow, and to know the status
	trap '' INT TERM HUP
	for pid in "${running[@]}"; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	"$@"
	return "$status"
}
running=()
trap 'finish; cleanup' EXIT

# has_qemu: or it is said that there can be no guest.
has_qemu() {
	if [ "$(uname -m)" != x86_64 ] || ! command -v qemu-system-x86_64 >/dev/null; then
		skip 'a guest' 'it needs x86_64 and qemu-system-x86_64'
		return 1
	fi
}

# boot_guest TEXT KERNEL DIR JOB SETTINGS: in the background; its steps are said to be TEXT's.
boot_guest() {
	local text=$1 dir=$3 line
	shift
	: >"$dir/console"
	: >"$dir/steps"
	"$guests/boot.sh" "$@" >"$dir/end" 2>&1 &
	running+=("$!")
	tail -n +1 -f --pid="$!" "$dir/steps" 2>/dev/null | while read -r line; do
		progress "$text: ${line%$'\r'}"
	done &
}

# wait_for_guests: all that run; their statuses go to the end of $ended.
ended=()
wait_for_guests() {
	local pid status
	for pid in "${running[@]}"; do
		status=0
		wait "$pid" || status=$?
		ended+=("$status")
	done
	running=()
}

# console_kept DIR: what to read when it is not as it should be.
console_kept() {
	echo "the guest's console is kept: $1/console"
}

# powered_off DIR STATUS WORDS: by itself, for they are the last on its console.
powered_off() {
	console_kept "$1"
	cat "$1/end"
	[ "$2" -eq 0 ] && grep -q "$3" "$1/console"
}
