#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gogit (gogit/main.go), a static program that calls mmap without a libc; beside
# it lies gogit-cgo, the same one linked to libc. Built once, in 2 minutes. Takes --cached
# (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$here/go.sh"

go_minor=26 # what go-git 6 asks for
place=$CACHE/gogit-$(recipe_key "$go_version" "$(cat "$here"/gogit/*)")
work=$CACHE/gogit-build

usable() {
	[[ $("$place/gogit" 2>&1) == *usage* && $("$place/gogit-cgo" 2>&1) == *usage* ]]
}

# build_as NAME CGO
build_as() {
	local total
	total=$(CGO_ENABLED=$2 "$GO" list -deps . 2>>"$work/log" | wc -l)
	if ! CGO_ENABLED=$2 "$GO" build -v -buildvcs=false -o "$work/made/$1" . 2>&1 |
		tee -a "$work/log" | counted '*' "$total" packages "building $1"; then
		tail -n 20 "$work/log" >&2
		progress "$1 could not be built; the whole log: $work/log"
		return 1
	fi
}

# As with gix, the work is kept when it is interrupted, and what is finished is moved into place.
build() {
	progress "building gogit, once: about 2 minutes on two cores"
	mkdir -p "$work/made"
	find_go gogit "$go_minor" "$work"
	cd "$here/gogit"
	build_as gogit 0
	build_as gogit-cgo 1
	rm -rf "$place"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once gogit usable build "${1:-}"
printf '%s\n' "$place/gogit"
