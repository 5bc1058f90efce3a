# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# go build with its cache there: a first build, the same again, and one with a line changed. Judged by
# the program that is built.
# shellcheck disable=SC2016,SC2034,SC2153,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='go build, GOCACHE'
GROUP=builds
MAPS='what an earlier build has left, `go-build/??/*-d`: PROT_READ, MAP_SHARED, O_RDONLY, by raw system calls'
ALONE=fails
SAYS='no such device'
TOUCHED=yes
TRACED=yes
GUEST=none
COPIED='path = "*/go-build/??/*-d"; access = "read-only";'
NOTE='alone the first build works, and no later one'

install() {
	# shellcheck source-path=SCRIPTDIR/.. source=go.sh
	. "$TOP/integration/clients/go.sh"
	find_go 'the row of go build' 21 "$WORK/go" && PROGRAM=$GO && VERSION=$("$GO" version | awk '{ print $3 }')
}

# Its scratch files are on a disk, because the linker maps them writable.
job() {
	export GOCACHE=$PWD/go-build GOTMPDIR=$SCRATCH GOPROXY=off GOFLAGS=-mod=mod
	mkdir own && printf 'module m\n\ngo 1.21\n' >go.mod &&
		printf 'package own\n\nimport "errors"\n\nvar E = errors.New("own")\n' >own/own.go &&
		printf 'package main\n\nimport "m/own"\n\nfunc main() { println(own.E.Error()) }\n' >main.go || return
	run "$PROGRAM" build -o m . && run "$PROGRAM" build -o m . &&
		echo 'var Other = 1' >>own/own.go && run "$PROGRAM" build -o m .
}

judge() {
	[ "$(./m 2>&1)" = own ]
}
