# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Finds a cargo and rustc that can build gix 0.33.0. Its crates need Rust 1.70 (gix 0.57 does);
# Ubuntu has newer ones besides the plain one, as cargo-1.NN and rustc-1.NN. Also has the jobs of
# cargo that several clients share. Source it after cache.sh.

RUST_MINOR=70

# new_enough RUSTC: succeeds if it is; knows only 1.NN, because no other version exists.
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

# crate_source CRATE VERSION DIR: puts it into DIR/source. cargo fetches only dependencies, so an
# empty package depends on it.
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

# cargo_for WHAT: calls find_cargo. If that fails, prints that WHAT needs cargo, and fails.
cargo_for() {
	find_cargo || {
		progress "$1 needs cargo and rustc 1.$RUST_MINOR or newer"
		return 1
	}
}

# cargo_for_musl: those of rust-musl.sh, which build for MUSL_TARGET.
# shellcheck disable=SC2034 # for who sourced this
MUSL_TARGET=x86_64-unknown-linux-musl
cargo_for_musl() {
	local place
	place=$("$(dirname "${BASH_SOURCE[0]}")/rust-musl.sh") || {
		local status=$?
		printf '%s\n' "$place" # the reason
		exit "$status"
	}
	CARGO=$place/cargo
	export RUSTC=$place/rustc
}

# crate_with_time CRATE VERSION TIME DIR: crate_source, with TIME as its version of time, because
# its own lock pins one that compilers since 1.80 reject. Keeps the results of an interrupted build
# there.
crate_with_time() {
	[ ! -f "$4/ready-$3" ] || return 0
	rm -rf "$4"
	mkdir -p "$4"
	crate_source "$1" "$2" "$4"
	(cd "$4/source" && "$CARGO" update --quiet -p time --precise "$3")
	: >"$4/ready-$3"
}

# crate_count OPTION...: how many cargo build OPTION... will compile.
crate_count() {
	"$CARGO" tree --quiet "$@" -e normal,build --prefix none | sed 's/ (\*)$//' | sort -u | wc -l
}

# run_cargo WHAT TOTAL DIR COMMAND ARG...: cargo COMMAND ARG... builds WHAT in DIR; prints the
# progress, of TOTAL crates.
run_cargo() {
	local what=$1 total=$2 work=$3
	shift 3
	if ! "$CARGO" "$1" --target-dir "$work/target" "${@:2}" 2>&1 | tee "$work/log" |
		counted 'Compiling *' "$total" crates "building $what"; then
		tail -n 20 "$work/log" >&2
		progress "$what could not be built; the whole log: $work/log"
		return 1
	fi
}
