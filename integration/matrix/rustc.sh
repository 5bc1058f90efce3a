# shellcheck shell=bash
# rustc compiles a library and a program that uses it, in one directory. Judged by what the program
# prints.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='rustc'
MAPS='libdep.rlib and libdep.rmeta'
ALONE=fails
SAYS='E0786'
TOUCHED=yes

install() {
	PROGRAM=$(client rustc) && VERSION=$("$PROGRAM" --version | awk '{ print $2 }')
}

job() {
	echo 'pub fn answer() -> u32 { 42 }' >dep.rs &&
		echo 'fn main() { println!("{}", dep::answer()); }' >main.rs &&
		run "$PROGRAM" --crate-type rlib --emit metadata,link dep.rs &&
		run "$PROGRAM" --extern dep=libdep.rmeta --emit metadata main.rs &&
		run "$PROGRAM" --extern dep=libdep.rlib -o main main.rs
}

judge() {
	[ "$(./main)" = 42 ]
}
