#!/bin/bash
# SPDX-License-Identifier: MIT
# A refusing mount below another layer: an overlay on it or over it, a bind mount, a user namespace.
# gix fails there alone, and clones under privmap.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
mount=$WORK/mount

alone() { "$@" "$gix" --no-verbose clone "$url" "$place/alone"; }
served() { "$@" "$BUILD/privmap" -- "$gix" --no-verbose clone "$url" "$place/gix"; }

# clones NAME [COMMAND...]: clones at $place; COMMAND runs its arguments.
clones() {
	local name=$1
	shift
	check "$name: gix alone cannot clone" says 'No such device \(os error 19\)' alone "$@"
	check '  privmap gix clones' quietly served "$@"
	check '  the clone is whole and as git'\''s' whole "$place/gix" "$WORK/git"
}

# mounts NAME OPTION...: mounts at $place, or prints why it cannot. That is a failure unless the
# system cannot mount an overlay of ordinary directories either.
mounts() {
	local name=$1
	shift
	mkdir -p "$place"
	if [ "$(id -u)" -ne 0 ]; then
		skip "$name" 'only root mounts it'
		return 1
	fi
	mount "$@" "$place" 2>"$err" || {
		if mount -t overlay -o "lowerdir=$WORK/lower:$WORK/git" overlay "$place" 2>"$out"; then
			umount "$place"
			not_ok "$name" "$(cat "$err")"
		else
			skip "$name" "$(tr '\n' ' ' <"$err")"
		fi
		return 1
	}
}

"$TOP/integration/lib/repository.sh" --tiny "$WORK/served"
serve_repositories "$WORK/served"
url=$GITURL/x.git
git clone --quiet "$url" "$WORK/git"
mount_refusing "$WORK/source" "$mount"
mkdir "$mount/upper" "$mount/work" "$mount/bound" "$WORK/lower" "$WORK/upper" "$WORK/work"

place=$WORK/overlay-on
name='an overlay whose changes are on it'
if mounts "$name" -t overlay -o \
	"lowerdir=$WORK/lower,upperdir=$mount/upper,workdir=$mount/work" overlay; then
	clones "$name"
fi

place=$WORK/overlay-over
name='an overlay over it'
git clone --quiet "$url" "$mount/git"
if mounts "$name" -t overlay -o \
	"lowerdir=$mount,upperdir=$WORK/upper,workdir=$WORK/work" overlay; then
	check "$name: gix alone cannot verify" \
		says 'No such device \(os error 19\)' "$gix" --no-verbose -r "$place/git" verify
	check '  privmap gix verifies' \
		quietly "$BUILD/privmap" -- "$gix" --no-verbose -r "$place/git" verify
	check '  the clone is whole' whole "$place/git" "$WORK/git"
fi

place=$WORK/bound
name='a bind mount of it'
if mounts "$name" --bind "$mount/bound"; then
	clones "$name"
fi

place=$mount/namespace
mkdir "$place"
name='a user namespace'
if unshare --user --map-root-user true 2>/dev/null; then
	clones "$name" unshare --user --map-root-user
else
	skip "$name" 'this system allows none'
fi
t_end
