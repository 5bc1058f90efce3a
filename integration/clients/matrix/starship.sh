# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# starship shows branch, commit and state of a work tree, of a repository of packs. Judged by what it
# shows on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='starship (gix, and git itself)'
GROUP=git
MAPS='packs, indexes: PROT_READ, MAP_PRIVATE'
ALONE=works
TOUCHED=no
NOTE='its gix maps privately, and git makes the state'

install() {
	PROGRAM=$("$TOP/integration/clients/trixie.sh")/usr/bin/starship &&
		VERSION=$("$PROGRAM" --version | awk 'NR == 1 { print $2 }')
}

show() {
	local module
	for module in branch commit state status metrics; do
		(cd "$1" && "${@:2}" "$PROGRAM" module "git_$module" && echo)
	done
}

job() {
	export STARSHIP_CACHE=$SCRATCH/cache STARSHIP_CONFIG=$SCRATCH/starship.toml
	printf 'command_timeout = 100000\n[git_commit]\nonly_detached = false\n[git_metrics]\ndisabled = false\n' >"$STARSHIP_CONFIG" &&
		git clone --quiet "$URL" "$SCRATCH/made" && change_files "$SCRATCH/made" &&
		cp -a "$SCRATCH/made" . && show made run
}

judge() {
	show "$SCRATCH/made" >"$SCRATCH/shown" && [ -s "$SCRATCH/shown" ] &&
		diff "$SCRATCH/shown" "$results/out"
}
