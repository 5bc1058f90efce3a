#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of runsc, which runs programs in gVisor: a kernel in user space that knows less
# than Linux does. Builds it the first time, in 2 minutes, from the branch that its authors keep for
# go(1). Takes --cached (lib/cache.sh). Exits with 3, and prints the reason, if it cannot build it
# here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../lib/cache.sh
. "$here/../../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../../clients/go.sh
. "$here/../../clients/go.sh"

version=v0.0.0-20260224225140-573d5e7127a8
go_minor=25 # its go.mod asks for this
case $(uname -m) in
x86_64 | aarch64) ;;
*)
	echo 'gVisor is for x86_64 and aarch64 only'
	exit 3
	;;
esac
place=$CACHE/runsc-$(recipe_key "$version" "$go_version")
work=$CACHE/runsc-build

usable() {
	"$place/runsc" --version >/dev/null 2>&1
}

# runsc uses internal functions of Go's library. Newer linkers of Go forbid that without this flag.
build() {
	progress "building runsc, once: about 2 minutes on two cores"
	mkdir -p "$work/made"
	find_go runsc "$go_minor" "$work"
	if ! (cd "$work" && GOBIN=$work/made CGO_ENABLED=0 "$GO" install -v -ldflags=-checklinkname=0 \
		"gvisor.dev/gvisor/runsc@$version" 2>&1) | tee "$work/log" | counted '*' 460 packages 'building runsc'; then
		tail -n 20 "$work/log" >&2
		progress "runsc could not be built; the whole log: $work/log"
		return 1
	fi
	rm -rf "$place"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once runsc usable build "${1:-}"
printf '%s\n' "$place/runsc"
