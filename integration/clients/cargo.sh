# shellcheck shell=bash
# Finds a cargo and rustc that can build gix 0.33.0. Its crates ask for Rust 1.70 (gix 0.57 itself
# does); Ubuntu has newer ones beside the plain one, as cargo-1.NN and rustc-1.NN. And what cargo is
# used for by more than one. Sourced by clients/gix.sh and others that build with them, and
# packages.sh, which installs them.

RUST_MINOR=70

# new_enough RUSTC: says so by its status; 1.NN only, as there has been no other.
new_enough() {
	local version
	version=$("$1" --version 2>/dev/null) || return 1
	version=${version#rustc 1.}
	[ "${version%%.*}" -ge "$RUST_MINOR" ] 2>/dev/null
}

# find_cargo: sets CARGO and exports RUSTC.
find_cargo() {
	local suffix
	for suffix in '' $(compgen -c cargo-1. | sed 's/^cargo//' | sort -rV); do
		if command -v "cargo$suffix" >/dev/null && new_enough "rustc$suffix"; then
			# shellcheck disable=SC2034 # for who sourced this
			CARGO=cargo$suffix
			export RUSTC=rustc$suffix
			return 0
		fi
	done
	return 1
}

# crate_source CRATE VERSION DIR: puts it into DIR/source. It comes out of the registry as a
# dependency of something: of an empty package.
crate_source() {
	local dummy=$3/dummy manifest
	mkdir -p "$dummy/src"
	: >"$dummy/src/lib.rs"
	cat >"$dummy/Cargo.toml" <<-END
		[package]
		name = "dummy"
		version = "0.0.0"
		[dependencies]
		$1 = { version = "=$2", default-features = false }
	END
	manifest=$("$CARGO" metadata --quiet --format-version 1 --manifest-path "$dummy/Cargo.toml" |
		grep -o "\"manifest_path\":\"[^\"]*/$1-$2/Cargo.toml\"" | head -n 1)
	manifest=${manifest#*:\"}
	cp -R "${manifest%/Cargo.toml\"}" "$3/source"
	chmod -R u+w "$3/source"
}
