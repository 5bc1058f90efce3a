#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with Lucene's jar and the class Pages (lucene/Pages.java), made the
# first time, in half a minute. Takes --cached (lib/cache.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=maven.sh
. "$here/maven.sh"

version=9.12.3 # the last that needs no newer Java than 11
place=$CACHE/lucene-$(recipe_key "$version" "$(cat "$here"/lucene/*)")

usable() {
	[ -e "$place/Pages.class" ]
}

build() {
	progress "fetching Lucene $version, once"
	make_jars lucene "$place" "$here/lucene/pom.xml" 11 "$here/lucene/Pages.java" -Dlucene="$version"
}

once lucene usable build "${1:-}"
printf '%s\n' "$place"
