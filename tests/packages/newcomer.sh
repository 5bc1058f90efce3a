#!/bin/bash
# SPDX-License-Identifier: MIT
# A new user in bare roots of Debian 12 and 13, where a clone fails. Commands are run as README.md
# prints them, and no others: three lead from the error to a clone; at most three more to a system
# that serves all logins, and to a patched static program. RELEASES names other releases. Needs root
# and the network.
# shellcheck disable=SC2317,SC2016 # check calls the functions; backquotes are text
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../integration/lib/root.sh
. "$TOP/integration/lib/root.sh"

needs_own_root debootstrap
cd "$WORK"
HOME=$REAL_HOME gix=$(client gix) static_gix=$(client gix-static)
"$TOP/integration/lib/repository.sh" --small "$WORK/served"
serve_repositories "$WORK/served"

# shown PATTERN: prints the one command of README.md that matches.
shown() {
	{
		sed -n 's/^    //p' "$TOP/README.md" | sed 's/  *# .*//'
		grep -oE '`privmapctl [^`]*`' "$TOP/README.md" | tr -d '`'
	} | grep -xE "$1"
}
# Prepares the root: a share that refuses mappings, gix, a static gix, and a copy of the sources.
before() {
	bare_root "$root" "$release" || return
	"$TOP/config/packages/tree.sh" "$root/root/privmap"
	echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/yes"
	in_root "$root" useradd -m -s /bin/bash somebody
	cp "$gix" "$root/usr/local/bin/gix"
	cp "$static_gix" "$root/usr/local/bin/legacy-program"
	printf '[url "%s"]\n\tinsteadOf = https://example.org/project.git\n' "$GITURL/x.git" |
		tee "$root/root/.gitconfig" >"$root/home/somebody/.gitconfig"
	mkdir -m 777 "$WORK/source-$release"
	mount_refusing "$WORK/source-$release" "$root/mnt/share"
}
# types WHO COMMAND...: runs it in the root, on the share, as a login of WHO.
types() {
	local who=$1
	shift
	in_root "$root" su - "$who" -c "cd /mnt/share && $*" >"$out" 2>&1 || {
		tail -n 40 "$out"
		return 1
	}
}
refused() {
	! types "$@" >"$WORK/said" && grep -q 'No such device' "$out" && rm -rf "$WORK/source-$release/project"
}
cloned() {
	types "$@" && fsck_clean "$root/mnt/share/project" && rm -rf "$WORK/source-$release/project"
}
# In the copy of the sources.
in_sources() {
	types root "cd /root/privmap && { $1; }"
}
clone=$(shown 'privmap gix clone .*')
clone=${clone#privmap }

for release in ${RELEASES:-bookworm trixie}; do
	root=$WORK/$release
	if ! before >"$out" 2>&1; then
		skip "$release" 'no root of it: is there a network?'
		continue
	fi
	check "$release: a clone is refused" refused root "$clone"
	check '  1: install what building needs' in_sources "$(shown 'apt .*install gcc .*')"
	check '  2: make' in_sources "$(shown make)"
	check '  3: the clone' cloned root "/root/privmap/build/privmap $clone"
	check '  without privmap it is still refused' refused somebody "$clone"
	check '  a profile, 1: make install' in_sources "$(shown 'make install')"
	link=$(shown 'ln -s .*/profile\.d/privmap\.sh .*')
	check '  2: its link, from where README.md says that it is then' types root "${link/\/usr\//\/usr\/local\/}"
	check '  3: a login, and the clone' cloned somebody "$clone"
	check '  a static program is refused' refused somebody "${clone/gix/legacy-program}"
	check '  it is patched' types root "cd /usr/local/bin && $(shown 'privmapctl patch [^-].*')"
	[ "$(uname -m)" != x86_64 ] || check '    in place' grep -q 'it serves itself' "$out"
	check '    it clones' cloned somebody "${clone/gix/legacy-program}"
	check '  the patch is undone' types root "cd /usr/local/bin && $(shown 'privmapctl patch --undo .*')"
	check '    and it is the same program' cmp "$static_gix" "$root/usr/local/bin/legacy-program"
	umount "$root/mnt/share"
	unmount_root "$root"
	rm -rf --one-file-system "$root"
done
t_end
