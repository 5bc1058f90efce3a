#!/bin/bash
# Prints the path of jj 0.15.1, a release of Jujutsu whose gix, 0.58, is an affected one, as its
# libgit2 is; builds it the first time, in 8 minutes. With --cached it never builds, and fails if there
# is none yet. Run by the matrix.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cache.sh"
# shellcheck source-path=SCRIPTDIR source=cargo.sh
. "$(dirname "${BASH_SOURCE[0]}")/cargo.sh"

RUST_MINOR=76 # what it asks for
version=0.15.1
# As in gix.sh, the lock's time is one that newer compilers reject.
time_version=0.3.36
# libgit2 is its own, whatever the system has.
options=(--locked --no-default-features --features git2/vendored-libgit2)
place=$CACHE/jj-$version-$(recipe_key "$version" "$time_version" "${options[@]}")
jj=$place/jj

usable() {
	[[ $("$jj" --version 2>/dev/null) == "jj $version"* ]]
}

# As in gix.sh: what is built is kept when it is interrupted, and moved into place when it is whole.
build() {
	local work=$CACHE/jj-build total
	if ! find_cargo; then
		progress "jj $version needs cargo and rustc 1.$RUST_MINOR or newer"
		return 1
	fi
	progress "building jj $version, once: about 8 minutes on two cores"
	if [ ! -f "$work/ready-$time_version" ]; then
		rm -rf "$work"
		mkdir -p "$work"
		crate_source jj-cli "$version" "$work"
		(cd "$work/source" && "$CARGO" update --quiet -p time --precise "$time_version")
		: >"$work/ready-$time_version"
	fi
	cd "$work/source"
	total=$("$CARGO" tree --quiet "${options[@]}" -e normal,build --prefix none |
		sed 's/ (\*)$//' | sort -u | wc -l)
	if ! "$CARGO" build --release "${options[@]}" --bin jj --target-dir "$work/target" 2>&1 |
		tee "$work/log" |
		counted 'Compiling *' "$total" crates "building jj $version"; then
		tail -n 20 "$work/log" >&2
		progress "jj could not be built; the whole log: $work/log"
		return 1
	fi
	mkdir -p "$place"
	cp "$work/target/release/jj" "$place/.jj"
	mv "$place/.jj" "$jj"
	cd "$place" # jj itself wants to be somewhere
	rm -rf "$work"
}

once "jj-$version" usable build "${1:-}"
printf '%s\n' "$jj"
