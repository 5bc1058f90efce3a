# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# ripgrep with --mmap: searches all files of a work tree for a pattern. Judged by what grep finds.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='ripgrep --mmap'
GROUP=git
QUICK=yes
MAPS='each file: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=works
TOUCHED=yes
NOTE='reads the file when it cannot map it; under privmap it maps, because these are files of a work tree'

install() {
	PROGRAM=$(command -v rg) && VERSION=$("$PROGRAM" --version | awk 'NR == 1 { print $2 }')
}

pattern='(map|page) [a-z]+ [0-9]*7 '

job() {
	git clone --quiet --no-hardlinks "$SERVED/x.git" tree &&
		run "$PROGRAM" --no-config --mmap --hidden --no-ignore --glob '!.git' --color never \
			--no-heading --line-number "$pattern" tree >found
}

judge() {
	grep -rnIE --exclude-dir=.git "$pattern" tree | sort >expected
	[ -s expected ] && sort found | diff expected -
}
