# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# See clients/readers.sh.
# shellcheck disable=SC2016,SC2034 # the runner reads them
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh" models polars polars
TITLE='polars to 1.32, Arrow files'
MAPS='the file, whole: PROT_READ, MAP_SHARED, O_RDONLY'
SAYS='OSError: No such device'
NOTE='from 1.33.1 on it reads what it cannot map'
