# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # GO is for those who source this
# Finds a Go that is new enough, or downloads one. It needs cache.sh.

go_version=1.26.8 # what is downloaded

# find_go NAME MINOR WORK: sets GO to a go 1.MINOR or newer, for NAME. A whole Go is a module as well, which
# any other can fetch; but then nothing in it can be run, and no go.mod has its name, until that is put
# right. Modules and what is compiled go to WORK.
find_go() {
	local name=$1 work=$3 minor module file
	export GOMODCACHE=$work/modules GOCACHE=$work/cache GOTOOLCHAIN=local
	export GOFLAGS="${GOFLAGS:-} -modcacherw" # what cannot be written to, rm does not remove
	GO=go
	if ! minor=$(go env GOVERSION 2>/dev/null); then
		progress "$name needs Go"
		return 1
	fi
	minor=${minor#go1.}
	! [ "${minor%%.*}" -ge "$2" ] 2>/dev/null || return 0
	progress "downloading Go $go_version: $(go version) is too old"
	module=golang.org/toolchain@v0.0.1-go$go_version.$(go env GOHOSTOS)-$(go env GOHOSTARCH)
	(cd "$work" && go mod download "$module")
	export GOROOT=$GOMODCACHE/$module
	chmod -R u+x "$GOROOT/bin" "$GOROOT/pkg/tool"
	find "$GOROOT/src" -name _go.mod | while IFS= read -r file; do
		cp "$file" "${file%/*}/go.mod"
	done
	GO=$GOROOT/bin/go
}
