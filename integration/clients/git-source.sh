#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints the directory of git 2.39.5, built from the sources of Debian 12's package, whose t/ is
# git's own test suite. Built once, in 2 minutes, without support for networks. Takes --cached
# (lib/cache.sh).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest/aarch64/bookworm.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/aarch64/bookworm.sh"

version=2.39.5
options=(NO_OPENSSL=1 NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PYTHON=1)
# It is built in its final place, because its scripts contain the path.
place=$CACHE/git-$version-$(recipe_key "$version" "${options[*]}")
work=$CACHE/git-$version-build

usable() {
	[ -e "$place/finished" ] && "$place/git" --version >/dev/null 2>&1
}

build() {
	local total
	progress "building git $version, once: about 2 minutes on two cores"
	rm -rf "$work" "$place"
	bookworm "$work" amd64
	sed -i 's/^deb /deb-src /' "$work/sources/bookworm.list"
	private_apt "$work" "$work/sources"
	(cd "$work" && apt-get -q -y "${APT[@]}" source --download-only git) >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		return 1
	}
	mkdir "$place"
	tar -C "$place" --strip-components=1 -xf "$work/git_$version.orig.tar.xz"
	total=$(make -C "$place" -n "${options[@]}" all | grep -cE '^(echo| *CC| *gcc| *cc).*\.o ') || :
	if ! make -C "$place" -j"$(nproc)" "${options[@]}" all 2>&1 | tee "$place/log" |
		counted 'CC *' "$total" files "building git $version"; then
		tail -n 20 "$place/log" >&2
		progress "git $version could not be built; the whole log: $place/log"
		return 1
	fi
	touch "$place/finished"
	rm -rf "$work"
}

once "git-$version" usable build "${1:-}"
printf '%s\n' "$place"
