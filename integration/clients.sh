#!/bin/bash
# The real clients on a mount that refuses shared mappings: gix and pygit2 (libgit2) fail there by
# themselves and do their whole job under privmap, with the results git has. Run by make check.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

gix=$(client gix)
python=$(client pygit2)
jobs=$TOP/integration/clients/pygit2-jobs.py
mount=$WORK/mount

plain_gix() { "$gix" --no-verbose "$@"; }
plain_pygit2() { "$python" "$jobs" "$@"; }
gix() { "$BUILD/privmap" -- "$gix" --no-verbose "$@"; }
pygit2() { "$BUILD/privmap" -- "$python" "$jobs" "$@"; }
preloaded() { LD_PRELOAD=$BUILD/libprivmap.so "$@"; }

# references DIR PATTERN: NAME ID, sorted, without the symbolic ones.
references() {
	git -C "$1" for-each-ref --format='%(if)%(symref)%(then)%(else)%(refname) %(objectname)%(end)' \
		"$2" | sed '/^$/d'
}

# What was fetched: branches and tags as the server has them.
fetched() {
	fsck_clean "$1" &&
		diff <(references "$WORK/served/x.git" refs/tags) <(references "$1" refs/tags) &&
		diff <(references "$WORK/served/x.git" refs/heads) \
			<(references "$1" refs/remotes/origin | sed 's,remotes/origin,heads,')
}

larger_than_32k() {
	[ "$(stat -c %s "$1")" -gt 32768 ]
}

# Its status has a line of its own on stderr, on any filesystem: nothing else may be there. Its
# threads print in any order.
status_is_gits() {
	plain_gix -r "$WORK/disk" status >/dev/null 2>"$WORK/own" || return
	gix -r "$1" status >"$out" 2>"$err" || return
	diff "$WORK/own" "$err" && status_as_gix "$1" | sort >"$WORK/expected" &&
		[ -s "$WORK/expected" ] && diff "$WORK/expected" <(sort "$out")
}

archive_is_gits() {
	quietly gix -r "$1" archive "$WORK/gix.tar" HEAD || return
	git -C "$1" archive --output="$WORK/git.tar" HEAD || return
	local tool
	for tool in git gix; do
		rm -rf "$WORK/$tool.files"
		mkdir "$WORK/$tool.files" && tar -C "$WORK/$tool.files" -xf "$WORK/$tool.tar" || return
		(cd "$WORK/$tool.files" && find . -type f -perm -u+x) >"$WORK/$tool.executables"
	done
	diff -r --no-dereference "$WORK/git.files" "$WORK/gix.files" &&
		diff "$WORK/git.executables" "$WORK/gix.executables"
}

# One blob is taken away: both must miss exactly that one. (This gix looks at the top directory of
# each commit only.)
misses_what_git_misses() {
	local repo=$mount/broken.git blob name
	git clone --quiet --bare "$WORK/served/x.git" "$repo" || return
	blob=$(git -C "$repo" rev-parse main:README)
	name=$(git -C "$repo" rev-list --objects --no-object-names --all | grep -v "$blob" |
		git -C "$repo" pack-objects --quiet objects/pack/pack) || return
	find "$repo/objects" -type f ! -name "pack-$name.*" -delete
	quietly gix -r "$repo" fsck || return
	# git: "missing blob ID"; gix: "ID: Blob"
	diff <(git -C "$repo" fsck --connectivity-only 2>/dev/null | awk '/^missing/ { print $3 }') \
		<(cut -d : -f 1 "$out") && [ "$(wc -l <"$out")" -eq 1 ]
}

# As many objects as git counts.
verifies_all() {
	quietly gix -r "$1" --format json verify --statistics || return
	"$python" "$TOP/integration/clients/gix-verified.py" "$out" "$1"
}

# converted FILE: the JSON line of a report says that something was.
converted() {
	cat "$1"
	"$python" -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(not (lines and all(line["converted"] > 0 for line in lines)))' "$1"
}

mkdir "$WORK/source"
"$TOP/integration/repository.sh" "$WORK/served"
serve_repositories "$WORK/served"
mount_refusing "$WORK/source" "$mount" --timeout=1
url=$GITURL/x.git
cd "$mount"

# --- without privmap ---

check 'git clones on the refusing mount' git clone --quiet "$url" git
check 'gix alone cannot clone there' \
	says 'No such device \(os error 19\)' plain_gix clone "$url" gix-alone
check 'pygit2 alone cannot clone there' \
	says 'No such device' plain_pygit2 clone "$url" pygit2-alone
# libgit2 hides the errno when it reads: the object or the reference is "not found".
check 'pygit2 alone cannot read there what git cloned' \
	says 'No such device|NotFoundError' plain_pygit2 log git
change_files git
check 'pygit2 alone cannot show what changed there' \
	says 'No such device|NotFoundError' plain_pygit2 diff git
git -C git reset --quiet --hard
git -C git clean --quiet -f
check 'gix alone clones on a disk' plain_gix clone "$url" "$WORK/disk"
check 'pygit2 alone reads on a disk' \
	prints_as_git 'git -C git log --format=raw' plain_pygit2 log "$WORK/disk"

# --- gix under privmap ---

check 'gix clones, with a report' \
	quietly "$BUILD/privmap" --report="$WORK/report" -- "$gix" --no-verbose clone "$url" gix
check '  the clone is whole and as git'\''s' whole "$mount/gix" "$mount/git"
check '  the report says what was converted' converted "$WORK/report"
check '  the packed references are more than gix reads without a map' \
	larger_than_32k gix/.git/packed-refs
check 'gix lists revisions' prints_as_git \
	'git -C gix log --format="%h %ct %P" | awk "{ print \$1, \$2, NF - 2 }"' \
	gix -r gix revision list HEAD
check 'gix lists index entries' prints_as_git \
	'git -C gix ls-files -z | tr "\\0" "\\n"' gix -r gix index entries
check 'gix archives' archive_is_gits gix
check 'gix fsck finds nothing missing' eval 'quietly gix -r gix fsck && [ ! -s "$out" ]'
check 'gix fsck misses what git misses' misses_what_git_misses
check 'gix verifies every object' verifies_all gix

change_files gix
check 'gix has the status of changed files' status_is_gits gix
git -C gix reset --quiet --hard
git -C gix clean --quiet -f

# --- pygit2 under privmap ---

check 'pygit2 clones' quietly pygit2 clone "$url" pygit2
check '  the clone is whole and as git'\''s' whole "$mount/pygit2" "$mount/git"
check 'pygit2 has the log' prints_as_git 'git -C pygit2 log --format=raw' pygit2 log pygit2

change_files pygit2
git -C pygit2 add src/part-4/untracked
echo again >pygit2/src/part-4/untracked
echo untracked >pygit2/src/part-6/untracked
check 'pygit2 has the status of changed files' prints_as_git \
	'git -C pygit2 status --porcelain --no-renames --untracked-files=all -z' pygit2 status pygit2
check 'pygit2 has the diff of changed files' prints_as_git 'git -C pygit2 diff' pygit2 diff pygit2
git -C pygit2 reset --quiet --hard
git -C pygit2 clean --quiet -f
git -C pygit2 prune

# --- news from the server ---

"$TOP/integration/repository.sh" --grow "$WORK/served"
check 'gix fetches new commits' quietly gix -r gix fetch
check '  and has what the server has' fetched "$mount/gix"
check 'pygit2 fetches new commits' quietly pygit2 fetch pygit2
check '  and has what the server has' fetched "$mount/pygit2"

git -C gix commit-graph write --reachable --no-progress
git -C gix multi-pack-index write --no-progress
check 'gix verifies the commit-graph' quietly gix -r gix commit-graph verify
check 'gix lists the commit-graph' prints_as_git \
	'git -C gix log --format="%h %ct %t %P" origin/main | awk "{ print \$1, \$2, NF - 3, \$3 }"' \
	eval 'gix -r gix commit-graph list origin/main | cut -d " " -f 1-4'
check 'gix verifies the multi-pack-index' quietly gix free pack multi-index \
	--multi-index-path gix/.git/objects/pack/multi-pack-index verify
check 'gix lists revisions of several packs' prints_as_git \
	'git -C gix log --format="%h %ct %P" origin/main | awk "{ print \$1, \$2, NF - 2 }"' \
	gix -r gix revision list origin/main
git -C pygit2 pack-refs --all
git -C pygit2 commit-graph write --reachable --no-progress
git -C pygit2 multi-pack-index write --no-progress
check 'pygit2 reads packed references, commit-graph and multi-pack-index' prints_as_git \
	'git -C pygit2 log --format=raw origin/main' pygit2 log pygit2 origin/main

# --- LD_PRELOAD by hand ---

git -C git pull --quiet
check 'gix clones with LD_PRELOAD set by hand' quietly preloaded plain_gix clone "$url" by-hand
check '  the clone is whole and as git'\''s' fetched "$mount/by-hand"
check 'pygit2 reads with LD_PRELOAD set by hand' prints_as_git \
	'git -C git log --format=raw' preloaded plain_pygit2 log git

t_end
