#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of virtiofsd 1.14.0, the usual server of virtiofs today. Builds it the first time,
# in 1 to 2 minutes. Takes --cached (lib/cache.sh).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/../clients/cargo.sh"

version=1.14.0
crates=94 # cargo compiles these, as its Cargo.lock says
place=$CACHE/virtiofsd-$version-$(recipe_key "$version")
virtiofsd=$place/bin/virtiofsd

usable() {
	[ "$("$virtiofsd" --version 2>/dev/null)" = "virtiofsd $version" ]
}

# After an interruption, the next run continues the build. cargo installs the program whole.
build() {
	local work=$CACHE/virtiofsd-build
	cargo_for "virtiofsd $version"
	progress "building virtiofsd $version, once: about 2 minutes on two cores"
	mkdir -p "$work"
	run_cargo "virtiofsd $version" "$crates" "$work" \
		install virtiofsd --locked --version "$version" --root "$place" --no-track
	rm -rf "$work"
}

once "virtiofsd-$version" usable build "${1:-}"
printf '%s\n' "$virtiofsd"
