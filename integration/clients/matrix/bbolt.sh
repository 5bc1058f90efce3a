# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# bbolt, which etcd and many Go programs keep their state in: reads a database that is opened
# read-only. Judged by what it reads on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='bbolt, read-only'
GROUP=stores
MAPS='the database, whole: PROT_READ, MAP_SHARED, O_RDONLY, by raw system calls'
ALONE=fails
SAYS='no such device'
TOUCHED=yes
TRACED=yes
OPTIONS=(--for stores)
COPIED='access = "read-only"; database = true;'

install() {
	PROGRAM=$("$TOP/integration/clients/boltcat.sh") &&
		VERSION=$(awk '/go.etcd.io\/bbolt/ { print $3 }' "$TOP/integration/clients/boltcat/go.mod")
}

job() {
	"$PROGRAM" make "$SCRATCH/made.bolt" && cp "$SCRATCH/made.bolt" . && run "$PROGRAM" read made.bolt
}

judge() {
	"$PROGRAM" read "$SCRATCH/made.bolt" >"$SCRATCH/read" && [ -s "$SCRATCH/read" ] &&
		diff "$SCRATCH/read" "$results/out"
}
