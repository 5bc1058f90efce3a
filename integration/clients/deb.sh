#!/bin/bash
# SPDX-License-Identifier: MIT
# deb.sh PACKAGE...: prints a directory with the files of these packages of this system's release.
# Does not install them, because some would start a service. Downloads them the first time, in
# seconds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"

packages=("$@")
place=$CACHE/deb-$1-$(apt-cache show --no-all-versions "$@" | grep '^Version:' |
	{ mapfile -t versions && recipe_key "$@" "${versions[@]}"; })

usable() {
	[ -d "$place" ]
}

build() {
	local work=$CACHE/deb-${packages[0]}-build deb
	progress "downloading ${packages[*]}, once"
	rm -rf "$work"
	mkdir -p "$work/debs" "$work/made"
	(cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}") >&2
	for deb in "$work"/debs/*.deb; do
		dpkg-deb -x "$deb" "$work/made"
	done
	mv -T "$work/made" "$place"
	rm -rf "$work"
}
once "deb-$1" usable build
printf '%s\n' "$place"
