#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the path of a python with pygit2, from the wheel that contains a libgit2. Makes a venv the
# first time, in seconds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=venv.sh
. "$(dirname "${BASH_SOURCE[0]}")/venv.sh"

# The newest release with a wheel for each python; all of them have an affected libgit2.
case $python_version in
3.8) version=1.13.3 ;;
3.9) version=1.15.1 ;;
3.10) version=1.18.2 ;;
*) version=1.21.0 ;;
esac
place=$CACHE/pygit2-$version-$(recipe_key "$version" "$python_version")

usable() {
	[ "$("$place/bin/python" -c 'import pygit2; print(pygit2.__version__)' 2>/dev/null)" = \
		"$version" ]
}

build() {
	progress "installing pygit2 $version, once"
	make_venv pygit2 "$place" "pygit2==$version"
}

once "pygit2-$version" usable build
printf '%s\n' "$place/bin/python"
