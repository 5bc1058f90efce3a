# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# tantivy. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='tantivy'
GROUP=stores
MAPS='each file of a segment, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='message: "No such device"'
TOUCHED=yes

WHEELS=stores FORMAT=tantivy PACKAGE=tantivy EXAMPLE=search
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
