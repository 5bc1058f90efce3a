# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# ai-edge-litert, a tflite model. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='ai-edge-litert, a tflite model'
GROUP=models
MAPS='the model, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS="Mmap of '[0-9]+' at offset '0' failed with error '19'"
TOUCHED=yes

FORMAT=tflite PACKAGE=ai-edge-litert EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
