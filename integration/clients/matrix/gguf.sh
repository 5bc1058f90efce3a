# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models gguf gguf
TITLE='GGUFReader'
MAPS='the model, whole, by numpy.memmap: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='No such device'
