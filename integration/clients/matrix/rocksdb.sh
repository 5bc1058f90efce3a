# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# RocksDB (rocksdict), allow_mmap_reads. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='RocksDB (rocksdict), allow_mmap_reads'
GROUP=stores
MAPS='each table (`.sst`) and `CURRENT`, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='while mmap file for read: .*No such device'
TOUCHED=yes

WHEELS=stores FORMAT=rocksdb PACKAGE=rocksdict EXAMPLE=stores
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
