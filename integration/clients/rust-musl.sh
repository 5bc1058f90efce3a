#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the directory of a rustc and cargo, 1.85, that also build for x86_64-unknown-linux-musl, the
# target of released static programs. Debian has no standard library for it: that is built from
# Debian's source, in a minute, and linked as Rust's own is, with musl's start files and LLVM's
# unwinder beside it. Downloaded once, 200 MB, and not installed. Takes --cached (lib/cache.sh).
# Exit status 3: there are none, and why is printed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=debian-rust.sh
. "$here/debian-rust.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$here/cargo.sh"

packages=(rustc-web rust-web-src libstd-rust-web-dev libstd-rust-web-1.85 libllvm19 cargo-web libcurl4
	libpcre3 libsqlite3-0 musl-dev libgcc-12-dev libunwind-14-dev)
place=$CACHE/rust-musl-$(recipe_key "$(cat "$here"/{debian-rust,rust-musl}.sh)")
work=$CACHE/rust-musl-build

usable() {
	"$place/bin/rustc" --version >/dev/null 2>&1 && "$place/bin/cargo" --version >/dev/null 2>&1
}

# start_files DIR: what a static program is linked to besides Rust's libraries, from WORK/place.
start_files() {
	local from=$work/place/usr/lib
	mkdir "$1"
	cp "$from"/x86_64-linux-musl/{crt1.o,rcrt1.o,Scrt1.o,crti.o,crtn.o,libc.a} \
		"$from"/gcc/x86_64-linux-gnu/12/{crtbegin,crtbeginS,crtend,crtendS}.o \
		"$from/llvm-14/lib/libunwind.a" "$1"
	# Debian's unwinder was compiled for glibc, whose checked fprintf() musl has not.
	"${CC:-cc}" -O2 -fPIC -ffreestanding -c -x c -o "$work/checked.o" - <<-'END'
		int vfprintf(void *, const char *, __builtin_va_list);
		int __fprintf_chk(void *file, int flag, const char *format, ...)
		{
			__builtin_va_list arguments;
			__builtin_va_start(arguments, format);
			int n = vfprintf(file, format, arguments);
			__builtin_va_end(arguments);
			return n;
		}
	END
	ar r "$1/libunwind.a" "$work/checked.o"
}

# A package with nothing in it, of which only the standard library is compiled. -Z asks for the
# bootstrap's word; the bitcode is for programs that are optimized as a whole (lto).
standard_library() {
	mkdir -p "$work/empty/src" "$1"
	printf '[package]\nname = "empty"\nversion = "0.0.0"\n' >"$work/empty/Cargo.toml"
	: >"$work/empty/src/lib.rs"
	(
		cd "$work/empty"
		export RUSTC=$work/place/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS='-C embed-bitcode=yes'
		CARGO=$work/place/bin/cargo
		run_cargo "Rust's standard library for musl" 22 "$work" build --release --target "$MUSL_TARGET" \
			-Z build-std=std,panic_abort
	)
	rm "$work/target/$MUSL_TARGET/release/deps"/libempty-*
	cp "$work/target/$MUSL_TARGET/release/deps"/*.rlib "$1"
}

build() {
	local libraries
	rm -rf "$work" "$place"
	progress "downloading Debian 12's rustc 1.85 and its source, once (200 MB)"
	debian_rust "$work" "${packages[@]}"
	libraries=$("$work/place/bin/rustc" --print target-libdir --target "$MUSL_TARGET")
	standard_library "$libraries"
	start_files "$libraries/self-contained" 2>"$work/log"
	rm -rf "$work"/place/usr/{src,share,lib/rustlib/src}
	mv -T "$work/place" "$place"
	rm -rf "$work"
}

once rust-musl usable build "${1:-}"
printf '%s\n' "$place/bin"
