# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# mold links a library, into a plain directory and below .git, where the built-in rules apply.
# Judged by the symbol in it.
# shellcheck disable=SC2034,SC2317 # read and called by the runner

TITLE='mold'
GROUP='must not change'
QUICK=yes
MAPS='its output: PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR'
ALONE=fails
SAYS='mmap failed: No such device'
UNDER=fails
UNCHANGED=yes
TOUCHED=no
NOTE='it writes through a shared mapping, which is never touched: it fails as without privmap'

install() {
	PROGRAM=$(command -v mold) && VERSION=$("$PROGRAM" --version | awk '{ print $2 }')
}

job() {
	local dir status=0
	mkdir -p .git
	printf 'int main(void) { return 7; }\n' | "${CC:-cc}" -x c -c -o "$SCRATCH/start.o" - || return
	for dir in . .git; do
		run "$PROGRAM" -shared -o "$dir/start.so" "$SCRATCH/start.o" || status=$?
	done
	return "$status"
}

judge() {
	local dir
	for dir in . .git; do
		readelf --dyn-syms --wide "$dir/start.so" | grep -qw main || return
	done
}
