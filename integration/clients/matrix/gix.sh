# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gix 0.33.0, the newest affected release that is not yanked, as cargo builds it: clones. Judged by
# git's own clone and fsck.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='gix'
GROUP=git
MAPS='the new pack, its index, `packed-refs`: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='No such device \(os error 19\)'
TOUCHED=yes
QUICK=yes

install() {
	PROGRAM=$("$TOP/integration/clients/gix.sh") VERSION=0.33.0
}

job() {
	run "$PROGRAM" --no-verbose clone "$URL" clone
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" && whole clone "$SCRATCH/git"
}
