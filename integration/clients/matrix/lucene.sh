# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Lucene searches an index, by MMapDirectory, its default. Judged by what it finds on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Lucene, MMapDirectory'
GROUP=stores
MAPS='each file of a segment, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='Map failed|No such device'
TOUCHED=yes
OPTIONS=(--for search)

install() {
	PROGRAM=$("$TOP/integration/clients/lucene.sh") &&
		VERSION=$(basename "$PROGRAM"/lucene-core-*.jar .jar | sed 's/.*-//')
}

pages=(java -Xmx64m -XX:TieredStopAtLevel=1 -cp)

job() {
	"${pages[@]}" "$PROGRAM:$PROGRAM/*" Pages make "$SCRATCH/made" && cp -R "$SCRATCH/made" . &&
		run "${pages[@]}" "$PROGRAM:$PROGRAM/*" Pages read made
}

judge() {
	"${pages[@]}" "$PROGRAM:$PROGRAM/*" Pages read "$SCRATCH/made" >"$SCRATCH/read" 2>/dev/null &&
		[ -s "$SCRATCH/read" ] && diff "$SCRATCH/read" "$results/out"
}
