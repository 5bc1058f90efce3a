#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of gix 0.33.0, the newest affected release that is not yanked; builds it the
# first time, in 3 to 4 minutes.
# With --static it is the static one of gix-static.sh, with --fixed the release of gix-fixed.sh. With
# --cached it never builds, and fails if there is none yet.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/cargo.sh"

version=0.33.0
time_version=0.3.36 # the one change made to the crate
features=max-pure
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

# The work is kept when it is interrupted (the lock makes it ours alone), so that the next run
# goes on there; the finished program is moved into place, whole or not at all.
build() {
	local work=$CACHE/gix-$version-build target made options
	cargo_for "gix $version"
	progress "building $name $version, once: about 4 minutes on two cores"
	crate_with_time gitoxide "$version" "$time_version" "$work"
	cd "$work/source"
	target=() made=$work/target
	if [ "$name" = gix-static ]; then
		# With a target that is named, flags do not reach what cargo itself is to run.
		target=(--target "$("$RUSTC" -vV | sed -n 's/^host: //p')") made+=/${target[1]}
		export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+$static"
	fi
	options=(--locked --no-default-features --features "$features")
	run_cargo "$name $version" "$(crate_count "${options[@]}")" "$work" \
		build --release "${options[@]}" --bin gix "${target[@]}"
	mkdir -p "$place"
	cp "$made/release/gix" "$place/.gix"
	mv "$place/.gix" "$gix"
	rm -rf "$work"
}

# One lock for the static and the other one, for they are built in one place.
once "gix-$version" usable build "$cached"
printf '%s\n' "$gix"
