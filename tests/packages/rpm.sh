#!/bin/bash
# SPDX-License-Identifier: MIT
# The other packages: the rpms build where rpmbuild is installed, and their files work. The recipes
# of Alpine and Arch are shell scripts.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

build=$WORK/build
version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
cd "$WORK"

# Does what Alpine's abuild would do, as far as a shell can.
recipe() {
	ends 0 '' env srcdir=/src sh -euc '. "$1"; for part in build check package; do type "$part" >/dev/null; done; echo "$pkgver"' sh \
		"$TOP/config/packages/alpine/APKBUILD" && [ "$(cat "$out")" = "$version" ]
}
check 'the APKBUILD is of this version' recipe
packaged() {
	(
		"$TOP/config/packages/tree.sh" "$1" && cd "$1" && srcdir=$PWD pkgdir=$1/pkg
		export pkgdir srcdir
		# shellcheck source=/dev/null
		set -eu && . config/packages/alpine/APKBUILD && unset BUILD MAKEFLAGS MFLAGS MAKELEVEL &&
			build && check && package
	) >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	diff <(echo ./usr/lib/libprivmap.so) <(cd "$1/pkg" && find . -type f)
}
mkdir alpine
check '  its build, check and package, with this libc' packaged "$WORK/alpine"
# Acts like makepkg, on the tarball of make dist.
arch() {
	(
		"$TOP/config/packages/tree.sh" "$WORK/arch/privmap-$version" && cd "$WORK/arch" && pkgdir=$WORK/arch/pkg
		export pkgdir
		# shellcheck source=/dev/null
		set -eu && . "$TOP/config/packages/arch/PKGBUILD" && unset BUILD MAKEFLAGS MFLAGS MAKELEVEL && build && package
	) >"$out" 2>&1 || {
		cat "$out"
		return 1
	}
	ends 0 '' arch/pkg/usr/bin/privmap true && [ -s arch/pkg/usr/share/licenses/privmap/LICENSE ] &&
		[ ! -e arch/pkg/usr/share/doc/privmap/LICENSE ]
}
check "the PKGBUILD's build and package" arch

if ! command -v rpmbuild >"$out" || ! command -v cpio >"$out"; then
	skip 'rpms' 'no rpmbuild or no cpio'
	t_end
fi
# rpm's database does not know the packages of this system.
made() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP" BUILD="$build" RPMFLAGS=--nodeps rpm &&
		[ "$(find "$build/rpm/RPMS" -name "*privmap-$version-*.rpm" | wc -l)" -eq 2 ]
}
check 'make rpm' made
unpacked() {
	local file
	mkdir root && cd root || return
	for file in "$build"/rpm/RPMS/*/*.rpm; do
		rpm2cpio "$file" | cpio -idm --quiet || return
	done
	cd ..
	libdir=$(rpm -E '%{_libdir}')
	[ -f "root$libdir/libprivmap.so" ]
}
check '  they can be unpacked' unpacked
works() {
	prints "privmap $version" root/usr/bin/privmap --version &&
		PRIVMAP_CONFIG=$TOP/config/privmap.conf ends 0 '' env LD_PRELOAD="$PWD/root$libdir/libprivmap.so" true &&
		prints '/usr/$LIB/libprivmap.so' env PKG_CONFIG_LIBDIR="root$libdir/pkgconfig" \
			pkg-config --variable=preload privmap
}
check '  their contents work' works
t_end
