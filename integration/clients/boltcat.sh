#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of boltcat (boltcat/main.go), a static program with bbolt, which maps without a
# libc. Built once, in half a minute. Takes --cached (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$here/go.sh"

go_minor=23 # what bbolt asks for
place=$CACHE/boltcat-$(recipe_key "$go_version" "$(cat "$here"/boltcat/*)")
work=$CACHE/boltcat-build

usable() {
	[[ $("$place/boltcat" 2>&1) == *usage* ]]
}

build() {
	progress "building boltcat, once: about half a minute"
	rm -rf "$work" "$place"
	mkdir -p "$work/made"
	find_go boltcat "$go_minor" "$work"
	(cd "$here/boltcat" && CGO_ENABLED=0 "$GO" build -buildvcs=false -o "$work/made/boltcat" .) >&2
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once boltcat usable build "${1:-}"
printf '%s\n' "$place/boltcat"
