#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with a rustc and cargo, 1.85, that also build for
# x86_64-unknown-linux-musl, the target of released static programs. Debian has no standard library
# for this target. The script builds it from Debian's source, in a minute. As in Rust's own, musl's
# start files and LLVM's unwinder are in the same directory. Downloads 200 MB once and installs
# nothing. Takes --cached (lib/cache.sh). Exits with 3, and prints the reason, if it cannot get
# them.
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

# start_files DIR: copies the files that a static program is linked to, besides Rust's libraries,
# from $work/place to DIR.
start_files() {
	local from=$work/place/usr/lib
	mkdir "$1"
	cp "$from"/x86_64-linux-musl/{crt1.o,rcrt1.o,Scrt1.o,crti.o,crtn.o,libc.a} \
		"$from"/gcc/x86_64-linux-gnu/12/{crtbegin,crtbeginS,crtend,crtendS}.o \
		"$from/llvm-14/lib/libunwind.a" "$1"
	# Debian compiled its unwinder for glibc. It calls a checked fprintf(), which musl lacks.
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

# standard_library DIR: compiles an empty package, and with it the standard library, which it copies
# to DIR. -Z needs RUSTC_BOOTSTRAP; programs that are optimized as a whole (lto) need the bitcode.
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
