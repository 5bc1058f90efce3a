# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" stores leveldb plyvel stores
TITLE='LevelDB (plyvel)'
MAPS='each table (`.ldb`), whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='IO error: .*No such device'
NOTE='an iterator alone ends in silence: findings/leveldb-iterates-nothing.sh'
