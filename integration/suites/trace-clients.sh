#!/bin/bash
# SPDX-License-Identifier: MIT
# Clients whose mmap calls no preload library sees: a static gix, a static libgit2, go-git with and
# without cgo, Go's own compiler. On the refusing mount they fail alone. privmap recognizes them,
# and under it they do their whole job, with the results of git.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/gix-jobs.sh
. "$TOP/integration/clients/gix-jobs.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/go.sh
. "$TOP/integration/clients/go.sh"

gix=$(client gix-static)
libgit2=$(client libgit2-static)
gogit=$(client gogit)
mount=$WORK/mount

preloaded() { LD_PRELOAD=$BUILD/libprivmap.so "$@"; }

# maps COMMAND...: it makes mappings for the tracer to serve.
maps() {
	strace -f -qq -e trace=mmap -o "$WORK/trace" "$@" >"$out" || return
	grep 'PROT_READ, MAP_SHARED, [0-9]' "$WORK/trace"
}

# cats_as_git DIR COMMAND...: prints the objects in "names" from DIR, as git does.
cats_as_git() {
	local dir=$1
	shift
	prints_as_git "git -C '$dir' cat-file --batch <'$WORK/names'" "$@" cat "$dir" <"$WORK/names"
}

# alone NAME PROGRAM MESSAGE: without privmap, it works on a disk, and fails with MESSAGE on the
# mount.
alone() {
	local name=$1 program=$2 message=$3 disk=$WORK/disk-$1
	check "$name alone clones on a disk" quietly "$program" clone "$url" "$disk"
	check '  the clone is whole and as git'\''s' whole "$disk" "$mount/git"
	check "$name alone reads on a disk" cats_as_git "$disk" "$program"
	check '  it maps the files that it reads' maps "$program" cat "$disk" <"$WORK/names"
	check "$name alone cannot read on the mount" \
		says "$message" "$program" cat git <"$WORK/names"
	check '  nor when it is preloaded' \
		says "$message" preloaded "$program" cat git <"$WORK/names"
}

# served NAME PROGRAM: it works under privmap.
served() {
	local name=$1 program=$2
	check "$name clones, with a report" \
		quietly "$BUILD/privmap" --report="$WORK/$name.report" -- \
		"$program" clone "$url" "$name"
	check '  the clone is whole and as git'\''s' whole "$mount/$name" "$mount/git"
	check '  the report lists converted mappings' converted "$WORK/$name.report"
	check "$name reads" cats_as_git "$mount/$name" "$BUILD/privmap" "$program"
}

# go-git checks out no name with a control character.
without_tab() {
	(
		export GIT_DIR=$1 GIT_INDEX_FILE=$WORK/index
		git read-tree main
		git rm --quiet --cached $'odd/tab\there'
		git update-ref refs/heads/main \
			"$(git commit-tree -p main -m 'No tab' "$(git write-tree)")"
	)
}

mkdir "$WORK/source"
"$TOP/integration/lib/repository.sh" "$WORK/served"
"$TOP/integration/lib/repository.sh" --small "$WORK/served/small"
without_tab "$WORK/served/small/x.git"
serve_repositories "$WORK/served"
mount_refusing "$WORK/source" "$mount" --timeout=1
cd "$mount"

url=$GITURL/small/x.git
# gogit reads no pack without a reverse index, which git does not always write.
git -c pack.writeReverseIndex=true clone --quiet "$url" git
# A sample, because gogit is slow: it undoes the deltas again for each object.
git -C git cat-file --batch-all-objects --batch-check='%(objectname)' |
	awk 'NR % 8 == 0' >"$WORK/names"

# --- libgit2 ---

# libgit2 hides the errno when it reads.
alone libgit2 "$libgit2" 'object not found'
check 'libgit2 alone cannot clone on the mount' \
	says 'failed to mmap.*No such device' "$libgit2" clone "$url" libgit2-alone
served libgit2 "$libgit2"

change_files git
check 'libgit2 alone cannot show changes there' \
	says 'object not found' "$libgit2" diff git
check 'libgit2 has the diff of changed files' \
	prints_as_git 'git -C git diff' "$BUILD/privmap" "$libgit2" diff git
git -C git reset --quiet --hard
git -C git clean --quiet -f

# --- go-git: its clone needs no map, and makes no origin/HEAD ---

git -C git remote set-head origin --delete
for name in gogit gogit-cgo; do
	alone "$name" "${gogit%/*}/$name" 'cannot create mmap.*no such device'
	served "$name" "${gogit%/*}/$name"
done

# --- gix ---

url=$GITURL/x.git
rm -rf git
git clone --quiet "$url" git
gix_alone
check 'gix cannot when it is preloaded either' \
	says 'No such device \(os error 19\)' preloaded plain_gix clone "$url" gix-alone
gix_reads
"$TOP/integration/lib/repository.sh" --grow "$WORK/served"
gix_has_news

# --- go build, with its caches on the mount: it maps results of an earlier build ---

# Makes a module in GOMODCACHE, and a program that uses it and a package in its own module.
make_module() {
	local versions=$WORK/proxy/example.com/dep/@v
	mkdir -p "$WORK/dep" "$versions" "$mount/module/own"
	printf 'module example.com/dep\n' | tee "$WORK/dep/go.mod" >"$versions/v1.0.0.mod"
	printf 'package dep\n\nfunc Word() string { return "dep" }\n' >"$WORK/dep/dep.go"
	git -C "$WORK/dep" init -q && git -C "$WORK/dep" add . && git -C "$WORK/dep" commit -qm dep &&
		git -C "$WORK/dep" archive --format=zip --prefix=example.com/dep@v1.0.0/ -o "$versions/v1.0.0.zip" HEAD &&
		echo '{"Version":"v1.0.0"}' >"$versions/v1.0.0.info" || return
	cd "$mount/module" &&
		printf 'module m\n\ngo 1.21\n\nrequire example.com/dep v1.0.0\n' >go.mod &&
		printf 'package own\n\nimport "errors"\n\nvar E = errors.New("own")\n' >own/own.go &&
		printf 'package main\n\nimport (\n\t"example.com/dep"\n\t"m/own"\n)\n\n%s\n' \
			'func main() { println(dep.Word(), own.E.Error()) }' >main.go
}
go_build() { "$@" "$GO" build -o m .; }
another_line() { echo "var V$((++lines)) = 1" >>own/own.go; }
builds() {
	go_build "$BUILD/privmap" -v && [ "$(./m 2>&1)" = 'dep own' ]
}

if find_go 'the test of go build' 21 "$WORK/go"; then
	export GOCACHE=$mount/home/.cache/go-build GOMODCACHE=$mount/modules GOFLAGS='-mod=mod -modcacherw'
	export GOPROXY=file://$WORK/proxy GOSUMDB=off
	lines=0
	check 'a module for go build' make_module
	cd "$mount/module"
	check 'go build: the first one works alone' go_build env
	another_line
	check '  the next one does not' says 'no such device' go_build env
	rm -rf "$GOCACHE" "$GOMODCACHE"
	check '  under privmap the first one does' builds
	check '  the same again' builds
	another_line
	check '  with one line changed' builds
	mv "$GOCACHE" "$mount/my cache"
	export GOCACHE="$mount/my cache"
	another_line
	check '  with a cache of another name' builds
else
	skip 'go build' 'there is no Go'
fi

t_end
