# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# git itself: clones, checks every object, shows the log with its changes and the difference to changed
# files. Judged by the same output for a clone on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='git'
GROUP=git
MAPS='packs, indexes, the index, `packed-refs`, files: PROT_READ, MAP_PRIVATE'
ALONE=works
TOUCHED=no
QUICK=yes
NOTE='needs no help, but where private mappings are refused as well'

install() {
	PROGRAM=$(command -v git) VERSION=$(git --version | cut -d ' ' -f 3)
}

job() {
	run "$PROGRAM" clone --quiet "$URL" clone && run "$PROGRAM" -C clone fsck --full --strict &&
		run "$PROGRAM" -C clone log --format=raw -p >"$SCRATCH/log" && change_files clone &&
		run "$PROGRAM" -C clone diff >"$SCRATCH/diff"
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" &&
		git -C "$SCRATCH/git" log --format=raw -p | diff - "$SCRATCH/log" &&
		change_files "$SCRATCH/git" && git -C "$SCRATCH/git" diff | diff - "$SCRATCH/diff" &&
		git -C clone reset --quiet --hard && git -C clone clean --quiet -f &&
		git -C "$SCRATCH/git" reset --quiet --hard && git -C "$SCRATCH/git" clean --quiet -f &&
		whole clone "$SCRATCH/git"
}
