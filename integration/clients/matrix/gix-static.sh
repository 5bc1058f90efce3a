# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gix 0.33.0 as released, without a dynamic linker: no preload library reaches it, so privmap traces
# it. It clones. Judged by git's own clone and fsck.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets and uses them
TITLE='gix, static'
GROUP=git
MAPS='as gix; no libc that could be preloaded'
ALONE=fails
SAYS='No such device \(os error 19\)'
TOUCHED=yes
TRACED=yes
WAYS='patched child'
QUICK=yes

install() {
	PROGRAM=$("$TOP/integration/clients/gix-static.sh") VERSION=0.33.0
}

job() {
	run "$PROGRAM" --no-verbose clone "$URL" clone
}

judge() {
	git clone --quiet "$URL" "$SCRATCH/git" && whole clone "$SCRATCH/git"
}
