#!/bin/bash
# SPDX-License-Identifier: MIT
# All recipes have the version and the homepage of the Makefile, and make dist makes the same bytes
# each time.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cd "$TOP"
version=$(sed -n 's/^VERSION = //p' Makefile)
recipes=config/packages
# of FILE PATTERN: the sed pattern finds this version, and nothing else.
of() {
	[ "$(sed -n "s/$2/\1/p" "$1" | sort -u)" = "$version" ]
}
check 'the version: of the changelog, in its first line' \
	of <(head -n 1 $recipes/debian/changelog) '^privmap (\(.*\)) .*'
check '  of the spec' of $recipes/rpm/privmap.spec '^Version: *\(.*\)'
check '  of its changelog' of <(sed -n '/^%changelog/,$p' $recipes/rpm/privmap.spec | grep -m 1 '^\*') '.* - \(.*\)-[0-9]*$'
check '  of the APKBUILD' of $recipes/alpine/APKBUILD '^pkgver=\(.*\)'
check '  of the PKGBUILD' of $recipes/arch/PKGBUILD '^pkgver=\(.*\)'
check '  NEWS tells of it' grep -q "^## ${version//./\\.}\( \|$\)" NEWS.md

homepage=$(sed -n 's/^HOMEPAGE = //p' Makefile)
# names_homepage FIELD FILE BEHIND: the field is the homepage and BEHIND. Not for README.md and the
# wheel: make fills these in.
names_homepage() {
	grep -oE "$1.*" "$2" | sed -E "s,$1[\" ]*,,; s,[\";]*\$,," >"$out"
	cat "$out"
	[ "$(cat "$out")" = "$homepage$3" ]
}
for field in Homepage: Vcs-Browser:; do
	check "the homepage: $field" names_homepage "^$field" $recipes/debian/control ''
done
check '  Vcs-Git:' names_homepage '^Vcs-Git:' $recipes/debian/control .git
check '  of the spec' names_homepage '^URL:' $recipes/rpm/privmap.spec ''
check '  of the APKBUILD' names_homepage '^url=' $recipes/alpine/APKBUILD ''
check '  of the PKGBUILD' names_homepage '^url=' $recipes/arch/PKGBUILD ''
check '  the watch file' grep -q "^$homepage/" $recipes/debian/watch
another_homepage() (
	"$recipes/tree.sh" "$WORK/tree" && cd "$WORK/tree" &&
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s homepage HOMEPAGE='https://other.example/~x' &&
		! grep -rF "$homepage" Makefile config &&
		diff <(grep -rlF "$homepage" "$TOP/Makefile" "$TOP/config" | sed "s,^$TOP/,," | sort) \
			<(grep -rlF 'https://other.example/~x' Makefile config | sort)
)
check 'make homepage writes another one into all of them' another_homepage

if ! git rev-parse --verify -q HEAD >"$out" 2>&1; then
	skip 'make dist' 'this is no repository'
	t_end
fi
dist() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s BUILD="$WORK/$1" dist
}
same_bytes() {
	(umask 022 && dist one) && (umask 077 && TZ=Asia/Tokyo dist two) &&
		cmp "$WORK"/{one,two}/privmap-"$version".tar.gz
}
check 'make dist: the same bytes twice' same_bytes
holds_it() {
	tar -tzf "$WORK/one/privmap-$version.tar.gz" >"$out" && ! grep -v "^privmap-$version/" "$out" &&
		grep -qx "privmap-$version/Makefile" "$out" && grep -qx "privmap-$version/shim/core/rules/rules.c" "$out"
}
check '  below one directory' holds_it
right_sums() {
	(cd "$WORK/one" && grep -q " privmap-$version.tar.gz\$" SHA256SUMS && sha256sum --strict -c SHA256SUMS)
}
check '  SHA256SUMS has its checksum' right_sums
t_end
