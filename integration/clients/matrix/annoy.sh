# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# annoy. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='annoy'
GROUP=models
MAPS='the index, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
DIES=SIGSEGV
TOUCHED=yes
NOTE='dies, for it does not look at what mmap answers'

FORMAT=annoy PACKAGE=annoy EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
