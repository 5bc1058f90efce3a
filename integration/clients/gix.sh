#!/bin/bash
# Prints the path of gix 0.33.0, the newest affected release that is not yanked; builds it the
# first time, in 3 to 4 minutes. Run by every test and the demo that needs an unmodified client.
# With --static it is the static one of gix-static.sh, with --fixed the release of gix-fixed.sh. With
# --cached it never builds, and fails if there is none yet.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/cargo.sh"

version=0.33.0
# The crate's own lock pins a time that compilers since 1.80 reject: the one change made to it.
time_version=0.3.36
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
	local work=$CACHE/gix-$version-build total target made
	if ! find_cargo; then
		progress "gix $version needs cargo and rustc 1.$RUST_MINOR or newer"
		return 1
	fi
	progress "building $name $version, once: about 4 minutes on two cores"
	if [ ! -f "$work/ready-$time_version" ]; then
		rm -rf "$work"
		mkdir -p "$work"
		crate_source gitoxide "$version" "$work"
		(cd "$work/source" && "$CARGO" update --quiet -p time --precise "$time_version")
		: >"$work/ready-$time_version"
	fi
	cd "$work/source"
	target=() made=$work/target
	if [ "$name" = gix-static ]; then
		# With a target that is named, flags do not reach what cargo itself is to run.
		target=(--target "$("$RUSTC" -vV | sed -n 's/^host: //p')") made+=/${target[1]}
		export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+$static"
	fi
	total=$("$CARGO" tree --quiet --locked --no-default-features --features "$features" -e normal,build \
		--prefix none | sed 's/ (\*)$//' | sort -u | wc -l)
	if ! "$CARGO" build --release --locked --no-default-features --features "$features" --bin gix \
		--target-dir "$work/target" "${target[@]}" 2>&1 | tee "$work/log" |
		counted 'Compiling *' "$total" crates "building $name $version"; then
		tail -n 20 "$work/log" >&2
		progress "$name could not be built; the whole log: $work/log"
		return 1
	fi
	mkdir -p "$place"
	cp "$made/release/gix" "$place/.gix"
	mv "$place/.gix" "$gix"
	rm -rf "$work"
}

# One lock for the static and the other one, for they are built in one place.
once "gix-$version" usable build "$cached"
printf '%s\n' "$gix"
