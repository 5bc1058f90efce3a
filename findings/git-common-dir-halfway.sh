#!/bin/bash
# SPDX-License-Identifier: MIT
# git takes a relative GIT_COMMON_DIR from two directories. In a directory below the top of a work
# tree, git accepts the repository only by a name that is relative to this directory. Then git looks
# for the repository's config by the same name from the top of the work tree, where no such file is.
# So git works, but silently without the repository's settings. With a name that is relative to the
# top, git says "not a git repository". GIT_DIR has no such trouble.
#
# Seen with Debian 12's git 1:2.39.5-0+deb12u3. Needs apt-get of Debian 12. Exits with 1 if this has
# changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download git=1:2.39.5-0+deb12u3
dpkg-deb -x git_*.deb .
git=$work/usr/bin/git
export HOME=$work GIT_EXEC_PATH=$work/usr/lib/git-core GIT_CONFIG_NOSYSTEM=1
"$git" --version
"$git" -c init.defaultBranch=main init -q top
"$git" -C top config example.setting value
mkdir top/below

status=0
# expect DIRECTORY ANSWER VARIABLE=VALUE: what git says there of its state, and of a setting.
expect() {
	local said
	said="$(env -C "$1" "$3" "$git" status --short --branch 2>&1), setting: $(env -C "$1" "$3" "$git" config example.setting || :)"
	echo "$1, $3: $said"
	[ "$said" = "$2" ] || { echo "  seen before: $2" && status=1; }
}
works='## No commits yet on main, setting:'
none='fatal: not a git repository (or any of the parent directories): .git, setting: '
expect top "$works value" GIT_COMMON_DIR=.git
expect top/below "$works value" GIT_COMMON_DIR="$work/top/.git"
expect top/below "$works " GIT_COMMON_DIR=../.git
expect top/below "$none" GIT_COMMON_DIR=.git
expect top/below "$works value" GIT_DIR=../.git
exit $status
