#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gix 0.33.0, the newest affected release that is not yanked; builds it the first
# time, in 2 minutes. With --static it is the static one of gix-static.sh, and the other one is
# there as well; with --fixed the release of gix-fixed.sh. Takes --cached (lib/cache.sh).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/cargo.sh"

version=0.33.0
time_version=0.3.36 # the one change made to the crate
# What clones by git:// and reads a repository. HTTP and the commands that keep a database are left
# out: they take half of the time that max-pure takes.
features='small gitoxide-core-blocking-client fast-safe'
name=gix static='' cached=''
for option; do
	case $option in
	--static) name=gix-static static=crt-static ;;
	--fixed) version=0.35.0 ;;
	--cached) cached=$option ;;
	esac
done
key=$(recipe_key "$version" "$time_version" "$features" ${static:+"$static"})
place=$CACHE/$name-$version-$key
gix=$place/gix

# It does not tell its version; but it may have been built on another system.
usable() {
	"$gix" --help >/dev/null 2>&1
}

# keep DIRECTORY: what was built goes there.
keep() {
	mkdir -p "$1"
	cp "$work/target/release/gix" "$1/.gix"
	mv "$1/.gix" "$1/gix"
}

# The work is kept when it is interrupted (the lock makes it ours alone), so that the next run
# goes on there; the finished program is moved into place, whole or not at all.
build() {
	local work=$CACHE/gix-$version-build options
	cargo_for "gix $version"
	progress "building $name $version, once: about 2 minutes on two cores"
	crate_with_time gitoxide "$version" "$time_version" "$work"
	cd "$work/source"
	options=(--locked --no-default-features --features "$features")
	run_cargo "$name $version" "$(crate_count "${options[@]}")" "$work" \
		build --release "${options[@]}" --bin gix
	if [ "$name" = gix-static ]; then
		keep "$CACHE/gix-$version-$(recipe_key "$version" "$time_version" "$features")"
		# All but the program's own crate is the same, and only linking is another.
		run_cargo "$name $version, linked statically" 1 "$work" \
			rustc --release "${options[@]}" --bin gix -- -C "target-feature=+$static"
	fi
	keep "$place"
	rm -rf "$work"
}

# One lock for the static and the other one, for they are built in one place.
once "gix-$version" usable build "$cached"
printf '%s\n' "$gix"
