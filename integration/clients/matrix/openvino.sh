# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# OpenVINO, read_model. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='OpenVINO, read_model'
GROUP=models
MAPS='the weights (`.bin`), whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='Can not create file mapping for [0-9]+, err=No such device'
TOUCHED=yes

FORMAT=openvino PACKAGE=openvino EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
