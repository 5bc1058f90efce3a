# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2153 # apt-get expands; lib.sh has set WORK
# A clean root of this system's release, for tests that install packages: debootstrap makes it, with
# the packages that privmap's need, so that no test downloads any. And bare roots of any release,
# which install from the network. Source it after lib.sh; needs root and apt.

# Prints the package of a library for building; its name differs between releases.
library_of() {
	dpkg-query -f '${Depends}' -W "$1-dev" 2>/dev/null | grep -o "$1[0-9.]*[0-9]" || :
}
ROOT_PACKAGES=(git "$(library_of libconfig)" "$(library_of libzydis)" patchelf busybox-static)

# needs_own_root TOOL...: ends the test with a reason if no root can be made here.
needs_own_root() {
	local tool
	for tool; do
		if ! PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null; then
			echo "1..0 # SKIP no $tool"
			exit 0
		fi
	done
	if [ "$(id -u)" -ne 0 ]; then
		echo '1..0 # SKIP only root can make a root of its own'
		exit 0
	fi
}

# release: prints its name, and the source of this system's packages.
release() {
	local name
	# shellcheck source=/dev/null
	name=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk -v name="$name" '$2 == name && $3 == "main" { print name, $1; exit }'
}

# clean_root DIRECTORY [PACKAGE]...: unpacks a root there, and mounts /proc, /dev and /sys. Each
# root is made once and kept, also those with more packages.
clean_root() {
	local name mirror dir=$1 base archive packages=()
	shift
	read -r name mirror < <(release) || return
	archive=$CACHE/root-$name-$(recipe_key "$name" "${ROOT_PACKAGES[@]}" 1).tar
	once "root-$name" root_is_there make_root || return
	if [ $# -gt 0 ]; then
		base=$archive packages=("$@")
		archive=$CACHE/root-$name-$(recipe_key "$base" "$@").tar
		once "root-$name-more" root_is_there make_root_of_more || return
	fi
	unpack_root "$archive" "$dir"
}

# bare_root DIRECTORY RELEASE: the same, but only debootstrap's minbase, made new each week; its
# apt-get uses the archive of this system.
bare_root() {
	local dir=$1 name=$2 mirror archive ROOT_PACKAGES=()
	read -r _ mirror < <(release) || return
	archive=$CACHE/bare-$name-$(recipe_key "$name" "$(date +%G-%V)" 1).tar
	[ -s "$archive" ] || rm -f "$CACHE/bare-$name"-*.tar
	once "bare-$name" root_is_there make_root || return
	unpack_root "$archive" "$dir" && reach_archive "$dir"
}

# A mirror may be old, and is still used. Files in it need not survive a crash.
reach_archive() {
	local authorities=/etc/ssl/certs/ca-certificates.crt
	cp -L /etc/resolv.conf /etc/hosts "$1/etc" || return
	{
		apt-config dump | grep -iE '^Acquire::(https?|ftp)::(Proxy|[^:]*::Proxy)' || :
		echo 'Acquire::Check-Valid-Until "false";'
		echo 'APT::Sandbox::User "root";'
		if [ -e "$authorities" ]; then
			cp -L "$authorities" "$1/root"
			echo "Acquire::https::CAInfo \"/root/${authorities##*/}\";"
		fi
	} >"$1/etc/apt/apt.conf.d/outside"
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/outside"
}

unpack_root() {
	mkdir -p "$2"
	tar -C "$2" -xpf "$1" && mount_in_root "$2"
}

mount_in_root() {
	local dir
	mount -t proc proc "$1/proc" && mount -t sysfs -o ro sysfs "$1/sys" &&
		mount -t tmpfs tmpfs "$1/dev/shm" || return
	for dir in null zero full random urandom tty; do
		[ -e "$1/dev/$dir" ] || cp -a "/dev/$dir" "$1/dev/$dir" || return
	done
}

root_is_there() {
	[ -s "$archive" ]
}

# Packages of later updates come from the sources of this system.
make_root() {
	local work
	work=$(mktemp -d "$WORK/root.XXXXXX")
	progress "making a clean root of $name with debootstrap, once: a few minutes"
	debootstrap --variant=minbase ${ROOT_PACKAGES[0]:+--include="$(IFS=,; echo "${ROOT_PACKAGES[*]}")"} \
		"$name" "$work/root" "$mirror" >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		return 1
	}
	keep_root "$work/root"
	rm -rf "$work"
}

keep_root() {
	rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
	tar -C "$1" --one-file-system -cf "$archive.new" . && mv "$archive.new" "$archive"
}

# This system's apt downloads them, because debootstrap cannot resolve every dependency.
make_root_of_more() {
	local work
	work=$(mktemp -d "$WORK/root.XXXXXX")
	progress "making a root that has ${packages[*]} as well, once: a few minutes"
	unpack_root "$base" "$work/root" || return
	mkdir -p "$work/root/tmp/more/partial"
	if ! { apt-get -q -y -o Dir::State::status="$work/root/var/lib/dpkg/status" -o Debug::NoLocking=true \
		-o Dir::Cache::archives="$work/root/tmp/more" -o APT::Sandbox::User=root \
		install --download-only --no-install-recommends "${packages[@]}" &&
		in_root "$work/root" sh -c 'apt-get -q -y -o APT::Sandbox::User=root \
			install --no-install-recommends /tmp/more/*.deb'; } >"$work/log" 2>&1; then
		tail -n 20 "$work/log" >&2
		return 1
	fi
	rm -rf "$work/root/tmp/more"
	unmount_root "$work/root"
	keep_root "$work/root"
	rm -rf "$work"
}

unmount_root() {
	umount "$1/proc" "$1/sys" "$1/dev/shm"
}

# in_root DIRECTORY COMMAND...: runs it with the environment of a login, without that of this
# system.
in_root() {
	local root=$1
	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
		DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
