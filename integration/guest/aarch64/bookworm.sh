# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Packages of Debian 12, or of another release, for any architecture. They are unpacked and not
# installed, so the system's dpkg learns no new architecture. Works on any release and for any user.

# shellcheck source-path=SCRIPTDIR source=../../lib/cache.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=../debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../debian.sh"

bookworm() {
	release_of_debian bookworm "$@"
}
# release_of_debian RELEASE DIR ARCHITECTURE...: makes APT ask for packages of this release and
# these architectures, from the system's mirror if the system is a Debian. Keeps everything below
# DIR.
release_of_debian() {
	local release=$1 dir=$2 mirror='' keys=/usr/share/keyrings/debian-archive-keyring.gpg architecture
	shift 2
	[ -e "$keys" ] || none "the keys of Debian's archive are not here (package debian-archive-keyring)"
	command -v apt-get >/dev/null || none 'this system has no apt-get'
	# shellcheck disable=SC2016 # apt's own words
	mirror=$(apt-get indextargets 'Created-By: Packages' 'Component: main' \
		--format '$(ORIGIN) $(REPO_URI)' 2>/dev/null |
		awk '$1 == "Debian" && !/security/ { print $2; exit }')
	mkdir -p "$dir/sources"
	echo "deb [arch=$(tr ' ' , <<<"$*") signed-by=$keys] ${mirror:-http://deb.debian.org/debian} $release main" \
		>"$dir/sources/$release.list"
	private_apt "$dir" "$dir/sources"
	APT+=(-o Dir::State::status=/dev/null)
	for architecture; do
		APT+=(-o APT::Architectures::="$architecture")
	done
}

# unpack DIR DEBS: extracts the packages in the directory DEBS into DIR.
unpack() {
	local deb
	mkdir -p "$1"
	for deb in "$2"/*.deb; do
		dpkg-deb --extract "$deb" "$1"
	done
}
