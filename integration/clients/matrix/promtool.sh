# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# promtool reads the blocks of Prometheus. Judged by what it reads on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='promtool tsdb dump (Prometheus)'
GROUP=stores
MAPS='index and chunks of each block, whole: PROT_READ, MAP_SHARED, O_RDONLY, by raw system calls'
ALONE=fails
SAYS='mmap files: mmap, size [0-9]+: no such device'
TOUCHED=yes
TRACED=yes
GUEST=none
OPTIONS=(--for stores)

install() {
	PROGRAM=$("$TOP/integration/clients/deb.sh" prometheus)/usr/bin/promtool &&
		VERSION=$("$PROGRAM" --version 2>&1 | sed -n '1s/.*version \([^ ]*\).*/\1/p')
}

samples() {
	printf '# HELP reads Reads.\n# TYPE reads counter\n'
	seq 0 400 | awk '{ printf "reads{job=\"a\"} %d %d\n", $1, 1700000000 + $1 * 60 }'
	echo '# EOF'
}

job() {
	samples >"$SCRATCH/samples" &&
		"$PROGRAM" tsdb create-blocks-from openmetrics "$SCRATCH/samples" "$SCRATCH/made" >"$SCRATCH/log" &&
		mkdir "$SCRATCH/made/wal" && cp -R "$SCRATCH/made" . && run "$PROGRAM" tsdb dump made
}

judge() {
	"$PROGRAM" tsdb dump "$SCRATCH/made" >"$SCRATCH/read" && [ -s "$SCRATCH/read" ] &&
		diff "$SCRATCH/read" "$results/out"
}
