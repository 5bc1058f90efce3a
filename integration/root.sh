# shellcheck shell=bash
# shellcheck disable=SC2016,SC2153 # apt-get expands; lib.sh has set WORK
# A clean root of this system's own release, for tests that install packages: what debootstrap makes,
# and the packages that privmap's own need, so that no test downloads any. Sourced behind lib.sh;
# needs root and apt.

ROOT_PACKAGES=(git libconfig9 patchelf busybox-static)

# release: its name, and where this system's own packages come from.
release() {
	local name
	# shellcheck source=/dev/null
	name=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		awk -v name="$name" '$2 == name && $3 == "main" { print name, $1; exit }'
}

# clean_root DIRECTORY: unpacks one there, /proc, /dev and /sys mounted. It is made once, and kept.
clean_root() {
	local name mirror
	read -r name mirror < <(release) || return
	archive=$CACHE/root-$name-$(recipe_key "$name" "${ROOT_PACKAGES[@]}" 1).tar
	once "root-$name" root_is_there make_root || return
	mkdir -p "$1"
	tar -C "$1" -xpf "$archive" && mount_in_root "$1"
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

# Packages of later updates come from where this system gets its own.
make_root() {
	local work
	work=$(mktemp -d "$WORK/root.XXXXXX")
	progress "making a clean root of $name with debootstrap, once: a few minutes"
	debootstrap --variant=minbase --include="$(IFS=,; echo "${ROOT_PACKAGES[*]}")" "$name" "$work/root" \
		"$mirror" >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		return 1
	}
	rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
	tar -C "$work/root" -cf "$archive.new" . && mv "$archive.new" "$archive"
	rm -rf "$work"
}

# in_root DIRECTORY COMMAND...: as a login would have it, and nothing of this system's environment.
in_root() {
	local root=$1
	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
		DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}
