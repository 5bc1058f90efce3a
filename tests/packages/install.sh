#!/bin/bash
# SPDX-License-Identifier: MIT
# make install and make uninstall: they install the right files, which work there and after a move,
# and touch nothing else.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cd "$WORK"
# The variables of make check must not count here.
unset MAKEFLAGS MFLAGS MAKELEVEL PREFIX DESTDIR BINDIR LIBDIR DOCDIR SYSCONFDIR

# do_make TARGET VARIABLE...: another PREFIX needs another build.
do_make() {
	make -s -C "$TOP" BUILD="$WORK/build" CC="$CC" "$@" 2>&1 | grep -vE '^  (CC|LD|AR) '
	return "${PIPESTATUS[0]}"
}

# files DIR PREFIX LIBDIR: DIR has exactly these files.
files() {
	local name
	echo "755 $1/bin/privmap"
	echo "755 $1/bin/privmapctl"
	for name in man1/privmap.1 man1/privmapctl.1 man5/privmap.conf.5 man7/privmap-differences.7 man8/libprivmap.so.8; do
		echo "644 $1/share/man/$name"
	done
	for name in privmap privmapctl; do
		echo "644 $1/share/bash-completion/completions/$name"
		echo "644 $1/share/zsh/site-functions/_$name"
		echo "644 $1/share/fish/vendor_completions.d/$name.fish"
	done
	echo "644 $2/libprivmap.so"
	echo "644 $2/libprivmap-exec.so"
	echo "644 $2/privmap/privmap-config.so"
	echo "644 $2/pkgconfig/privmap.pc"
	for name in README.md Dockerfile cloud-init.yaml incus-profile.yaml profile.d/privmap{,-exec}.sh conf.d/privmap.fish \
		environment.d/50-privmap{,-exec}.conf systemd/privmap.conf; do
		echo "644 $1/share/privmap/$name"
	done
	for name in LICENSE README.md SECURITY.md privmap.conf; do
		echo "644 $1/share/doc/privmap/$name"
	done
	for name in "$TOP"/config/examples/*.conf; do
		echo "644 $1/share/doc/privmap/examples/${name##*/}"
	done
}
holds() {
	diff -u --label wanted --label got <(files "$2" "$3" | sort -k 2) \
		<(cd "$1" && find "${2%%/*}" "${3%%/*}" ! -type d -printf '%m %p\n' | sort -uk 2)
}

# works PRIVMAP LIBRARY: without options, it finds its library and its examples; the command and
# both libraries find the rule file loader.
started=$BUILD/integration/programs/started
works() {
	local wrong="privmap: $WORK/wrong\.conf:1: .*publish.*"
	"$1" --for models printenv PRIVMAP_CONFIG && "$1" --for list &&
		prints "$2:${2%.so}-exec.so" "$1" printenv LD_PRELOAD &&
		prints "export LD_PRELOAD='$2'"$'\n'"export ASAN_OPTIONS='verify_asan_link_order=0'" "${1}ctl" env &&
		ends 125 "$wrong" "$1" -c wrong.conf true &&
		"$1" "$started" by execve "$started-static" | grep -qx traced &&
		PRIVMAP_CONFIG=$WORK/wrong.conf ends 0 "$wrong" "$1" cat /dev/null
}
echo 'rules = ( { path = "*"; action = "publish"; } );' >wrong.conf

umask 077
check 'make install with a DESTDIR' do_make install DESTDIR="$WORK/de st" PREFIX=/usr
check 'its files, whatever the umask' holds "$WORK/de st" usr usr/lib
directories_open() {
	! find "$WORK/de st" -mindepth 1 -type d ! -perm 755 | grep .
}
check 'its directories' directories_open
links_lead_somewhere() {
	local link
	grep -oE '\]\([^)]*\)' "$WORK/de st/usr/share/doc/privmap/README.md" | tr -d '])(' >"$out"
	[ -s "$out" ] && while IFS= read -r link; do
		case $link in
		https://*) ;;
		*)
			echo "leads nowhere: $link"
			return 1
			;;
		esac
	done <"$out"
}
check 'the links of its README.md lead somewhere' links_lead_somewhere
has_version() {
	local page
	for page in "$WORK/de st"/usr/share/man/man*/*; do
		mandoc -T ascii "$page" | tail -n 1 >"$out"
		grep -F "privmap $("$WORK/de st/usr/bin/privmap" --version | sed '1s/.* //; q')" "$out" || return
	done
}
check 'its manuals tell the version' has_version
pages_shown() {
	man -l "$WORK/de st/usr/share/man/man1/privmapctl.1" 2>"$err" | grep -q 'check filesystems'
}
if command -v man >"$out"; then
	check 'man shows its pages' pages_shown
else
	skip 'man shows its pages' 'there is no man'
fi
no_rule_file() {
	! find "$WORK/de st" -name '*.conf' ! -path '*/share/*' | grep .
}
check 'no rule file: each program would read it' no_rule_file

filled_in() {
	! grep -rE '@[A-Z_]+@' "$WORK/de st/usr/share/privmap" "$WORK/de st/usr/lib/pkgconfig" &&
		prints /usr/lib/libprivmap.so env PKG_CONFIG_LIBDIR="$WORK/de st/usr/lib/pkgconfig" \
			pkg-config --variable=library privmap
}
check "the library's place is filled in, and known to pkg-config" filled_in

as_it_was_built() {
	local before
	before=$(stat -c '%n %y' "$WORK"/build/{privmap,privmapctl,libprivmap.so,libprivmap-exec.so,privmap-config.so})
	do_make install DESTDIR="$WORK/de st" PREFIX=/usr CFLAGS='-O0 -g3' LDFLAGS=-s &&
		diff <(echo "$before") <(stat -c '%n %y' "$WORK"/build/{privmap,privmapctl,libprivmap.so,libprivmap-exec.so,privmap-config.so}) &&
		holds "$WORK/de st" usr usr/lib
}
check 'with other flags: installs the build unchanged' as_it_was_built
mv 'de st' moved
check 'it works after a move' works moved/usr/bin/privmap "$WORK/moved/usr/lib/libprivmap.so"
smoke() {
	ends 0 '' env PATH="$WORK/moved/usr/bin:$PATH" CC="$CC" AUTOPKGTEST_TMP="$WORK/smoke" sh -c \
		'mkdir "$AUTOPKGTEST_TMP" && cd "$1" && config/packages/debian/tests/smoke' sh "$TOP"
}
check "Debian's smoke test of what is installed" smoke
mkdir path
ln -s ../moved/usr/bin/privmap ../moved/usr/bin/privmapctl path
check 'by a symbolic link' works path/privmap "$WORK/moved/usr/lib/libprivmap.so"

prefix=$WORK/prefix libdir=$WORK/lib/here
in_prefix() {
	do_make "$1" PREFIX="$prefix" LIBDIR="$libdir"
}
check 'make install with a LIBDIR' in_prefix install
check 'its files' holds "$WORK" prefix lib/here
check 'it works' works prefix/bin/privmap "$libdir/libprivmap.so"
pages_of() {
	do_make install PREFIX="$prefix" LIBDIR="$libdir" SYSCONFDIR=/opt/etc &&
		grep -qF /opt/etc/privmap.conf prefix/share/man/man5/privmap.conf.5 &&
		! grep -qF ' /etc/privmap.conf' prefix/share/man/man5/privmap.conf.5 &&
		holds "$WORK" prefix lib/here
}
check 'with a SYSCONFDIR, which its pages name' pages_of

# A program that has the library mapped keeps that file.
renamed_over() {
	local before
	before=$(stat -c %i "$libdir/libprivmap.so")
	exec 5<"$libdir/libprivmap.so"
	in_prefix install
	exec 5<&-
	[ "$(stat -c %i "$libdir/libprivmap.so")" -ne "$before" ]
}
check 'once more over it: as a new file' renamed_over
check '  with nothing else left' holds "$WORK" prefix lib/here

# Files that are not ours.
touch prefix/bin/other "$libdir/other" "$libdir/privmap/mine" prefix/share/doc/privmap/notes
removed() {
	in_prefix uninstall &&
		diff -u <(printf '%s\n' lib/here/other lib/here/privmap/mine prefix/bin/other \
			prefix/share/doc/privmap/notes) <(find prefix lib ! -type d | sort) &&
		[ ! -e prefix/share/doc/privmap/examples ]
}
check 'make uninstall leaves files of others' removed
check 'make uninstall from a DESTDIR' do_make uninstall DESTDIR="$WORK/moved" PREFIX=/usr
gone() {
	! find moved ! -type d | grep . && ! find moved -name privmap | grep .
}
check '  no file is left, and no directory of ours' gone
check 'make uninstall where nothing is installed' do_make uninstall DESTDIR="$WORK/nowhere" PREFIX=/usr
t_end
