# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For scripts that boot guests: separate namespaces, guests in the background, and an end that waits
# for them. Source it first, in place of lib.sh.

if [ -z "${ISOLATED:-}" ]; then
	exec "$(dirname "${BASH_SOURCE[0]}")/isolated.sh" "$0" "$@"
fi
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
guests=$TOP/integration/guest # the scripts that make guests

# finish [COMMAND...]: ends all guests, and then runs COMMAND. Call it before removing mounts.
finish() {
	local status=$? pid
	set +e # cleanup follows, and needs the status
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

# has_qemu: succeeds if a guest can run here; otherwise it skips, with the reason.
has_qemu() {
	if [ "$(uname -m)" != x86_64 ] || ! command -v qemu-system-x86_64 >/dev/null; then
		skip 'a guest' 'it needs x86_64 and qemu-system-x86_64'
		return 1
	fi
}

# boot_guest TEXT KERNEL DIR JOB SETTINGS: boots a guest in the background. Prints its steps, each
# with TEXT before it.
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

# wait_for_guests: waits for all guests and appends their statuses to $ended.
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

# console_kept DIR: says which file to read if a check fails.
console_kept() {
	echo "the guest's console is kept: $1/console"
}

# powered_off DIR STATUS WORDS: succeeds if the guest has powered off by itself: its console then
# shows WORDS.
powered_off() {
	console_kept "$1"
	cat "$1/end"
	[ "$2" -eq 0 ] && grep -q "$3" "$1/console"
}
