# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# usearch, view=True. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='usearch, view=True'
GROUP=models
MAPS='the index, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='RuntimeError: No such device'
TOUCHED=yes

FORMAT=usearch PACKAGE=usearch EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
