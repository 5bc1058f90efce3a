# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" search tantivy tantivy stores
TITLE='tantivy'
GROUP=stores
MAPS='each file of a segment, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='message: "No such device"'
