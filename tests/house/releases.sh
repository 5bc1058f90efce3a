#!/bin/bash
# SPDX-License-Identifier: MIT
# This release of Debian and others, in bare roots: integration/lib/packages.sh finds out what is
# missing and installs it; the compilers of each release build everything, and tests without a mount
# pass. RELEASES names them ("trixie sid", and this system's). Needs root and the network.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../integration/lib/root.sh
. "$TOP/integration/lib/root.sh"

needs_own_root debootstrap
read -r own _ < <(release)
export DEBIAN_FRONTEND=noninteractive

inside() {
	in_root "$root" env BUILD="/root/build-${compiler:-none}" sh -c "cd /root/privmap && $1"
}

# --- packages.sh ---

# found STATE: $out gets the entries of its table in that state.
found() {
	inside "integration/lib/packages.sh --list $(groups)" >"$WORK/list" || return
	grep "^$1"$'\t' "$WORK/list" >"$out" || :
}

# installed PACKAGE...: at least one is installed. "rust" in the table means a new enough cargo.
installed() {
	in_root "$root" dpkg-query -f '${db:Status-Status}\n' -W "${@/rust/cargo*}" 2>/dev/null |
		grep -qx installed
}

# No entry takes another program for the one that it looks for.
only_what_is_there() {
	local entry names
	found there && [ "$(wc -l <"$WORK/list")" -gt 20 ] || return 1
	while IFS=$'\t' read -r _ entry names; do
		# shellcheck disable=SC2086 # words
		installed $names || {
			echo "$entry: said to be there, but none of $names is installed"
			return 1
		}
	done <"$out"
}

# Packages of sid disappear or change their names over time, so only those for building count.
groups() {
	case $name in
	sid) echo build check builds fuzz ;;
	*) echo all ;;
	esac
}

installs_all() {
	inside "integration/lib/packages.sh $(groups)"
}

all_is_there() {
	found missing
	cat "$out"
	[ ! -s "$out" ]
}

# --- builds ---

# Other compilers than the release's default gcc and clang.
compilers() {
	echo gcc clang
	case $1 in trixie) echo gcc-12 gcc-13 ;; esac
}

builds() {
	inside "make -s -j2 CC=$compiler BUILD=\$BUILD all objects" >"$out" 2>&1 || {
		grep -vE '^  (CC|LD|AR) ' "$out"
		return 1
	}
}

# The tests that need neither a mount nor other projects' programs.
passes() {
	local names=() file
	for file in "$TOP"/tests/{unit,rulefile}/*.c; do
		file=${file#"$TOP"/}
		names+=("\$BUILD/${file%.c}")
	done
	inside "make -s -j2 CC=$compiler BUILD=\$BUILD ${names[*]} >/dev/null &&
		CC=$compiler tests/run ${names[*]} tests/command/programs.sh tests/house/run-test.sh"
}

for name in ${RELEASES:-$own trixie sid}; do
	case " ${done:-} " in *" $name "*) continue ;; esac
	done="${done:-} $name" root=$WORK/$name compiler=
	check "$name: a bare root" bare_root "$root" "$name"
	"$TOP/config/packages/tree.sh" "$root/root/privmap"
	in_root "$root" sh -c 'apt-get -q update && apt-get -q -y install --no-install-recommends make' \
		>"$out" 2>&1 || cat "$out" >&2
	check "$name: of what packages.sh looks for, there is only what is installed" only_what_is_there
	check "$name: packages.sh installs all of it" installs_all
	check "$name: and then all of it is there" all_is_there
	if [ "$name" != "$own" ]; then
		# shellcheck disable=SC2046 # words
		in_root "$root" apt-get -q -y install --no-install-recommends $(compilers "$name") >"$out" 2>&1 ||
			cat "$out" >&2
		for compiler in $(compilers "$name"); do
			check "$name: $compiler builds all" builds
			check "$name: and what it has built passes the tests that need no mount" passes
		done
	fi
	unmount_root "$root"
	rm -rf --one-file-system "$root"
done
t_end
