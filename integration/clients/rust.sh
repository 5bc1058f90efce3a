#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the directory of Debian 12's rustc, 1.63, and cargo, 1.65, which are affected ones: rustc
# maps shared what newer ones (1.85, 1.95) do not. Downloaded once, 100 MB, and not installed, for
# the system may have newer ones. With --cached it never downloads, and fails if there are none yet.
# Exit status 3: there are none, and why is printed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest/aarch64/bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/aarch64/bookworm.sh"

[ "$(uname -m)" = x86_64 ] || none 'it is for x86_64 only'
# With all that they are linked to, but libc.
packages=(rustc libstd-rust-dev libstd-rust-1.63 libllvm14 libz3-4 libedit2 libbsd0 libmd0 libtinfo6
	libxml2 libicu72 liblzma5 libffi8 libstdc++6 libgcc-s1 zlib1g
	cargo libgit2-1.5 libssh2-1 libhttp-parser2.9 libmbedcrypto7 libmbedtls14 libmbedx509-1
	libpcre2-8-0 libssl3 libcurl3-gnutls libnghttp2-14 libidn2-0 libpsl5 librtmp1 libgnutls30
	libhogweed6 libnettle8 libgmp10 libp11-kit0 libtasn1-6 libunistring2 libldap-2.5-0 libsasl2-2
	libgssapi-krb5-2 libkrb5-3 libkrb5support0 libk5crypto3 libcom-err2 libkeyutils1 libbrotli1
	libzstd1)
place=$CACHE/rust-1.63-$(recipe_key "$(cat "${BASH_SOURCE[0]}")")
work=$CACHE/rust-build

usable() {
	"$place/bin/rustc" --version >/dev/null 2>&1 && "$place/bin/cargo" --version >/dev/null 2>&1
}

wrapper() {
	cat >"$work/place/bin/$1" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH=$(printf %q "$place/usr/lib/x86_64-linux-gnu:$place/lib/x86_64-linux-gnu") \\
			exec $(printf %q "$place/usr/bin/$1") "\$@"
	END
	chmod +x "$work/place/bin/$1"
}

build() {
	rm -rf "$work" "$place"
	progress "downloading Debian 12's rustc and cargo, once (100 MB)"
	bookworm "$work" amd64
	download "$work/debs" "${packages[@]}"
	unpack "$work/place" "$work/debs"
	mkdir "$work/place/bin"
	wrapper rustc
	wrapper cargo
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

once rust-1.63 usable build "${1:-}"
printf '%s\n' "$place/bin"
