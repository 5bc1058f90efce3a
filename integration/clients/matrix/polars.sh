# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# polars to 1.32, Arrow files. See clients/readers.sh.
# shellcheck disable=SC2016,SC2034,SC2154 # the runner sets and reads them
TITLE='polars to 1.32, Arrow files'
GROUP=models
MAPS='the file, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='OSError: No such device'
TOUCHED=yes
NOTE='from 1.33.1 on it reads what it cannot map'

FORMAT=polars PACKAGE=polars EXAMPLE=models
# shellcheck source-path=SCRIPTDIR source=../readers.sh
. "$TOP/integration/clients/readers.sh"
