# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# rustc compiles a library and a program that uses it, and again after a change, incrementally.
# Judged by the output of the program, and by the absence of warnings.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='rustc'
GROUP=builds
MAPS='.rlib, .rmeta and what the last run left in incremental: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='error.E0786.: found invalid metadata files'
TOUCHED=yes
NOTE='newer ones (1.85, 1.95) map the same files MAP_PRIVATE'

install() {
	PROGRAM=$(client rust)/rustc && VERSION=$("$PROGRAM" --version | awk '{ print $2 }')
}

compile() {
	printf 'pub fn answer() -> u32 { %d }\n' "$1" >dep.rs &&
		echo 'fn main() { println!("{}", dep::answer()); }' >main.rs &&
		run "$PROGRAM" -C incremental=incremental --crate-type rlib --emit metadata,link dep.rs &&
		run "$PROGRAM" -C incremental=incremental -L . --extern dep main.rs
}

job() {
	local status
	{ compile 41 && compile 42; } 2>messages
	status=$?
	cat messages >&2
	return "$status"
}

judge() {
	[ "$(./main)" = 42 ] && diff /dev/null messages
}
