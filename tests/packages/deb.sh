#!/bin/bash
# SPDX-License-Identifier: MIT
# The Debian packages: they build, lintian accepts them, and in a clean root of this release they
# are installed, upgraded, used as README.md and config/system say, and purged. Needs root.
# shellcheck disable=SC2317,SC2016,SC2088 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../integration/lib/root.sh
. "$TOP/integration/lib/root.sh"

needs_own_root dpkg-buildpackage dh lintian debootstrap

build=$WORK/build root=$WORK/root
version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
machine=$(dpkg --print-architecture)
libdir=/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
cd "$WORK"
HOME=$REAL_HOME gix=$(client gix)

# --- the packages ---

do_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CC make -s -C "$TOP" "$@" BUILD="$build" 2>&1
}
check 'make deb' do_make deb
privmap=${build}/privmap_${version}_$machine.deb
libprivmap=${build}/libprivmap_${version}_$machine.deb
without_a_word() {
	lintian --allow-root -I --pedantic --fail-on error,warning,info,pedantic "$build"/deb/*.changes >"$out" 2>&1 || return
	cat "$out"
	[ ! -s "$out" ]
}
check '  lintian, pedantic, says nothing of sources and packages' without_a_word
check '  the version is that of the Makefile' \
	[ "$(dpkg-deb -f "$privmap" Version) $(dpkg-deb -f "$libprivmap" Version)" = "$version $version" ]
# needs FIELD PACKAGE: prints the names of the packages in that field.
needs() {
	dpkg-deb -f "$2" "$1" | tr , '\n' | sed 's/^ *//; s/ .*//' >"$out"
	cat "$out"
}
libconfig_where_it_is_read() {
	needs Depends "$libprivmap" && [ "$(cat "$out")" = libc6 ] &&
		needs Recommends "$libprivmap" && grep -q '^libconfig' "$out" &&
		needs Depends "$privmap" && grep -q '^libconfig' "$out"
}
check '  the library needs libc only, the commands libconfig, too' libconfig_where_it_is_read
# Files that the packages of two architectures share would have to be identical.
all_by_architecture() {
	dpkg-deb -c "$libprivmap" | awk '!/^d/ { print $6 }' | grep -vE '^\./usr/share/(doc|lintian|man)/' >"$out"
	grep -qxF ".$libdir/libprivmap.so" "$out" && ! grep -vF ".$libdir/" "$out" &&
		[ "$(dpkg-deb -f "$libprivmap" Multi-Arch)" = same ]
}
check '  the library of each architecture has its own place' all_by_architecture

# --- a clean root ---

progress 'unpacking a clean root'
clean_root "$root"
in_root "$root" useradd -m -s /bin/bash somebody
cp "$gix" "$root/usr/local/bin/gix"
"$TOP/integration/lib/repository.sh" "$WORK/served"
serve_repositories "$WORK/served"
mkdir -m 777 "$WORK/source"
mount_refusing "$WORK/source" "$root/mnt"
mkdir "$root/tmp/packages"

# Lists all files except the notes of dpkg and apt.
inventory() {
	find "$root" -xdev \( -path "$root/tmp" -o -path "$root/var/lib/dpkg" -o -path "$root/var/lib/apt" -o \
		-path "$root/var/cache" -o -path "$root/var/log" -o -path "$root/dev" -o -path "$root/home" -o \
		-path "$root/root" \) -prune -o -printf '%y %m %u:%g %P %l ' \( -type f -printf '%s\n' -o -printf '\n' \) |
		sort
}
# older FILE: makes the same package with an older version.
older() {
	local work
	work=$(mktemp -d "$WORK/older.XXXXXX")
	dpkg-deb -R "$1" "$work/package" && sed -i "s/^Version: .*/Version: 0.0.9/; s/(= $version)/(= 0.0.9)/" \
		"$work/package/DEBIAN/control" && dpkg-deb --root-owner-group -b "$work/package" "$root/tmp/packages" >"$out"
}
apt() {
	in_root "$root" apt-get -q -y -o APT::Sandbox::User=root "$@"
}
# login COMMAND: runs it as typed by a user who has just logged in.
login() {
	in_root "$root" su - somebody -c "cd /mnt && $1"
}
cloned() {
	rm -rf "$WORK/source/clone"
	ends 0 '' login "$1" && fsck_clean "$root/mnt/clone"
}
refused() {
	rm -rf "$WORK/source/clone"
	says 'No such device' login "$1"
}
clone="gix --no-verbose clone $GITURL/x.git clone"

inventory >before
check 'before: a clone is refused' refused "$clone"
older "$libprivmap" && older "$privmap"
check 'an older version is installed' apt install /tmp/packages/privmap_0.0.9_"$machine".deb \
	/tmp/packages/libprivmap_0.0.9_"$machine".deb

# Running programs keep the library that they started with; no program starts without one.
upgraded() {
	local user inode status=0
	inode=$(stat -c %i "$root$libdir/libprivmap.so")
	cp "$privmap" "$libprivmap" "$root/tmp/packages"
	in_root "$root" env LD_PRELOAD="$libdir/libprivmap.so" bash -c 'until [ -e /tmp/done ]; do
		cat /dev/null || echo failed; done' >starts 2>&1 &
	user=$!
	apt install /tmp/packages/{privmap,libprivmap}_"${version}_$machine".deb || status=$?
	kill -0 "$user" || status=1
	touch "$root/tmp/done"
	wait "$user" || status=1
	cat starts
	[ "$status" -eq 0 ] && [ ! -s starts ] && [ "$(stat -c %i "$root$libdir/libprivmap.so")" -ne "$inode" ]
}
check 'it is upgraded, while programs are starting with it' upgraded
check '  all files are as packed' ends 0 '' in_root "$root" dpkg -V privmap libprivmap
check '  dpkg is content' ends 0 '' in_root "$root" dpkg --audit

# --- as README.md says ---

check 'privmap gix clone, by a user' cloned "privmap $clone"
check 'without privmap it is refused' refused "$clone"
check 'privmapctl doctor' prints "privmap $version" login "privmapctl doctor | head -n 1"
check '  a rule file is read' login "privmapctl check /usr/share/doc/privmap/privmap.conf"
legacy() {
	login "cp /usr/local/bin/gix ~/legacy && privmapctl patch ~/legacy" && cloned "~/${clone/#gix/legacy}" &&
		login "privmapctl patch --undo ~/legacy && cmp ~/legacy /usr/local/bin/gix && [ ! -e ~/legacy.privmap-original ]" &&
		refused "~/${clone/#gix/legacy}"
}
bug_script() {
	ends 0 '' login '/usr/share/bug/privmap 3>~/report && cat ~/report' && grep -qx "privmap $version" "$out" &&
		grep -q "^  kernel: " "$out"
}
check "reportbug adds the doctor's answer" bug_script
check 'a legacy binary: patched, served, undone' legacy
by_token() {
	prints "$libdir/libprivmap.so" in_root "$root" env LD_PRELOAD='/usr/$LIB/libprivmap.so' \
		awk '/libprivmap/ { print $6; exit }' /proc/self/maps
}
check "LD_PRELOAD='/usr/\$LIB/libprivmap.so'" by_token
from_pc() {
	prints "$libdir/libprivmap.so" env PKG_CONFIG_LIBDIR="$root$libdir/pkgconfig" pkg-config --variable=library privmap &&
		prints '/usr/$LIB/libprivmap.so' env PKG_CONFIG_LIBDIR="$root$libdir/pkgconfig" \
			pkg-config --variable=preload privmap
}
check 'pkg-config knows its place' from_pc
check 'purged' apt purge privmap libprivmap
check '  nothing is left' diff before <(inventory)

# --- the profile of a system, by the files for cloud-init ---

profile() (
	set -o pipefail
	/usr/bin/python3 -c 'import shlex, sys, yaml
data = yaml.safe_load(open(sys.argv[1]))
assert data["package_update"]
print(*(shlex.join(c) for c in data["runcmd"]), sep="\n")' "$TOP/config/system/cloud-init.yaml" |
		sed 's,@DATADIR@,/usr/share/privmap,; s,/mnt/share/,/srv/privmap/,g'
)
# Acts like cloud-init, with the packages where it looks for them.
set_up() {
	mkdir -p "$root/srv/privmap" && cp "$privmap" "$libprivmap" "$root/srv/privmap" &&
		profile | in_root "$root" sh -eu && in_root "$root" dpkg -s privmap
}
check 'a profile is set up as cloud-init.yaml says' set_up
check '  who logs in is served' cloned "$clone"
check '  PRIVMAP_DISABLE=1 turns it off' refused "PRIVMAP_DISABLE=1 $clone"
chained() {
	prints '/usr/$LIB/libprivmap.so:libm.so.6' in_root "$root" env LD_PRELOAD=libm.so.6 \
		sh -euc '. /etc/profile.d/privmap.sh; . /etc/profile.d/privmap.sh; echo "$LD_PRELOAD"'
}
check '  before other preloaded libraries, once' chained

# --- /etc/ld.so.preload, by the lines of config/system/README.md ---

sed -n 's/^    //p' "$root/usr/share/privmap/README.md" >lines
check 'its lines' [ "$(wc -l <lines)" -eq 9 ]
everywhere() {
	sed -n '1,3p' lines | ends 0 '' in_root "$root" sh -eu && rm "$root/etc/profile.d/privmap.sh" && cloned "$clone"
}
check 'ld.so.preload: all are served' everywhere
check '  PRIVMAP_DISABLE=1 turns it off' refused "PRIVMAP_DISABLE=1 $clone"
broken() {
	: >"$root$libdir/libprivmap.so" && ends 0 "ERROR: ld\.so: .*cannot be preloaded.*: ignored\." in_root "$root" true
}
check '  a broken library stops nothing' broken
hatch() {
	in_root "$root" bash -c "$(sed -n 4p lines)" 2>"$err" && [ ! -s "$root/etc/ld.so.preload" ] &&
		ends 0 '' in_root "$root" true
}
check '  the escape hatch' hatch
by_busybox() {
	sed -n '2,3p' lines | in_root "$root" sh -eu && ends 0 '' in_root "$root" busybox rm /etc/ld.so.preload &&
		ends 0 '' in_root "$root" true
}
check '  the static one' by_busybox
gone() {
	rm -r "$root/etc/environment.d" "$root/srv/privmap" &&
		apt purge privmap libprivmap && diff before <(inventory)
}
check 'undone and purged: nothing is left' gone

# --- the autopkgtest of the packages, as distributions run it ---

if ! command -v autopkgtest >"$out"; then
	skip 'autopkgtest' 'no autopkgtest'
	t_end
fi
clean_root "$WORK/tested" apt-utils gcc libc6-dev python3
autopkgtested() {
	autopkgtest --summary-file="$WORK/summary" "$build"/{privmap,libprivmap}_*.deb "$build/deb/privmap-$version/" \
		-- chroot "$WORK/tested" >"$out" 2>&1 || tail -n 30 "$out"
	grep -E '^smoke +PASS$' "$WORK/summary"
}
check 'autopkgtest: smoke passes' autopkgtested
t_end
