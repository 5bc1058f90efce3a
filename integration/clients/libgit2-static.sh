#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a static program with libgit2 (libgit2-jobs.c), which no preload library can
# reach. Builds it the first time, in a second.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"

CC=${CC:-cc}
version=$(pkg-config --modversion libgit2)
place=$CACHE/libgit2-static-$(recipe_key "$version" "$(cat "$here"/libgit2-{jobs.c,static.sh})")
program=$place/libgit2-jobs

usable() {
	[[ $("$program" 2>&1) == usage* ]]
}

# Prints the options of pkg-config, without the libraries that have no static form. Asks for libssh2
# too, because the answer for libgit2 does not always name everything that libssh2 needs.
libraries() {
	local word file
	for word in $(pkg-config --static --libs libgit2 libssh2); do
		case $word in
		-l*)
			file=$("$CC" -print-file-name="lib${word#-l}.a")
			[ -e "$file" ] || continue
			;;
		esac
		printf '%s\n' "$word"
	done
}

# Kerberos has no static library. Only http:// needs it, which no job here uses.
build() {
	local words
	mapfile -t words < <(libraries)
	mkdir -p "$place"
	"$CC" -std=gnu11 -O2 -Wall -Wextra -static -Wl,--unresolved-symbols=ignore-all \
		-o "$place/.new" "$here/libgit2-jobs.c" \
		-Wl,--start-group "${words[@]}" -Wl,--end-group 2>"$place/log" || {
		cat "$place/log" >&2
		progress 'libgit2 could not be linked statically'
		return 1
	}
	mv "$place/.new" "$program"
}

once libgit2-static usable build
printf '%s\n' "$program"
