# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lsd does the same as eza, also by libgit2, with the same judge.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR source=eza.sh
. "$TOP/integration/clients/matrix/eza.sh"
TITLE='lsd --git'

install() {
	PROGRAM=$("$TOP/integration/clients/trixie.sh")/usr/bin/lsd &&
		VERSION="$("$PROGRAM" --version | awk '{ print $2 }')"
}

show() {
	(cd "$1" && "${@:2}" "$PROGRAM" --git --blocks git,name --color=never --icon=never)
}
