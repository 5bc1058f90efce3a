# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models tflite ai-edge-litert
TITLE='ai-edge-litert, a tflite model'
MAPS='the model, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS="Mmap of '[0-9]+' at offset '0' failed with error '19'"
