# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# perf report shows what was recorded elsewhere. Judged by what it shows on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='perf report'
GROUP=logs
MAPS='`perf.data`: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=wrong
TOUCHED=yes
OPTIONS=(--for logs)
NOTE='alone it shows an empty report and ends with status 0; only stderr says "failed to mmap file"'

install() {
	PROGRAM=$(command -v perf) && VERSION=$("$PROGRAM" --version | awk '{ print $3 }')
}

job() {
	"$PROGRAM" record -q -e cpu-clock -F 999 -o "$SCRATCH/perf.data" -- \
		sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done' 2>"$SCRATCH/log" &&
		cp "$SCRATCH/perf.data" . && run "$PROGRAM" report --stdio -i perf.data
}

# Without the tip of the day.
entries() {
	grep -v '^#'
}

judge() {
	"$PROGRAM" report --stdio -i "$SCRATCH/perf.data" 2>/dev/null | entries >"$SCRATCH/read" &&
		grep -q '%' "$SCRATCH/read" && entries <"$results/out" | diff "$SCRATCH/read" -
}
