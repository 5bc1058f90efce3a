#!/bin/bash
# Prints the path of virtiofsd 1.14.0, the server that is used wherever virtiofs is today; builds it
# the first time, in 1 to 2 minutes. Run by guest.sh, and by make check before it.
# With --cached it never builds, and fails if there is none yet.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cache.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/../clients/cargo.sh"

version=1.14.0
crates=94 # that its own lock makes cargo compile
place=$CACHE/virtiofsd-$version-$(recipe_key "$version")
virtiofsd=$place/bin/virtiofsd

usable() {
	[ "$("$virtiofsd" --version 2>/dev/null)" = "virtiofsd $version" ]
}

# What was compiled is kept when it is interrupted; cargo puts the program into place whole.
build() {
	local work=$CACHE/virtiofsd-build
	if ! find_cargo; then
		progress "virtiofsd $version needs cargo and rustc 1.$RUST_MINOR or newer"
		return 1
	fi
	progress "building virtiofsd $version, once: about 2 minutes on two cores"
	mkdir -p "$work"
	if ! "$CARGO" install virtiofsd --locked --version "$version" --root "$place" --no-track \
		--target-dir "$work/target" 2>&1 | tee "$work/log" |
		counted '*Compiling *' "$crates" "building virtiofsd $version"; then
		tail -n 20 "$work/log" >&2
		progress "virtiofsd could not be built; the whole log: $work/log"
		return 1
	fi
	rm -rf "$work"
}

once "virtiofsd-$version" usable build "${1:-}"
printf '%s\n' "$virtiofsd"
