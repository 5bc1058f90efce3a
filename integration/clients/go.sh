# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # GO is for those who source this
# Finds a Go that is new enough, or downloads one. Source it after cache.sh.

go_version=1.26.8 # the version to download

# download_go VERSION WORK: downloads it, and sets GO to it. Go is also published as a module, which
# any other Go can fetch; but its files are not executable, and its go.mod files have another name,
# until this corrects that. Modules and compiled files go to WORK.
download_go() {
	local work=$2 module file
	export GOMODCACHE=$work/modules GOCACHE=$work/cache GOTOOLCHAIN=local
	export GOFLAGS="${GOFLAGS:-} -modcacherw" # rm cannot remove files in read-only directories
	module=golang.org/toolchain@v0.0.1-go$1.$(go env GOHOSTOS)-$(go env GOHOSTARCH)
	mkdir -p "$work"
	(cd "$work" && go mod download "$module")
	export GOROOT=$GOMODCACHE/$module
	chmod -R u+x "$GOROOT/bin" "$GOROOT/pkg/tool"
	find "$GOROOT/src" -name _go.mod | while IFS= read -r file; do
		cp "$file" "${file%/*}/go.mod"
	done
	GO=$GOROOT/bin/go
}

# find_go NAME MINOR WORK: sets GO to a go 1.MINOR or newer, for NAME.
find_go() {
	local minor
	export GOMODCACHE=$3/modules GOCACHE=$3/cache GOTOOLCHAIN=local
	export GOFLAGS="${GOFLAGS:-} -modcacherw"
	GO=go
	if ! minor=$(go env GOVERSION 2>/dev/null); then
		progress "$1 needs Go"
		return 1
	fi
	minor=${minor#go1.}
	! [ "${minor%%.*}" -ge "$2" ] 2>/dev/null || return 0
	progress "downloading Go $go_version: $(go version) is too old"
	download_go "$go_version" "$3"
}
