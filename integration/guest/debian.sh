# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The distribution's packages without installing them: apt-get with lists and archives of its own,
# so that the system's stay as they are, and any user may.

# none REASON: there is nothing like it for this system; the scripts' word for it is status 3.
none() {
	printf '%s\n' "$*"
	exit 3
}

# private_apt DIR [SOURCES]: APT is set to options that make apt-get and apt-cache keep all below
# DIR, and read the sources in the directory SOURCES in place of the system's.
private_apt() {
	command -v apt-get >/dev/null || none 'this system has no apt-get'
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	APT=(-o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache"
		-o Debug::NoLocking=true -o APT::Sandbox::User=root)
	[ -z "${2:-}" ] || APT+=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$2")
	# One of many sources may be out of reach: what counts is what is known afterwards.
	apt-get -q -y "${APT[@]}" update >"$1/log" 2>&1 || cat "$1/log" >&2
}

known() {
	[ -n "$(apt-cache "${APT[@]}" --quiet=0 madison "$1" 2>/dev/null)" ]
}

# packages_of PACKAGE PATTERN: those it depends on whose name the pattern matches.
packages_of() {
	apt-cache "${APT[@]}" depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "$2" || :
}

# download DIR PACKAGE...: the .deb files, whatever the system has and whatever they need.
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

# download_missing DIR PACKAGE: the same with what it needs and the system lacks; nothing to remove.
download_missing() {
	mkdir -p "$1/partial"
	apt-get -q -y "${APT[@]}" -o Dir::Cache::archives="$1" install --download-only --reinstall \
		--no-install-recommends --no-remove "$2" >"$1/log" 2>&1 || {
		cat "$1/log" >&2
		progress "could not be downloaded: $2"
		return 1
	}
}
