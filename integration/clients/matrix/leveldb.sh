# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# LevelDB (plyvel). See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='LevelDB (plyvel)'
GROUP=stores
MAPS='each table (`.ldb`), whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='IO error: .*No such device'
TOUCHED=yes
NOTE='an iterator alone ends in silence: findings/leveldb-iterates-nothing.sh'

WHEELS=stores FORMAT=leveldb PACKAGE=plyvel EXAMPLE=stores
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
