#!/bin/bash
# SPDX-License-Identifier: MIT
# kernel.sh current|newer: prints the path of a directory with a kernel to boot, vmlinuz, and its
# initrd. current is the distribution's usual kernel, newer is the newest one that it offers for
# this release (Debian's backports, Ubuntu's HWE); they behave differently. Downloads it once and
# installs nothing. Exits with 3, and prints the reason, if it cannot get one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/cache.sh
. "$here/../lib/cache.sh"
# shellcheck source-path=SCRIPTDIR source=debian.sh
. "$here/debian.sh"

which=${1:?usage: kernel.sh current|newer}
[ "$(uname -m)" = x86_64 ] || none 'the guest is for x86_64 only'
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$ID $VERSION_ID ${VERSION_CODENAME:-}")
place=$CACHE/guest-kernel-$which-$(recipe_key "$release" "$(cat "$here/init" "$here/initramfs.sh")")
work=$CACHE/guest-kernel-$which-build

usable() {
	[ -s "$place/vmlinuz" ] && [ -s "$place/initrd" ]
}

# debian_backports CODENAME DIR: makes a source for backports in DIR, with the system's own mirror.
debian_backports() {
	local mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg options=
	# shellcheck disable=SC2016 # apt's own words
	mirror=$(apt-get indextargets 'Created-By: Packages' 'Component: main' \
		--format '$(RELEASE) $(REPO_URI)' | awk -v release="$1" '$1 == release { print $2; exit }')
	[ -n "$mirror" ] || none "apt's sources name no mirror of $1"
	[ ! -e "$keys" ] || options="[signed-by=$keys] "
	mkdir -p "$2"
	echo "deb $options$mirror $1-backports main" >"$2/backports.list"
}

# choose: sets META to the package that depends on the kernel's package.
choose() {
	local id version codename
	read -r id version codename <<<"$release"
	case $which-$id in
	current-debian) META=linux-image-amd64 ;;
	newer-debian)
		META=linux-image-amd64
		debian_backports "$codename" "$work/sources"
		;;
	current-ubuntu) META=linux-image-generic ;;
	newer-ubuntu) META=linux-image-generic-hwe-$version ;;
	*) none "which package of $id has a kernel is not known" ;;
	esac
	private_apt "$work" "$([ ! -e "$work/sources" ] || echo "$work/sources")"
	known "$META" ||
		none "$id $version has no $META$([ ! -e "$work/sources" ] || echo ' in its backports')"
}

build() {
	local image packages deb
	rm -rf "$work"
	mkdir -p "$work/tree"
	choose
	image=$(packages_of "$META" '^linux-image-[0-9]' | head -n 1)
	packages=$({
		echo "$image"
		packages_of "$META" '^linux-modules-(extra-)?[0-9]'
		packages_of "$image" '^linux-modules-[0-9]'
	} | sort -u)
	progress "downloading a kernel for the guest, once: ${packages//$'\n'/ }"
	# shellcheck disable=SC2086 # several
	download "$work/debs" $packages
	# From the system's own sources, even if the kernel is from others.
	private_apt "$work/system"
	download "$work/debs" busybox-static
	for deb in "$work/debs"/*.deb; do
		dpkg-deb --extract "$deb" "$work/tree"
	done
	"$here/initramfs.sh" "$work/tree" "$work/initrd"
	mkdir -p "$place"
	cp "$work/tree/boot"/vmlinuz-* "$place/vmlinuz"
	mv "$work/initrd" "$place/initrd"
	rm -rf "$work"
}

once "guest-kernel-$which" usable build
printf '%s\n' "$place"
