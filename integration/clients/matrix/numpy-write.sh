# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# numpy.memmap changes a file through a shared mapping. privmap must not serve that, even if --path
# matches the file, because writes would be lost. Judged, on a disk, by the contents of the file.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='numpy.memmap to write (mode r+), with --path'
GROUP='must not change'
QUICK=yes
MAPS='PROT_READ|PROT_WRITE, MAP_SHARED, O_RDWR'
ALONE=fails
SAYS='No such device'
UNCHANGED=yes
UNDER=fails
TOUCHED=no
OPTIONS=(--path '*.npy')
NOTE='memory that is shared for writing: it fails as without privmap'

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" numpy) &&
		VERSION=$("$PROGRAM" -c 'import numpy; print(numpy.__version__)')
}

jobs=$TOP/integration/clients/numpy-jobs.py

job() {
	"$PROGRAM" "$jobs" make data.npy && run "$PROGRAM" "$jobs" change data.npy
}

judge() {
	local n=$((1 << 18))
	[ "$("$PROGRAM" "$jobs" sum r data.npy)" = "r $((n * (n - 1) / 2 + 1))" ]
}
