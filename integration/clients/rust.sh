#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with Debian 12's rustc, 1.63, and cargo, 1.65. Both are affected:
# this rustc makes shared mappings that newer ones (1.85, 1.95) do not make. Downloads them once,
# 100 MB. Does not install them, because the system may have newer ones. Takes --cached
# (lib/cache.sh). Exits with 3, and prints the reason, if it cannot get them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=debian-rust.sh
. "$here/debian-rust.sh"

packages=(rustc libstd-rust-dev libstd-rust-1.63 libllvm14 cargo libgit2-1.5 libcurl3-gnutls
	libmbedcrypto7 libmbedtls14 libmbedx509-1 libpcre2-8-0)
place=$CACHE/rust-1.63-$(recipe_key "$(cat "$here"/{debian-rust,rust}.sh)")
work=$CACHE/rust-build

usable() {
	"$place/bin/rustc" --version >/dev/null 2>&1 && "$place/bin/cargo" --version >/dev/null 2>&1
}

build() {
	rm -rf "$work" "$place"
	progress "downloading Debian 12's rustc and cargo, once (100 MB)"
	debian_rust "$work" "${packages[@]}"
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

once rust-1.63 usable build "${1:-}"
printf '%s\n' "$place/bin"
