# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gix 0.35.0, the first release that maps privately itself: clones, and privmap must change nothing.
# Judged by git's own clone and fsck.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='gix, fixed'
GROUP=git
MAPS='as gix, but PROT_READ, MAP_PRIVATE'
ALONE=works
TOUCHED=no
QUICK=yes
NOTE='needs no help, but where private mappings are refused as well'

install() {
	PROGRAM=$("$TOP/integration/clients/gix-fixed.sh") VERSION=0.35.0
}

job() {
	run "$PROGRAM" --no-verbose clone "$URL" clone
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" && whole clone "$SCRATCH/git"
}
