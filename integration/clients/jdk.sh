#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a JDK's smallest image (jlink), to be copied to where files cannot be mapped:
# it has the class Everything (jdk/Everything.java), and in the file everything what that prints on
# this disk. Made once, in a few seconds, of the JDK that is installed. Takes --cached
# (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"

modules=java.base
version=$(javac -version 2>/dev/null) || version=none
version=${version#javac }
place=$CACHE/jdk-$version-$(recipe_key "$version" "$modules" "$(cat "$here"/jdk/*)")

usable() {
	[ -s "$place/everything" ]
}

# Moved into place when it is whole. With a CDS archive (.jsa), as an installed JDK has one.
build() {
	local work=$CACHE/jdk-build
	progress "linking an image of JDK $version, once"
	rm -rf "$work" "$place"
	mkdir -p "$work"
	jlink --add-modules "$modules" --strip-debug --no-header-files --no-man-pages \
		--output "$work/image" >&2
	javac -d "$work/image" "$here/jdk/Everything.java"
	"$work/image/bin/java" -Xshare:dump >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		return 1
	}
	"$work/image/bin/java" -cp "$work/image" Everything >"$work/image/everything"
	mv -T "$work/image" "$place"
	rm -rf "$work"
}

once jdk usable build "${1:-}"
printf '%s\n' "$place"
