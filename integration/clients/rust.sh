#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the directory of Debian 12's rustc, 1.63, and cargo, 1.65, which are affected ones: rustc
# maps shared what newer ones (1.85, 1.95) do not. Downloaded once, 100 MB, and not installed, for
# the system may have newer ones. With --cached it never downloads, and fails if there are none yet.
# Exit status 3: there are none, and why is printed.
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
