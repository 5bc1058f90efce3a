#!/bin/bash
# SPDX-License-Identifier: MIT
# The whole job of clients in worlds that refuse file mappings: shared ones, those of files opened
# O_RDWR, or all, each with five errnos (mmapworld). First tests these worlds themselves.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval and awk expand
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
python=$(client pygit2)
jobs=$TOP/integration/clients/pygit2-jobs.py
mmapworld=$BUILD/integration/refusers/mmapworld
CC=${CC:-cc}
declare -A said=([ENODEV]='No such device' [EINVAL]='Invalid argument'
	[EOPNOTSUPP]='Operation not supported' [ENOSYS]='Function not implemented'
	[ENOEXEC]='Exec format error')
errnos=(ENODEV EINVAL EOPNOTSUPP ENOSYS ENOEXEC)

make_disk
cd "$disk"

# --- the worlds themselves ---

head -c 10000 /dev/urandom >file

# mapkinds_says ERRNO KIND: prints the expected output of mapkinds in that world.
mapkinds_says() {
	local shared=$1 private=private rdwr=$1
	case $2 in
	rdwr) shared=shared ;;
	private) private=$1 ;;
	esac
	cat <<-END
		shared read, O_RDONLY: $shared
		shared read, O_RDWR: $rdwr
		validated shared read, O_RDONLY: $shared
		shared write: $rdwr
		validated shared write: $rdwr
		private read: $private
		private write: $private
	END
}

# Only the kernel can refuse mappings of a static program.
static=$BUILD/integration/programs/mapkinds
if "$CC" -static -w -o "$WORK/mapkinds" "$TOP/integration/programs/mapkinds.c" 2>/dev/null; then
	static=$WORK/mapkinds
fi

refuses() {
	diff <(mapkinds_says "$2" "$1") <("$mmapworld" --refuse "$1" --errno "$2" -- "$static" file)
}

# Files in memory and code are not refused: the program runs.
leaves_memory() {
	local memory all
	memory=$(mktemp /dev/shm/privmap.XXXXXX) || return
	cp file "$memory"
	exec 9<>"$memory"
	rm "$memory"
	all=$("$static" /dev/fd/9) && diff <(echo "$all") <("$mmapworld" --refuse "$1" -- "$static" /dev/fd/9) &&
		grep -qx 'shared write: shared' <<<"$all"
	set -- $?
	exec 9>&-
	return "$1"
}

refuses_below_only() {
	mkdir -p below belower && cp file below/file && cp file belower/file &&
		mapkinds_says ENODEV private |
		diff - <("$mmapworld" --refuse private --below below "$static" below/file) &&
		"$static" file |
		diff - <("$mmapworld" --refuse private --below below "$static" belower/file)
}

# Many at once, with threads and children: all their mappings are refused.
refuses_many() {
	local n
	"$mmapworld" --refuse private --errno ENOEXEC bash -c '
		for n in {1..20}; do "$1" file >"$2/many.$n" & done; wait' - "$static" "$WORK" || return
	for n in {1..20}; do
		mapkinds_says ENOEXEC private | diff - "$WORK/many.$n" || return
	done
}

# ends_with STATUS COMMAND...
ends_with() {
	local want=$1 status=0
	shift
	timeout 120 "$@" || status=$?
	echo "status $status, wanted $want"
	[ "$status" -eq "$want" ]
}

# Mappings of a daemon are refused long after the command has ended, and no process waits for it.
serves_a_daemon() {
	local try
	rm -f "$WORK/go" "$WORK/daemon"
	ends_with 7 "$mmapworld" bash -c '
		{ while [ ! -e "$2/go" ]; do sleep 0.02; done; "$1" file >"$2/daemon"; } >"$2/daemon.out" 2>&1 &
		exit 7' - "$static" "$WORK" | cat || return
	: >"$WORK/go"
	for try in {1..3000}; do
		[ "$(wc -l <"$WORK/daemon" 2>/dev/null)" != 7 ] || break
		sleep 0.02
	done
	mapkinds_says ENODEV shared | diff - "$WORK/daemon"
}

# After SIGKILL, as timeout(1) sends at last, nothing goes on running.
dies_with_its_launcher() {
	local pid command try
	rm -f "$WORK/pid"
	"$mmapworld" bash -c 'trap "" TERM; echo $$ >"$1"; while :; do sleep 0.02; done' - \
		"$WORK/pid" &
	pid=$!
	for try in {1..6000}; do
		[ ! -s "$WORK/pid" ] || break
		sleep 0.01
	done
	command=$(cat "$WORK/pid")
	kill -KILL "$pid"
	wait "$pid" || :
	for try in {1..6000}; do
		kill -0 "$command" 2>/dev/null || return 0
		sleep 0.01
	done
	kill -KILL "$command"
	return 1
}

for kind in shared rdwr private; do
	for errno in "${errnos[@]}"; do
		check "$kind, $errno: refuses what it should, also for a static program" refuses "$kind" "$errno"
	done
	check "$kind: memory files are left alone" leaves_memory "$kind"
done
check '--below refuses there and nowhere else' refuses_below_only
check 'twenty processes at once are all refused' refuses_many
check 'its exit status is the command'\''s' ends_with 3 "$mmapworld" sh -c 'exit 3'
check '  128 and the number of the signal' ends_with 139 "$mmapworld" bash -c 'kill -SEGV $$'
check 'killed, it leaves no process' dies_with_its_launcher
check 'it does not wait for daemons, but serves them' serves_a_daemon

# --- the clients ---

"$TOP/integration/lib/repository.sh" --small "$WORK/served"
serve_repositories "$WORK/served"
url=$GITURL/x.git
# git and libgit2 read packs in windows: several for each pack.
window=16384
git config --global core.packedGitWindowSize "$window"
export PACK_WINDOW=$window
git clone --quiet "$url" gits

world=() # the command before a command
privmap=("$BUILD/privmap" --report="$WORK/report")
plain_gix() { "${world[@]}" "$gix" --no-verbose "$@"; }
plain_pygit2() { "${world[@]}" "$python" "$jobs" "$@"; }
plain_git() { "${world[@]}" git "$@"; }
gix() { "${world[@]}" "${privmap[@]}" "$gix" --no-verbose "$@"; }
pygit2() { "${world[@]}" "${privmap[@]}" "$python" "$jobs" "$@"; }
git_served() { "${world[@]}" "${privmap[@]}" git "$@"; }

clones_whole() {
	local dir=${!#}
	rm -rf "$dir"
	quietly "$@" && whole "$disk/$dir" "$disk/gits"
}

# reported FIELD: prints the sum in the reports of all processes of a job.
reported() {
	"$python" -c 'import json, sys
print(sum(json.loads(line).get(sys.argv[2], 0) for line in open(sys.argv[1])))' "$WORK/report" "$1"
}

# served_by FIELD...: the reports have exactly these: converted, buffered, both or none; and no file
# that was not served.
served_by() {
	local field
	cat "$WORK/report"
	for field in converted buffered left; do
		case " $* " in
		*" $field "*) [ "$(reported "$field")" -gt 0 ] ;;
		*) [ "$(reported "$field")" -eq 0 ] ;;
		esac || return
	done
}

reads_gix() {
	prints_as_git 'git -C gix log --format="%h %ct %P" | awk "{ print \$1, \$2, NF - 2 }"' \
		gix -r gix revision list HEAD &&
		prints_as_git 'git -C gix ls-files -z | tr "\0" "\n"' gix -r gix index entries &&
		quietly gix -r gix verify &&
		change_files gix && gix -r gix status >"$out" 2>"$err" &&
		diff <(status_as_gix gix | sort) <(sort "$out") && [ -s "$out" ]
}

reads_pygit2() {
	prints_as_git 'git -C pygit2 log --format=raw' pygit2 log pygit2 && change_files pygit2 &&
		git -C pygit2 add src/part-4/untracked && echo again >pygit2/src/part-4/untracked &&
		prints_as_git 'git -C pygit2 status --porcelain --no-renames --untracked-files=all -z' \
			pygit2 status pygit2 &&
		prints_as_git 'git -C pygit2 diff' pygit2 diff pygit2
}

reads_git() {
	quietly git_served -C git fsck --full --strict &&
		prints_as_git 'git -C gits rev-list --all --objects' \
			git_served -C git rev-list --all --objects &&
		prints_as_git 'git -C gits ls-tree -r HEAD' git_served -C git ls-tree -r HEAD &&
		prints_as_git 'git -C gits log --format=raw -p' git_served -C git log --format=raw -p &&
		change_files git &&
		prints_as_git 'git -C git diff --raw -p' git_served -C git diff --raw -p &&
		prints_as_git 'git -C git status --porcelain' git_served -C git status --porcelain
}

# alone CLIENT TEXT
alone() {
	local text="$2: $1 alone" clone=("plain_$1" clone "$url" alone)
	[ "$1" != git ] || clone=(plain_git clone --quiet "$url" alone)
	rm -rf alone
	case $1,$kind in
	git,shared | git,rdwr | gix,rdwr)
		# Not affected, so one errno is enough.
		[ "$errno" != ENODEV ] || check "$text clones" clones_whole "${clone[@]}"
		;;
	*) check "$text cannot clone" says "${said[$errno]}" "${clone[@]}" ;;
	esac
}

# whole_job CLIENT TEXT [FIELD]: does the job under privmap, which serves it by FIELD, or not at
# all.
whole_job() {
	local clone=("$1" clone "$url" "$1")
	[ "$1" != git ] || clone=(git_served clone --quiet "$url" git)
	: >"$WORK/report"
	check "$2: $1 clones, and its clone equals that of git on a disk" clones_whole "${clone[@]}"
	check "$2: $1 reads" "reads_$1"
	check "  the report: ${3:-nothing was needed}" served_by "${@:3}"
}

# help CLIENT: prints what it needs in this world, with the built-in rules.
help() {
	case $1,$kind in
	*,private) echo buffered ;;
	git,* | gix,rdwr) ;;
	*) echo converted ;;
	esac
}

for kind in shared rdwr private; do
	for errno in "${errnos[@]}"; do
		world=("$mmapworld" --refuse "$kind" --errno "$errno" --)
		for client in gix pygit2 git; do
			alone "$client" "$kind, $errno"
			# shellcheck disable=SC2046 # one word or none
			whole_job "$client" "$kind, $errno" $(help "$client")
		done
	done
done

# The kernel ignores the tracer's filter where that of mmapworld answers.
privmap=("$BUILD/privmap" --engine trace --report="$WORK/report")
for kind in shared private; do
	world=("$mmapworld" --refuse "$kind" --)
	for client in gix pygit2 git; do
		# shellcheck disable=SC2046 # one word or none
		whole_job "$client" "traced, $kind" $(help "$client")
	done
done

# A rule that copies at once; most copies are too large for memory here. Only the share refuses
# mappings, so the spool can map.
mkdir "$WORK/spool"
cat >"$WORK/buffer.conf" <<-END
	rules = ( { action = "buffer" } );
	buffer : { memory = "8K"; spool = "$WORK/spool"; limit = "1G"; };
END
privmap=("$BUILD/privmap" --config="$WORK/buffer.conf" --report="$WORK/report")
errno=EINVAL
for kind in shared rdwr private; do
	world=("$mmapworld" --refuse "$kind" --errno "$errno" --below "$disk" --)
	for client in gix pygit2 git; do
		help=$(help "$client")
		# shellcheck disable=SC2086 # one word or none
		whole_job "$client" "$kind, rule buffer" ${help/converted/buffered}
	done
done
check 'nothing is left in the spool directory' eval '[ -z "$(ls -A "$WORK/spool")" ]'
t_end
