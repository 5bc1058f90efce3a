#!/bin/bash
# SPDX-License-Identifier: MIT
# gostatic.sh boltcat|esbuild|gostorm [--cached]: prints the path of a static Go program, which maps
# without a libc: boltcat/main.go with bbolt, esbuild as published, gostorm/main.go. Built once, in
# half a minute. --cached: see lib/cache.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$here/go.sh"

name=$1
go_minor=23 # bbolt needs it
place=$CACHE/$name-$(recipe_key "$go_version" "$(cat "$here/$name"/*)")
work=$CACHE/$name-build
package=.
[ "$name" != esbuild ] || package=github.com/evanw/esbuild/cmd/esbuild

usable() {
	local said
	said=$("$place/$name" --help 2>&1) || :
	[[ ${said,,} == *usage* ]]
}

build() {
	progress "building $name, once: about half a minute"
	rm -rf "$work" "$place"
	mkdir -p "$work/made"
	find_go "$name" "$go_minor" "$work"
	(cd "$here/$name" && CGO_ENABLED=0 "$GO" build -buildvcs=false -o "$work/made/$name" "$package") >&2
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once "$name" usable build "${2:-}"
printf '%s\n' "$place/$name"
