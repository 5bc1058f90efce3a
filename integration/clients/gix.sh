#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gix 0.33.0, the newest affected release that is not yanked. Builds it the first
# time, in 2 minutes. With --static, prints the path of the static one of gix-static.sh, and builds
# the dynamic one as well; with --musl, the path of the one of gix-musl.sh; with --fixed, of the
# release of gix-fixed.sh; with --aarch64, of one for that machine. Takes --cached (lib/cache.sh).
# Exits with 3, and prints the reason, if it cannot compile for musl or aarch64 here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$here/cargo.sh"

version=0.33.0
time_version=0.3.36 # the one change made to the crate
# These can clone by git:// and read a repository. max-pure takes twice as long to build, because it
# also has HTTP and the commands that keep a database.
features='small gitoxide-core-blocking-client fast-safe'
name=gix static='' target='' compiler='' cached=''
for option; do
	case $option in
	--static) static=crt-static ;;
	--musl) name=gix-musl target=$MUSL_TARGET compiler=$(cat "$here/rust-musl.sh") ;;
	--fixed) version=0.35.0 ;;
	--aarch64) name=gix-aarch64 target=aarch64-unknown-linux-gnu ;;
	--cached) cached=$option ;;
	esac
done
# place [STATIC]: prints the directory for the static gix or the dynamic one.
place() {
	local key
	key=$(recipe_key "$version" "$time_version" "$features" ${1:+"$1"} ${target:+"$target"} \
		${compiler:+"$compiler"})
	printf '%s\n' "$CACHE/$name${1:+-static}-$version-$key"
}
gix=$(place "$static")/gix

# gix does not print its version. But another system may have built it: see whether it runs here.
usable() {
	if [ "$name" = gix-aarch64 ]; then
		[ -e "$gix" ]
	else
		"$gix" --help >/dev/null 2>&1
	fi
}

# for_aarch64 SCRIPT: sets answer to the path that SCRIPT prints. If SCRIPT fails, prints its reason
# and fails with its status.
for_aarch64() {
	local status=0
	answer=$("$here/../guest/aarch64/$1.sh") || status=$?
	[ "$status" -eq 0 ] || printf '%s\n' "$answer"
	return "$status"
}
cross_compiler() {
	for_aarch64 toolchain
	export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$answer/bin/aarch64-linux-gnu-gcc
	for_aarch64 rustc
	export RUSTC=$answer
}

# keep DIRECTORY: copies the built program there.
keep() {
	mkdir -p "$1"
	cp "$work/target/${target:+$target/}release/gix" "$1/.gix"
	mv "$1/.gix" "$1/gix"
}

# After an interruption, the next run continues in $work, which only the holder of the lock uses.
# The finished program is moved into place, whole or not at all.
build() {
	local work=$CACHE/$name-$version-build options what=${target:+for $target, }
	case $name in
	gix-musl) cargo_for_musl ;;
	*) cargo_for "gix $version" ;;
	esac
	[ "$name" != gix-aarch64 ] || cross_compiler
	progress "building gix $version, ${what}once: about 2 minutes on two cores"
	crate_with_time gitoxide "$version" "$time_version" "$work"
	cd "$work/source"
	options=(--locked --no-default-features --features "$features" ${target:+--target "$target"})
	run_cargo "gix $version" "$(crate_count "${options[@]}")" "$work" \
		build --release "${options[@]}" --bin gix
	keep "$(place)"
	if [ -n "$static" ]; then
		# Only the program's own crate is compiled again, to be linked differently.
		run_cargo "gix $version, linked statically" 1 "$work" \
			rustc --release "${options[@]}" --bin gix -- -C "target-feature=+$static"
		keep "$(place "$static")"
	fi
	rm -rf "$work"
}

# The static and the dynamic gix share one lock, because they are built in the same directory.
once "$name-$version" usable build "$cached"
printf '%s\n' "$gix"
