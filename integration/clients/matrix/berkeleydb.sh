# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Berkeley DB makes an environment, whose regions are memory that processes share by files. Judged
# by the output of db5.3_stat.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Berkeley DB, an environment'
GROUP='must not change'
MAPS='its regions (`__db.*`): PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR'
ALONE=fails
SAYS='BDB0126 mmap: No such device'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='memory that is shared for writing: it fails as without privmap; DB_PRIVATE and DB_SYSTEM_MEM do without'

install() {
	PROGRAM=$("$TOP/integration/clients/deb.sh" db5.3-util)/usr/bin/db5.3_recover &&
		VERSION=$("$PROGRAM" -V | sed 's/^Berkeley DB \([^:]*\):.*/\1/')
}

job() {
	mkdir environment && run "$PROGRAM" -e -h environment
}

judge() {
	"${PROGRAM%recover}stat" -e -h environment | grep -q 'Magic number'
}
