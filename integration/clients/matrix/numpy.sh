# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# numpy.memmap reads a file of 2 MiB, shared and as a private copy to write to. Judged by the known
# sums; and without --path the file is not served, and the report names the right --path.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='numpy.memmap, with --path'
GROUP=models
QUICK=yes
MAPS='mode r: PROT_READ, MAP_SHARED, O_RDONLY; mode c: PROT_READ|PROT_WRITE, MAP_PRIVATE'
ALONE=fails
SAYS='No such device'
TOUCHED=yes
OPTIONS=(--path '*.npy')
NOTE='without `--path` it is left, and the report names the one that serves it'

install() {
	PROGRAM=$("$TOP/integration/clients/pypi.sh" numpy) &&
		VERSION=$("$PROGRAM" -c 'import numpy; print(numpy.__version__)')
}

jobs=$TOP/integration/clients/numpy-jobs.py

job() {
	"$PROGRAM" "$jobs" make data.npy && cp data.npy "$SCRATCH/made.npy" &&
		run "$PROGRAM" "$jobs" sum r data.npy >sums &&
		run "$PROGRAM" "$jobs" sum c data.npy >>sums
}

# If the column refuses nothing, nothing is reported.
left_without_path() {
	if "$PROGRAM" "$jobs" sum r data.npy >/dev/null 2>&1; then
		return 0
	fi
	says 'No such device' "$BUILD/privmap" --report="$SCRATCH/left" -- \
		"$PROGRAM" "$jobs" sum r data.npy || return
	cat "$SCRATCH/left"
	grep -F '"converted":0,' "$SCRATCH/left" | grep -F '"left":1,' | grep -F -- --path
}

judge() {
	local n=$((1 << 18))
	printf '%s %d\n' r $((n * (n - 1) / 2)) c $((n * (n - 1) / 2)) changed $((n * (n + 1) / 2)) |
		diff - sums && cmp data.npy "$SCRATCH/made.npy" && left_without_path
}
