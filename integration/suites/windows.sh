#!/bin/bash
# SPDX-License-Identifier: MIT
# The windows that privmap offers git where private mappings are refused: git copies a part of a
# pack, and not all of it. Settings of the user, anywhere, have priority; elsewhere nothing changes.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

privmap=$BUILD/privmap
key=core.packedGitWindowSize
make_disk
export HOME=$WORK/home GIT_CONFIG_SYSTEM=$WORK/system PRIVMAP_CONFIG=$WORK/rules
unset XDG_CONFIG_HOME GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
mkdir -p "$HOME" "$WORK/spool"
echo "builtin = true; buffer = { spool = \"$WORK/spool\"; };" >"$PRIVMAP_CONFIG"
: >"$GIT_CONFIG_SYSTEM"
repository=$disk/repository
git init -q "$repository"
cd "$repository"
git config user.name a
git config user.email a@example.org
for name in 1 2 3 4 5 6; do
	head -c 3000000 /dev/urandom >$name
done
git add -A
git -c core.compression=0 commit -qm large
mkdir -p below/here
echo x >below/here/small
git add -A
git commit -qm small
git -c core.compression=0 -c pack.window=0 repack -adq
git worktree add -q "$disk/linked"
git clone -q --bare . "$disk/bare"

kind=private
refused() {
	"$BUILD/integration/refusers/mmapworld" --refuse "$kind" --below "$disk" -- "$@"
}

# gives SIZE DIRECTORY COMMAND...: below COMMAND, git has this setting there; "": none.
gives() {
	cd "$2" || return
	"${@:3}" git config --get "$key" >"$out" 2>"$err" || [ "$?" -eq 1 ] || return
	cat "$out" "$err"
	[ "$(cat "$out")" = "$1" ] && [ ! -s "$err" ]
}

# same_environment COMMAND...: COMMAND changes no variable that begins with GIT_.
same_environment() {
	cd "$repository" || return
	diff <(env | grep '^GIT_' | sort) <("$@" env | grep '^GIT_' | sort)
}

# --- where privmap offers it ---

check 'where private mappings are refused' gives 4m "$repository" refused "$privmap"
check '  by the tracer, too' gives 4m "$repository" refused "$privmap" -e trace
check '  in a directory below' gives 4m "$repository/below/here" refused "$privmap"
check '  in a linked work tree' gives 4m "$disk/linked" refused "$privmap"
check '  in a bare repository' gives 4m "$disk/bare" refused "$privmap"
# names SIZE DIRECTORY OPTION...: these options of git, in a directory that is no repository.
names() {
	cd "$2" || return
	[ "$(refused "$privmap" git "${@:3}" config --get "$key")" = "$1" ]
}
check '  by git -C' names 4m / -C "$repository"
check '  by git -C, twice' names 4m / -c a.b=c -C "${disk#/}" --no-pager -C repository/below
check '  by git --git-dir=' names 4m "$disk" --git-dir=repository/.git
check '  by git --git-dir' names 4m "$disk" --work-tree . --git-dir repository/.git
check '  by GIT_DIR' gives 4m / env GIT_DIR="$repository/.git" "$BUILD/integration/refusers/mmapworld" \
	--refuse private --below "$disk" -- "$privmap"
check '  once, by a privmap under privmap' eval \
	'cd "$repository"; [ "$(refused "$privmap" "$privmap" printenv GIT_CONFIG_COUNT)" = 1 ]'
check '  after existing settings' eval \
	'cd "$repository"; [ "$(GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=b refused "$privmap" \
		sh -c "git config user.name; echo \$GIT_CONFIG_COUNT; git config $key")" = "b
2
4m" ]'
check '  -v says it' eval 'cd "$repository"; refused "$privmap" -v true 2>&1 | grep -q GIT_CONFIG_COUNT'
check '  and nothing else says anything' eval 'cd "$repository"; quietly refused "$privmap" true'

# Only the parts that git log -1 reads are copied.
copies_a_part() {
	cd "$repository" || return
	prints_as_git 'git log -1 -p' refused "$privmap" --report="$WORK/report" git log -1 -p || return
	cat "$WORK/report"
	python3 - "$WORK/report" <<-'END'
		import json, sys
		lines = [json.loads(line) for line in open(sys.argv[1])]
		copied = sum(line.get("buffered_bytes", 0) for line in lines)
		sys.exit(not 0 < copied < 10000000)
	END
}
check '  a part of the pack is copied' copies_a_part

# --- where it does not ---

holds() {
	check "  of a user: $1" gives "$2" "$repository" refused "${@:3}"
}
check 'git -c has precedence' eval 'cd "$repository"; [ "$(refused "$privmap" git -c $key=2m config $key)" = 2m ]'
holds 'GIT_CONFIG_PARAMETERS' 2m env "GIT_CONFIG_PARAMETERS='$key'='2m'" "$privmap"
holds 'GIT_CONFIG_KEY_0' 2m env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=CORE.packedgitWINDOWsize GIT_CONFIG_VALUE_0=2m "$privmap"
printf '[core]\n\tPackedGitWindowSize = 3m\n' >"$WORK/setting"
printf '[include]\n\tpath = %s/setting\n' "$WORK" >"$WORK/include"
holds 'a file that GIT_CONFIG_KEY_0 includes' 3m env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=include.path \
	GIT_CONFIG_VALUE_0="$WORK/setting" "$privmap"
holds 'GIT_CONFIG_GLOBAL' 3m env GIT_CONFIG_GLOBAL="$WORK/setting" "$privmap"
# privmap must not read the pipe, which would empty it. So it cannot know the setting, and offers
# none.
a_pipe() {
	cd "$repository" || return
	[ "$(refused bash -c 'GIT_CONFIG_GLOBAL=<(cat "$0") "$@"' "$WORK/setting" "$privmap" \
		sh -c 'cat "$GIT_CONFIG_GLOBAL"; echo "<$GIT_CONFIG_COUNT>"')" = "$(cat "$WORK/setting")"$'\n<>' ]
}
check '  of a user: GIT_CONFIG_GLOBAL, a pipe' a_pipe
check '  GIT_CONFIG_GLOBAL=/dev/null has none' gives 4m "$repository" refused env GIT_CONFIG_GLOBAL=/dev/null "$privmap"
mkdir -p "$WORK/xdg/git"
cp "$WORK/setting" "$WORK/xdg/git/config"
holds 'XDG_CONFIG_HOME' 3m env XDG_CONFIG_HOME="$WORK/xdg" "$privmap"
for place in "$HOME/.gitconfig" "$HOME/.config/git/config" "$GIT_CONFIG_SYSTEM" "$repository/.git/config"; do
	mkdir -p "$(dirname "$place")"
	for what in setting include; do
		cp "$place" "$WORK/before" 2>/dev/null || : >"$WORK/before"
		cat "$WORK/$what" >>"$place"
		holds "${place#"$WORK/"}, $what" 3m "$privmap"
		cat "$WORK/before" >"$place"
	done
done
head -c 1100000 /dev/zero | tr '\0' '#' >"$HOME/.gitconfig"
holds 'a file too large to be searched' '' "$privmap"
: >"$HOME/.gitconfig"
git config "$key" 3m
check '  of a user: GIT_COMMON_DIR' gives 3m "$disk/bare" \
	refused env GIT_COMMON_DIR="$repository/.git" "$privmap"
check '  of a user: the repository of a linked work tree' gives 3m "$disk/linked" refused "$privmap"
git config --unset "$key"
git config extensions.worktreeConfig true
git -C "$disk/linked" config --worktree "$key" 5m
check '  of a user: a linked work tree'"'"'s' gives 5m "$disk/linked" refused "$privmap"
check '  which is not the others'"'" gives 4m "$repository" refused "$privmap"

check 'PRIVMAP_DISABLE' gives '' "$repository" refused env PRIVMAP_DISABLE=1 "$privmap"
check 'not by the library alone' same_environment refused env LD_PRELOAD="$BUILD/libprivmap.so"
check 'not where private mappings work' same_environment "$privmap"
check 'not in another directory' eval 'cd "$WORK"; ! refused "$privmap" printenv GIT_CONFIG_COUNT'
check 'not by a number that git rejects' eval \
	'cd "$repository"; [ "$(GIT_CONFIG_COUNT=1x refused "$privmap" printenv GIT_CONFIG_COUNT)" = 1x ]'
check 'not where GIT_COMMON_DIR is relative' gives '' "$repository" refused env GIT_COMMON_DIR=.git "$privmap"
check 'not where settings are missing' eval \
	'cd "$repository"; ! GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=a.b refused "$privmap" printenv GIT_CONFIG_KEY_1'
kind=shared
check 'not where only shared mappings are refused' same_environment refused "$privmap"
t_end
