# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# safetensors to 0.5.0. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='safetensors to 0.5.0'
GROUP=models
MAPS='the model, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='OSError: No such device'
TOUCHED=yes
NOTE='from 0.5.2 on it reads what it cannot map'

FORMAT=safetensors PACKAGE=safetensors EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
