# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models safetensors safetensors
TITLE='safetensors to 0.5.0'
MAPS='the model, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='OSError: No such device'
NOTE='from 0.5.2 on it reads what it cannot map'
