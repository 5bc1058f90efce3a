# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gdbmtool stores a value, through a shared mapping. Judged by what is read from it.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR source=gdbm.sh
. "$TOP/integration/clients/matrix/gdbm.sh"
GUEST=none
TITLE='gdbm, opened to write'
GROUP='must not change'
MAPS='the database: PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR'
ALONE=fails
SAYS='cannot open database .*: Malloc error'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='it writes through a shared mapping, which is never touched: it fails as without privmap; with GDBM_NOMMAP it does without'

# gdbmtool exits with 0 even after an error.
job() {
	run "$PROGRAM" made.gdbm store key value 2>said
	cat said >&2
	[ ! -s said ]
}

judge() {
	[ "$("$PROGRAM" -r made.gdbm fetch key)" = value ]
}
