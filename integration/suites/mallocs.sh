#!/bin/bash
# SPDX-License-Identifier: MIT
# Allocators that call mmap inside of malloc, under their own locks: gix clones with each on the
# refusing mount, with privmap before it in LD_PRELOAD.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
library=$BUILD/libprivmap.so
mount=$WORK/mount

# find_library PATTERN: prints its path; the newest version, if there are several.
find_library() {
	compgen -G "/usr/lib/$1" || compgen -G "/usr/lib/*/$1" || compgen -G "/usr/lib64/$1"
}

# clone PRELOAD OPTION...: sets its status, and keeps its stderr. A hang is a failure, too (timeout
# itself is not preloaded, or it would hang as well).
clone() {
	local preload=$1
	shift
	rm -rf "$mount/clone"
	timeout -k 5 120 env LD_PRELOAD="$preload" \
		"$gix" --no-verbose clone "$@" "$url" "$mount/clone" >"$WORK/out" 2>"$WORK/err"
}

# clones PRELOAD OPTION...: prints nothing, and the clone is right. (Without the allocator, ld.so
# would complain.)
clones() {
	local status=0
	: >"$WORK/fsck"
	clone "$@" || status=$?
	cat "$WORK/err"
	[ "$status" -eq 0 ] && [ ! -s "$WORK/err" ] &&
		git -C "$mount/clone" fsck --full --strict >"$WORK/fsck" 2>&1 || status=1
	cat "$WORK/fsck"
	[ "$status" -eq 0 ] && [ ! -s "$WORK/fsck" ] &&
		[ "$(git -C "$mount/clone" rev-parse HEAD)" = "$(git -C "$WORK/served/x.git" rev-parse HEAD)" ]
}

# work_tree_is_gits: the work tree of the clone equals git's.
work_tree_is_gits() {
	diff -r --no-dereference --exclude=.git "$WORK/git" "$mount/clone"
}

# survives PRELOAD: it may clone, or fail by itself because privmap was bypassed; but not crash.
survives() {
	local status=0
	clone "$1" --bare || status=$?
	cat "$WORK/err"
	[ "$status" -eq 0 ] || { [ "$status" -lt 124 ] && grep -q 'No such device' "$WORK/err"; }
}

with_rule_file() {
	PRIVMAP_CONFIG=$WORK/rules.conf "$@"
}

mkdir "$WORK/source"
"$TOP/integration/lib/repository.sh" "$WORK/served"
serve_repositories "$WORK/served"
mount_refusing "$WORK/source" "$mount" --timeout=1
url=$GITURL/x.git
git clone --quiet "$url" "$WORK/git"
cp "$TOP/config/privmap.conf" "$WORK/rules.conf"

for name in libjemalloc.so.2 libtcmalloc_minimal.so.4 'libmimalloc.so.*'; do
	short=${name#lib} short=${short%%.so*}
	allocator=$(find_library "$name" | sort -V | tail -n 1)
	if [ -z "$allocator" ]; then
		not_ok "$short: gix clones" "$name is not installed"
		continue
	fi
	check "$short: gix clones" clones "$library:$allocator"
	check "$short:   with git's work tree" work_tree_is_gits
	check "$short: gix clones, with a rule file" with_rule_file clones "$library:$allocator" --bare
	check "$short: gix does not crash if privmap comes after it" survives "$allocator:$library"
done

t_end
