#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with JGit's jars and the class Reads (jgit/Reads.java), made the
# first time, in half a minute. Takes --cached (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=maven.sh
. "$here/maven.sh"

# JGit 7 needs Java 17.
java=$(javac -version 2>/dev/null) || java=
java=${java#javac } java=${java%%.*}
if [ "${java:-0}" -ge 17 ]; then
	version=7.8.1.202611041320-r slf4j=2.0.18 release=17
else
	version=6.10.1.202505221210-r slf4j=1.7.36 release=11
fi
place=$CACHE/jgit-$(recipe_key "$version" "$release" "$slf4j" "$(cat "$here"/jgit/*)")

usable() {
	[ -e "$place/Reads.class" ]
}

build() {
	progress "fetching JGit ${version%.*}, once"
	make_jars jgit "$place" "$here/jgit/pom.xml" "$release" "$here/jgit/Reads.java" \
		-Djgit="$version" -Dslf4j="$slf4j"
}

once jgit usable build "${1:-}"
printf '%s\n' "$place"
