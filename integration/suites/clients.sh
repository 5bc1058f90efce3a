#!/bin/bash
# SPDX-License-Identifier: MIT
# Real clients on a mount that refuses shared mappings: gix and pygit2 (libgit2) fail there alone,
# and do their whole job under privmap, with the results of git.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/gix-jobs.sh
. "$TOP/integration/clients/gix-jobs.sh"

gix=$(client gix)
python=$(client pygit2)
jobs=$TOP/integration/clients/pygit2-jobs.py
mount=$WORK/mount

plain_pygit2() { "$python" "$jobs" "$@"; }
pygit2() { "$BUILD/privmap" -- "$python" "$jobs" "$@"; }
preloaded() { LD_PRELOAD=$BUILD/libprivmap.so "$@"; }

mkdir "$WORK/source"
"$TOP/integration/lib/repository.sh" "$WORK/served"
serve_repositories "$WORK/served"
mount_refusing "$WORK/source" "$mount" --timeout=1
url=$GITURL/x.git
cd "$mount"

# --- without privmap ---

check 'git clones on the refusing mount' git clone --quiet "$url" git
gix_alone
check 'pygit2 alone cannot clone there' \
	says 'No such device' plain_pygit2 clone "$url" pygit2-alone
# libgit2 hides the errno when it reads: the object or the reference is "not found".
check 'pygit2 alone cannot read there the clone of git' \
	says 'No such device|NotFoundError' plain_pygit2 log git
change_files git
check 'pygit2 alone cannot show changes there' \
	says 'No such device|NotFoundError' plain_pygit2 diff git
git -C git reset --quiet --hard
git -C git clean --quiet -f
check 'pygit2 alone reads on a disk' \
	prints_as_git 'git -C git log --format=raw' plain_pygit2 log "$WORK/disk"

# --- gix under privmap ---

gix_reads

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

"$TOP/integration/lib/repository.sh" --grow "$WORK/served"
gix_has_news
check 'pygit2 fetches new commits' quietly pygit2 fetch pygit2
check '  and has the contents of the server' fetched "$mount/pygit2"

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
