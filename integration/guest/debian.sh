# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Downloads the distribution's packages without installing them. apt-get uses separate lists and
# archives: those of the system stay unchanged, and any user may run it.

# none REASON: prints REASON and exits with 3. All scripts here do so if this system cannot have the
# thing that they are asked for.
none() {
	printf '%s\n' "$*"
	exit 3
}

# private_apt DIR [SOURCES]: sets APT to options that make apt-get and apt-cache keep everything
# below DIR, and read the sources in the directory SOURCES in place of the system's.
private_apt() {
	command -v apt-get >/dev/null || none 'this system has no apt-get'
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	APT=(-o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache"
		-o Debug::NoLocking=true -o APT::Sandbox::User=root)
	[ -z "${2:-}" ] || APT+=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$2")
	# One of many sources may be out of reach. That is no error if the others know the package.
	apt-get -q -y "${APT[@]}" update >"$1/log" 2>&1 || cat "$1/log" >&2
}

known() {
	[ -n "$(apt-cache "${APT[@]}" --quiet=0 madison "$1" 2>/dev/null)" ]
}

# packages_of PACKAGE PATTERN: prints the dependencies of PACKAGE whose names match PATTERN.
packages_of() {
	apt-cache "${APT[@]}" depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "$2" || :
}

# download DIR PACKAGE...: downloads the .deb files of these packages, even if they are installed,
# and without their dependencies.
download() {
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get -q -y "${APT[@]}" download "$@") >"$dir/log" 2>&1 || {
		cat "$dir/log" >&2
		progress "could not be downloaded: $*"
		return 1
	}
}

# download_missing DIR PACKAGE: downloads PACKAGE, and the dependencies that the system lacks. Fails
# if they cannot be installed without removing other packages.
download_missing() {
	mkdir -p "$1/partial"
	apt-get -q -y "${APT[@]}" -o Dir::Cache::archives="$1" install --download-only --reinstall \
		--no-install-recommends --no-remove "$2" >"$1/log" 2>&1 || {
		cat "$1/log" >&2
		progress "could not be downloaded: $2"
		return 1
	}
}
