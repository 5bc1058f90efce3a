# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" stores rocksdb rocksdict stores
TITLE='RocksDB (rocksdict), allow_mmap_reads'
MAPS='each table (`.sst`) and `CURRENT`, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='while mmap file for read: .*No such device'
