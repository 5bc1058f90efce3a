# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models openvino openvino
TITLE='OpenVINO, read_model'
MAPS='the weights (`.bin`), whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='Can not create file mapping for [0-9]+, err=No such device'
