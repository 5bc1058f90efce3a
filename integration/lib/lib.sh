# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For all integration scripts: paths, a scratch directory that is always removed with its mounts and
# daemons, TAP, the jobs of clients, the refusing mount, a git server. Each script sources this
# first.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-$TOP/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
# shellcheck source-path=SCRIPTDIR source-path=SCRIPTDIR/../lib source-path=SCRIPTDIR/../../integration/lib source=cache.sh
. "$TOP/integration/lib/cache.sh"
export TOP BUILD CACHE

# --- the scratch directory and the end ---

T_COUNT=0 T_FAILED=0 T_ENDED=
exec {T_OUT}>&1 # stdout may be redirected when a signal ends us

# Also for a mount whose server has died, which mountpoint(1) would not recognize.
mounted() {
	grep -qF " ${1// /\\040} " /proc/self/mountinfo
}

# The lazy form is the last resort: it always works, but hides that a process still uses the mount.
unmount() {
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		fusermount3 -u "$1" 2>/dev/null || umount "$1" 2>/dev/null || :
		mounted "$1" || return 0
		sleep "0.0$try"
	done
	progress "still busy, unmounting lazily: $1"
	fusermount3 -u -z "$1" 2>/dev/null || umount -l "$1"
}

# Prints the deepest first. The kernel writes blanks in names as octal escapes.
mounts_below() {
	local dir
	awk '{ print $5 }' /proc/self/mountinfo | sort -r | while read -r dir; do
		printf -v dir %b "${dir//\\/\\0}"
		case $dir in "$1"/*) printf '%s\0' "$dir" ;; esac
	done
}

cleanup() {
	local status=$? dir pid
	trap '' INT TERM HUP
	trap - EXIT
	cd /
	[ -n "$WORK" ] || exit "$status"
	# Otherwise this would wait for a server that a test has stopped.
	for pid in $(jobs -p); do
		kill -CONT "$pid" 2>/dev/null || :
	done
	while IFS= read -r -d '' dir; do
		unmount "$dir"
	done < <(mounts_below "$WORK")
	for pid in $(jobs -p -r); do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf --one-file-system "$WORK"
	if [ "$T_COUNT" -gt 0 ] && [ -z "$T_ENDED" ]; then
		echo "Bail out! ${0##*/} ended early, with status $status" >&"$T_OUT"
		[ "$status" -ne 0 ] || status=1
	fi
	exit "$status"
}

# ended_by STATUS: ends after a signal. Another signal must not interrupt the cleanup, and timeout
# sends its signal twice, to us and to our group.
ended_by() {
	trap '' INT TERM HUP
	exit "$1"
}

# A signal may come at any time, even before $( ) is assigned. So the traps come first, WORK does
# not name the caller's directory, and ours has a name before it exists.
WORK=
trap cleanup EXIT
trap 'ended_by 129' HUP
trap 'ended_by 130' INT
trap 'ended_by 143' TERM
WORK=$(cd -P "${TMPDIR:-/tmp}" && mktemp -u "$PWD/privmap.XXXXXXXXXX") || exit
mkdir -m 700 "$WORK" || {
	WORK=
	exit 1
}
export WORK

# --- an environment without personal settings ---

REAL_HOME=$HOME REAL_CONFIG_HOME=${XDG_CONFIG_HOME:-}
for variable in "${!GIT_@}" "${!PRIVMAP_@}" LD_PRELOAD XDG_CONFIG_HOME; do
	unset "$variable"
done
export HOME=$WORK/home LC_ALL=C TZ=UTC
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$HOME/.gitconfig GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=Author GIT_AUTHOR_EMAIL=author@example.com
export GIT_COMMITTER_NAME=Committer GIT_COMMITTER_EMAIL=committer@example.com
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
mkdir "$HOME"
cat >"$HOME/.gitconfig" <<-END
	[user]
		name = Author
		email = author@example.com
	[safe]
		directory = *
	[init]
		defaultBranch = main
	[advice]
		detachedHead = false
	[gc]
		auto = 0
	[maintenance]
		auto = false
END

# at_home COMMAND...: runs it in the user's own home, where cargo and pip have their settings.
at_home() {
	HOME=$REAL_HOME XDG_CONFIG_HOME=$REAL_CONFIG_HOME "$@"
}

# client NAME: prints the path of a client (gix, pygit2) that is built once and cached.
client() {
	at_home "$TOP/integration/clients/$1.sh"
}

# prepared COMMAND...: puts the output of COMMAND into $answer. If COMMAND exits with 3, it had
# nothing to offer, and its output is the reason.
# shellcheck disable=SC2034 # for those who source this
prepared() {
	local status=0
	answer=$(at_home "$@") || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit 1
	return "$status"
}

# --- TAP ---

ok() {
	T_COUNT=$((T_COUNT + 1))
	printf 'ok %d - %s\n' "$T_COUNT" "$1"
}

# not_ok TEXT [DETAIL]
not_ok() {
	T_COUNT=$((T_COUNT + 1)) T_FAILED=$((T_FAILED + 1))
	printf 'not ok %d - %s\n' "$T_COUNT" "$1"
	[ -z "${2:-}" ] || sed -n '1,40s/^/# /p' <<<"$2"
}

# skip TEXT WHY
skip() {
	ok "$1 # SKIP $2"
}

# no_mount_namespace: prints why none can be made; fails if one can. Root can make none in a chroot.
no_mount_namespace() {
	local why
	why=$(unshare -m true 2>&1) && return 1
	head -n 1 <<<"$why"
}

# no_other_users: prints why others cannot run what was built; fails if they can. Only root may ask.
no_other_users() {
	if [ "$(id -u)" -ne 0 ]; then
		echo 'only root may become another user'
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$BUILD/privmap" && return 1
		echo "other users cannot reach $BUILD"
	fi
}

# check TEXT COMMAND...: COMMAND may be a function; shows its output if it fails. As in any
# condition, set -e does not end it: a function joins its steps with && or returns by itself.
check() {
	local text=$1 status=0
	shift
	"$@" >"$WORK/check.out" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		ok "$text"
	else
		not_ok "$text" "exit status $status: $*
$(cat "$WORK/check.out")"
	fi
}

# check_fails TEXT COMMAND...: ok if it fails by itself; death by a signal does not count.
check_fails() {
	local text=$1 status=0
	shift
	"$@" >"$WORK/check.out" 2>&1 || status=$?
	if [ "$status" -gt 0 ] && [ "$status" -lt 128 ]; then
		ok "$text"
	else
		not_ok "$text" "should fail, but has exit status $status: $*
$(cat "$WORK/check.out")"
	fi
}

t_end() {
	T_ENDED=1
	printf '1..%d\n' "$T_COUNT"
	[ "$T_FAILED" -eq 0 ] || exit 1
	exit 0
}

# --- the jobs of clients ---

out=$WORK/out err=$WORK/err # of the command that ran last

# quietly COMMAND...: succeeds with nothing on stderr; $out gets its output.
quietly() {
	local status=0
	"$@" >"$out" 2>"$err" || status=$?
	cat "$err"
	[ ! -s "$err" ] && return "$status"
}

# says PATTERN COMMAND...: fails by itself (128: git does), not by a signal, and with this message.
says() {
	local pattern=$1 status=0
	shift
	"$@" >"$out" 2>"$err" || status=$?
	cat "$err"
	[ "$status" -gt 0 ] && [ "$status" -le 128 ] && grep -qE "$pattern" "$err"
}

# prints_as_git EXPECTED COMMAND...: quietly, and prints the same as the shell text EXPECTED.
prints_as_git() {
	local expected=$1
	shift
	quietly "$@" || return
	eval "$expected" >"$WORK/expected" || return
	[ -s "$WORK/expected" ] && diff "$WORK/expected" "$out"
}

# reads_as_git DIR FILE: FILE has what git prints for DIR, in the format of the clients that read a
# repository (clients/*-jobs.py, clients/jgit): the log, the tree of HEAD, every object.
reads_as_git() {
	{
		git -C "$1" log --format=raw && git -C "$1" ls-tree -r -t -z HEAD | sort -z &&
			git -C "$1" cat-file --batch-all-objects --batch-check
	} >"$WORK/expected" && [ -s "$WORK/expected" ] && diff --text "$WORK/expected" "$2"
}

# fsck_clean DIR: git fsck succeeds and prints nothing.
fsck_clean() {
	local status=0
	git -C "$1" fsck --full --strict >"$out" 2>&1 || status=$?
	cat "$out"
	[ ! -s "$out" ] && return "$status"
}

# whole DIR GITS: a clone equals git's own clone: the objects, the references, the index, the files.
whole() {
	fsck_clean "$1" &&
		diff -r --no-dereference --exclude=.git "$2" "$1" &&
		diff <(git -C "$2" for-each-ref) <(git -C "$1" for-each-ref) &&
		diff <(git -C "$2" ls-files -s) <(git -C "$1" ls-files -s) &&
		diff <(git -C "$2" rev-list --all --objects) <(git -C "$1" rev-list --all --objects) &&
		[ -z "$(git -C "$1" status --porcelain)" ]
}

# Every kind of change to a work tree: content, also of the same size; lines; deleted; executable;
# another type; untracked; and one file that is added.
change_files() {
	(
		cd "$1" || return
		echo more >>src/part-1/file-1.c
		printf X | dd of=src/part-5/file-5.c conv=notrunc status=none
		sed -i -e '3s/.*/other/' -e 7d history/part-3.txt
		rm src/part-2/file-2.c 'odd/*?[a]'
		chmod +x src/part-3/file-3.c
		ln -sf x src/part-4/file-4.c
		echo new >src/part-4/untracked
	)
}

# gix shows the differences between index and files, and a changed mode as X.
status_as_gix() {
	git -C "$1" diff-files --raw -z --abbrev | tr '\0' '\n' | while read -r old new _ _ letter; do
		IFS= read -r name
		if [ "$letter" = M ] && [ ":$new" != "$old" ]; then
			letter=X
		fi
		printf '  %s %s\n' "$letter" "$name"
	done
}

# --- mount and server ---

# mount_refusing SOURCE DIR [OPTION...]: shows SOURCE at DIR, where shared mappings are refused.
# shellcheck disable=SC2034 # TRY counts
mount_refusing() {
	local source=$1 dir=$2 pid try
	shift 2
	mkdir -p "$source" "$dir"
	"$BUILD/integration/refusers/refusefs" -f "$@" "$source" "$dir" 2>"$WORK/refusefs.err" >&2 &
	pid=$!
	for try in {1..3000}; do
		if mounted "$dir"; then
			return 0
		fi
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	echo "refusefs did not mount $dir" >&2
	cat "$WORK/refusefs.err" >&2
	return 1
}

# make_disk: sets $disk, a directory on a disk, because privmap does not serve memory filesystems.
make_disk() {
	disk=$WORK/disk
	case $(stat -f -c %T "$WORK") in
	tmpfs | ramfs) mount_refusing "$WORK/disk-source" "$disk" --cached ;;
	*) mkdir "$disk" ;;
	esac
}

# serve_repositories BASE: serves all repositories below BASE, at $GITURL/NAME. Tries random ports
# until one is free; only a line of the daemon itself proves that it has the port.
# shellcheck disable=SC2034 # TRY counts
serve_repositories() {
	local log=$WORK/git-daemon.log port pid try
	for try in {1..20}; do
		port=$((20000 + RANDOM % 12000))
		"$(git --exec-path)/git-daemon" --verbose --export-all --base-path="$1" --reuseaddr \
			--listen=127.0.0.1 --port="$port" >"$log" 2>&1 &
		pid=$!
		while kill -0 "$pid" 2>/dev/null; do
			if grep -qs 'Ready to rumble' "$log"; then
				GITURL=git://127.0.0.1:$port
				return 0
			fi
			sleep 0.02
		done
		wait "$pid" 2>/dev/null || :
	done
	echo 'git daemon did not start' >&2
	cat "$log" >&2
	return 1
}
