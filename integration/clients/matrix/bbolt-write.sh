# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# bbolt makes a database: it writes by write(), and must see the new bytes in its mapping. Judged by
# what is read from it.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR source=bbolt.sh
. "$TOP/integration/clients/matrix/bbolt.sh"
GUEST=none
TITLE='bbolt, opened to write'
GROUP='must not change'
MAPS='the database: PROT_READ, MAP_SHARED, O_RDWR, by raw system calls'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='it must see what it writes itself, so it is left: it fails as without privmap'
COPIED=''

job() {
	run "$PROGRAM" make made.bolt
}

judge() {
	[ "$("$PROGRAM" read made.bolt | wc -l)" -eq 1000 ]
}
