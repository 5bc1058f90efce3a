# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Downloads a rustc and cargo of Debian 12, for rust.sh and rust-musl.sh. Does not install them,
# because the system may have others.

# shellcheck source-path=SCRIPTDIR source=../guest/aarch64/bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/aarch64/bookworm.sh"

# The libraries that every rustc and cargo of Debian 12 is linked to, except libc.
linked=(libz3-4 libedit2 libbsd0 libmd0 libtinfo6 libxml2 libicu72 liblzma5 libffi8 libstdc++6
	libgcc-s1 zlib1g libssh2-1 libhttp-parser2.9 libssl3 libnghttp2-14 libidn2-0 libpsl5 librtmp1
	libgnutls30 libhogweed6 libnettle8 libgmp10 libp11-kit0 libtasn1-6 libunistring2 libldap-2.5-0
	libsasl2-2 libgssapi-krb5-2 libkrb5-3 libkrb5support0 libk5crypto3 libcom-err2 libkeyutils1
	libbrotli1 libzstd1)

[ "$(uname -m)" = x86_64 ] || none 'it is for x86_64 only'

# debian_rust WORK PACKAGE...: unpacks these packages and their libraries into WORK/place. bin/rustc
# and bin/cargo in it still run after it is moved.
debian_rust() {
	local work=$1 name
	shift
	bookworm "$work" amd64
	download "$work/debs" "$@" "${linked[@]}"
	unpack "$work/place" "$work/debs"
	mkdir "$work/place/bin"
	for name in rustc cargo; do
		cat >"$work/place/bin/$name" <<-'END'
			#!/bin/sh
			place=${0%/bin/*}
			LD_LIBRARY_PATH=$place/usr/lib/x86_64-linux-gnu:$place/lib/x86_64-linux-gnu:$place/usr/lib \
				exec "$place/usr/bin/${0##*/}" "$@"
		END
		chmod +x "$work/place/bin/$name"
	done
}
