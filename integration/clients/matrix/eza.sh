# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# eza marks what git has changed in a work tree, in two repositories of packs. Judged by what it marks on a
# disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='eza --git'
GROUP=git
MAPS='packs, indexes and files of the work tree, by libgit2: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=wrong
TOUCHED=yes
NOTE='alone nothing is marked as changed or new, status 0, and nothing is said'

install() {
	PROGRAM=$("$TOP/integration/clients/trixie.sh")/usr/bin/eza &&
		VERSION="$("$PROGRAM" --version | sed -n 's/^v\([^ ]*\).*/\1/p')"
}

show() {
	(cd "$1" && "${@:2}" "$PROGRAM" --git -l --no-permissions --no-user --no-time --no-filesize --color=never)
}

job() {
	git clone --quiet "$URL" "$SCRATCH/made" && change_files "$SCRATCH/made" &&
		cp -a "$SCRATCH/made" . && git -C made status >"$SCRATCH/log" && show made run
}

judge() {
	show "$SCRATCH/made" >"$SCRATCH/shown" && grep -q M "$SCRATCH/shown" &&
		diff "$SCRATCH/shown" "$results/out"
}
