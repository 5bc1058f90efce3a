#!/bin/bash
# Prints the path of gogit (gogit/main.go), a static program that calls mmap without a libc; beside
# it lies gogit-cgo, the same one linked to libc. Built once, in 2 minutes. Run by
# trace-clients.sh and make check. With --cached it never builds, and fails if there is none yet.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../cache.sh
. "$here/../cache.sh"

go_minor=26 # what go-git 6 asks for
go_version=1.26.8
place=$CACHE/gogit-$(recipe_key "$go_version" "$(cat "$here"/gogit/*)")
work=$CACHE/gogit-build

usable() {
	[[ $("$place/gogit" 2>&1) == *usage* && $("$place/gogit-cgo" 2>&1) == *usage* ]]
}

# Sets GO to one that is new enough. A whole Go is a module as well, which any other can fetch; but
# then nothing in it can be run, and no go.mod has its name, until that is put right.
find_go() {
	local minor name file
	GO=go
	if ! minor=$(go env GOVERSION 2>/dev/null); then
		progress "gogit needs Go"
		return 1
	fi
	minor=${minor#go1.}
	! [ "${minor%%.*}" -ge "$go_minor" ] 2>/dev/null || return 0
	progress "downloading Go $go_version: $(go version) is too old"
	name=golang.org/toolchain@v0.0.1-go$go_version.$(go env GOHOSTOS)-$(go env GOHOSTARCH)
	(cd "$work" && go mod download "$name")
	export GOROOT=$GOMODCACHE/$name
	chmod -R u+x "$GOROOT/bin" "$GOROOT/pkg/tool"
	find "$GOROOT/src" -name _go.mod | while IFS= read -r file; do
		cp "$file" "${file%/*}/go.mod"
	done
	GO=$GOROOT/bin/go
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
	export GOMODCACHE=$work/modules GOCACHE=$work/cache GOTOOLCHAIN=local
	export GOFLAGS="${GOFLAGS:-} -modcacherw" # what cannot be written to, rm does not remove
	find_go
	cd "$here/gogit"
	build_as gogit 0
	build_as gogit-cgo 1
	rm -rf "$place"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once gogit usable build "${1:-}"
printf '%s\n' "$place/gogit"
