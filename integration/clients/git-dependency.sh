# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A program in Rust that depends on a crate in git, for rows of the matrix.
# shellcheck disable=SC2154 # the runner sets them

# make_crate: makes the crate, $SCRATCH/crate: the usual repository, with a crate as its last commit.
make_crate() {
	git clone --quiet --no-hardlinks "$SERVED/x.git" "$SCRATCH/crate" || return
	printf '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "dep.rs"\n' \
		>"$SCRATCH/crate/Cargo.toml"
	echo 'pub fn answer() -> u32 { 42 }' >"$SCRATCH/crate/dep.rs"
	git -C "$SCRATCH/crate" add -A && git -C "$SCRATCH/crate" commit --quiet -m 'a crate'
}

# make_program PLACE: makes PLACE/program, and lets cargo keep the crate in PLACE/home.
make_program() {
	mkdir -p "$1/program/src" "$1/home" || return
	cat >"$1/program/Cargo.toml" <<-END
		[package]
		name = "program"
		version = "0.1.0"
		edition = "2021"
		[dependencies]
		dep = { git = "file://$SCRATCH/crate" }
	END
	printf 'fn main() {\n    let got = dep::answer();\n    println!("{}", got);\n}\n' >"$1/program/src/main.rs"
	export CARGO_HOME=$1/home CARGO_NET_GIT_FETCH_WITH_CLI=false CARGO_NET_RETRY=0
}
