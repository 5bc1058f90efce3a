#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a directory with JGit's jars and the class Reads (jgit/Reads.java), made the
# first time, in half a minute. With --cached it never builds, and fails if there is none yet.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"

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

# Moved into place when it is whole.
build() {
	local work=$CACHE/jgit-build
	progress "fetching JGit ${version%.*}, once"
	rm -rf "$work" "$place"
	mkdir -p "$work/made"
	cp "$here/jgit/pom.xml" "$work"
	if ! mvn --batch-mode --strict-checksums --file "$work/pom.xml" \
		-Dmaven.repo.local="$work/repository" -Djgit="$version" -Dslf4j="$slf4j" \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DoutputDirectory="$work/made" >"$work/log" 2>&1; then
		tail -n 20 "$work/log" >&2
		progress "JGit could not be fetched; the whole log: $work/log"
		return 1
	fi
	javac --release "$release" -cp "$work/made/*" -d "$work/made" "$here/jgit/Reads.java"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once jgit usable build "${1:-}"
printf '%s\n' "$place"
