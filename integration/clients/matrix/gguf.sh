# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# GGUFReader. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='GGUFReader'
GROUP=models
MAPS='the model, whole, by numpy.memmap: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='No such device'
TOUCHED=yes

FORMAT=gguf PACKAGE=gguf EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
