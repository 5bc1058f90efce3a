#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes each system call of libprivmap-exec.so fail: each time, and only the first few times, with
# every possible errno. No program notices: executed programs run, served or not, or fail as without
# the library. A run with mmapworld --record finds the calls.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

suite=$TOP/integration/suites/exec.sh
# A few of each kind: programs, scripts, searches, lists, none.
few=places.vfork,search.own-path
cases=$few,search.text-first,spawned.in-order,kept.mask,arguments.null-lists

# Prints the possible errnos of a call, by the manuals, the kernel, and filters of containers.
errnos_of() {
	case $1 in
	openat) echo EMFILE EACCES EPERM ;;
	pread64 | read) echo EIO EINTR short ;;
	mmap | mremap) echo ENOMEM ;;
	munmap | close) echo EINTR ;;
	newfstatat | statx) echo ENOENT EACCES ENOSYS ;;
	faccessat) echo ENOSYS EIO ;; # others mean that a file is missing
	fcntl) echo EBADF EINVAL ;;
	*) echo ENOSYS EPERM ;;
	esac
}

# answers FILE MODE CASES: FILE gets the answers.
answers() {
	"$suite" --answers "$2" --seconds 300 --only "$3" >"$WORK/$1" 2>"$err" && cat "$err" && [ ! -s "$err" ]
}
# no_program_can_tell CASES: runs them under mmapworld with the options in WORLD.
no_program_can_tell() {
	answers with faults "$1" && diff -U 0 "$WORK/without.$1" "$WORK/with"
}

check 'without the library: some answers' answers "without.$few" disk "$few"
check '  and more' answers "without.$cases" disk "$cases"
export WORLD="--record $WORK/calls"
check 'the library: its calls are recorded' no_program_can_tell "$few"
mapfile -t calls < <(sort -u "$WORK/calls")
progress "its calls: ${calls[*]}"
check '  those that look at files are among them' test "${#calls[@]}" -ge 5
for call in "${calls[@]}"; do
	for error in $(errnos_of "$call"); do
		for which in '' :1 :2+; do
			WORLD="--fault $call:$error$which"
			check "$call fails: $error${which:-, always}" no_program_can_tell "$cases"
		done
	done
done
t_end
