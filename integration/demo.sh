#!/bin/bash
# SPDX-License-Identifier: MIT
# Shows privmap in half a minute: the same clone by git, by gix alone and by gix under privmap, side
# by side, on a mount that refuses shared mappings.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/lib.sh"

bold='' plain=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\033[1m' plain=$'\033[0m'
fi

# 1234567 as 1,234,567
grouped() {
	printf '%s' "$1" | sed -e ':a' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta'
}

# step TEXT COMMAND...: prints one line, with the time at the end. Sets STATUS.
step() {
	local text=$1 dots start=${EPOCHREALTIME/./}
	shift
	dots=$(printf '%*s' $((62 - ${#text})) '' | tr ' ' .)
	printf '  %s %s ' "$text" "$dots"
	STATUS=0
	"$@" >"$WORK/out" 2>"$WORK/err" || STATUS=$?
	start=$((${EPOCHREALTIME/./} - start))
	printf '%3d.%d s\n' $((start / 1000000)) $((start / 100000 % 10))
}

# must COMMAND...: a step that the demo needs.
must() {
	step "$@"
	[ "$STATUS" -eq 0 ] || {
		printf '\nThat failed, with exit status %d:\n' "$STATUS"
		cat "$WORK/err" "$WORK/out"
		exit 1
	}
}

# Prints the cause of an error, which gix prints below its first line.
cause() {
	awk 'NR == 1 { first = $0 } /^Stack backtrace/ { exit }
		/^Caused by:/ { getline; cause = $0 }
		END { sub(/^ +/, "", cause); print cause == "" ? first : cause }' "$1"
}

# clone NAME TEXT COMMAND...: clones into $mount/NAME, and notes the result.
declare -A status message commits fsck tree
clone() {
	local name=$1
	step "${@:2}" "$url" "$mount/$name"
	status[$name]=$STATUS
	message[$name]=$(cause "$WORK/err") commits[$name]=- fsck[$name]=- tree[$name]=-
	cp "$WORK/err" "$WORK/$name.err"
}

# examine: notes what git says about each existing clone, and whether its files equal those of git's
# clone.
examine() {
	local name
	for name in git gix privmap; do
		[ "${status[$name]}" -eq 0 ] || continue
		commits[$name]=$(git -C "$mount/$name" rev-list --count --all)
		fsck[$name]=errors
		if git -C "$mount/$name" fsck --full --strict >"$WORK/$name.fsck" 2>&1 &&
			[ ! -s "$WORK/$name.fsck" ]; then
			fsck[$name]=clean
		fi
		tree[$name]="$(grouped "$(git -C "$mount/$name" ls-files | wc -l)") files"
		[ "$name" != git ] || continue
		if diff -r --no-dereference --exclude=.git "$mount/git" "$mount/$name" >/dev/null; then
			tree[$name]+=', equal'
		else
			tree[$name]+=', different'
		fi
	done
}

row() {
	printf '  %-13s%-17s%-31s%s\n' "$@"
}

table() {
	local name
	printf '%s' "$bold"
	row '' 'git clone' 'gix clone' 'privmap gix clone'
	printf '%s' "$plain"
	row 'exit status' "${status[git]}" "${status[gix]}" "${status[privmap]}"
	for name in git gix privmap; do
		[ -n "${message[$name]}" ] || message[$name]=-
	done
	row message "${message[git]:0:16}" "${message[gix]:0:30}" "${message[privmap]:0:30}"
	row commits "$(grouped "${commits[git]}")" "$(grouped "${commits[gix]}")" \
		"$(grouped "${commits[privmap]}")"
	row 'git fsck' "${fsck[git]}" "${fsck[gix]}" "${fsck[privmap]}"
	row 'work tree' "${tree[git]}" "${tree[gix]}" "${tree[privmap]}"
	row converted - - "$(grouped "$count") mappings"
}

as_it_should_be() {
	[ "${status[git]}" -eq 0 ] && [ "${fsck[git]}" = clean ] && [ "${commits[git]}" -ge 2000 ] &&
		[ "${status[gix]}" -ne 0 ] && [[ ${message[gix]} == *'No such device'* ]] &&
		[ "${status[privmap]}" -eq 0 ] && [ "${fsck[privmap]}" = clean ] &&
		[ "${commits[privmap]}" = "${commits[git]}" ] && [[ ${tree[privmap]} == *', equal' ]] &&
		[ ! -s "$WORK/privmap.err" ] && [ "$count" -gt 0 ]
}

echo "${bold}privmap: gix 0.33.0, unmodified, on a mount that refuses shared mappings${plain}"
echo
gix=$(client gix)
mount=$WORK/mount
mkdir "$WORK/source"
must 'making a repository to clone' "$TOP/integration/lib/repository.sh" "$WORK/served"
must 'serving it with git daemon' serve_repositories "$WORK/served"
url=$GITURL/x.git
must 'mounting a directory as virtiofs --cache=never would (FUSE)' \
	mount_refusing "$WORK/source" "$mount" --timeout=1
clone git 'git clone' git clone --quiet
clone gix 'gix clone' "$gix" --no-verbose clone
export PRIVMAP_LOG=info:$WORK/log
clone privmap 'privmap gix clone' \
	"$BUILD/privmap" --report="$WORK/report" -- "$gix" --no-verbose clone
unset PRIVMAP_LOG
count=$(sed -n 's/.*"converted":\([0-9]*\).*/\1/p' "$WORK/report" 2>/dev/null || :)
count=${count:-0}
must 'git fsck, and comparing the work trees' examine

echo
table
if [ -s "$WORK/log" ]; then
	echo
	echo '  What gix wanted as shared read-only mappings, and privmap had mapped as private ones:'
	sed -n "s,^privmap: converted $mount/privmap/\(.*\)\, \([0-9]*\) bytes at 0\$,\2 \1,p" "$WORK/log" |
		while read -r bytes name; do
			printf '  %11s bytes  %s\n' "$(grouped "$bytes")" "$name"
		done
fi
echo
if ! as_it_should_be; then
	echo 'This is not what should come out. What the programs said:'
	for name in git gix privmap; do
		sed "s/^/  $name: /" "$WORK/$name.err"
	done
	exit 1
fi
case $BUILD in "$TOP"/*) BUILD=${BUILD#"$TOP"/} ;; esac
echo "  For any command: $BUILD/privmap COMMAND...   More: $BUILD/privmap --help"
