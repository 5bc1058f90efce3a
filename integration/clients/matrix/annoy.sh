# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models annoy annoy
TITLE='annoy'
MAPS='the index, whole: PROT_READ, MAP_SHARED, O_RDONLY'
DIES=SIGSEGV
NOTE='dies, because it does not check what mmap returns'
