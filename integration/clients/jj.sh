#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of jj 0.15.1, a release of Jujutsu whose gix, 0.58, and libgit2 are affected.
# Builds it the first time, in 8 minutes. With --static, the static one of jj-static.sh; with --musl,
# that of jj-musl.sh. Takes --cached (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$here/cargo.sh"

RUST_MINOR=76 # jj needs it
version=0.15.1
time_version=0.3.36 # the one change made to the crate
# It uses its bundled libgit2, whatever the system has.
options=(--locked --no-default-features --features git2/vendored-libgit2)
name=jj static='' musl='' cached=''
for option; do
	case $option in
	--static) name=jj-static static=crt-static ;;
	--musl)
		name=jj-musl musl=$(cat "$here/rust-musl.sh")
		options+=(--features vendored-openssl --target "$MUSL_TARGET") # as it was released
		;;
	--cached) cached=$option ;;
	esac
done
place=$CACHE/$name-$version-$(recipe_key "$version" "$time_version" "${options[@]}" ${static:+"$static"} ${musl:+"$musl"})
jj=$place/jj

usable() {
	[[ $("$jj" --version 2>/dev/null) == "jj $version"* ]]
}

# As in gix.sh: an interrupted build is kept, and a complete one is moved into place.
build() {
	local work=$CACHE/$name-build made=release
	if [ -n "$musl" ]; then
		cargo_for_musl
		made=$MUSL_TARGET/release
	else
		cargo_for "jj $version"
	fi
	progress "building $name $version, once: about 8 minutes on two cores"
	crate_with_time jj-cli "$version" "$time_version" "$work"
	cd "$work/source"
	if [ -n "$static" ]; then
		# With --target, cargo builds the libraries that the compiler loads separately,
		# because they cannot be static.
		options+=(--target "$(uname -m)-unknown-linux-gnu")
		made=$(uname -m)-unknown-linux-gnu/release
		export RUSTFLAGS="-C target-feature=+$static" OPENSSL_STATIC=1 LIBZ_SYS_STATIC=1
	fi
	run_cargo "$name $version" "$(crate_count "${options[@]}")" "$work" build --release "${options[@]}" --bin jj
	mkdir -p "$place"
	cp "$work/target/$made/jj" "$place/.jj"
	mv "$place/.jj" "$jj"
	cd "$place" # jj needs a working directory
	rm -rf "$work"
}

once "$name-$version" usable build "$cached"
printf '%s\n' "$jj"
