#!/bin/bash
# SPDX-License-Identifier: MIT
# Static clients that other programs start, on the refusing mount: gix and a program with libgit2 as
# children of shells, make, git, npm, cargo and tmux, and as coprocesses of prompts. Alone, each
# fails. It works as on a disk if its parent runs under privmap, if a profile has both libraries in
# the environment, and if it is patched.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

GIX=$(client gix-static)
LIBGIT2=$(client libgit2-static)
export GIX LIBGIT2
mount=$WORK/mount
privmap=$BUILD/privmap
make_disk
mount_refusing "$WORK/source" "$mount" --timeout=1
"$TOP/integration/lib/repository.sh" --tiny "$WORK/served"
serve_repositories "$WORK/served"
export URL=$GITURL/x.git
for place in "$disk" "$mount"; do
	git clone --quiet "$URL" "$place/r"
done
git -C "$disk/r" rev-list --objects --all | awk 'NR % 9 == 0 { print $1 }' >"$WORK/names"
export NAMES=$WORK/names

# --- the jobs: each prints what is compared ---

by_sh() { sh -c '"$GIX" -r r odb entries | sort | head -n 40; "$LIBGIT2" cat r <"$NAMES" | cksum'; }
by_exec() { sh -c 'exec "$LIBGIT2" cat r <"$NAMES"' | cksum; }
by_make() {
	printf '%s\n' 'all: a b c d' 'a b c d:' $'\t''@"$(LIBGIT2)" cat r <"$(NAMES)" >$@ && cksum <$@' >Makefile
	make -s -j4
}
by_hook() {
	printf '%s\n' '#!/bin/sh' '"$LIBGIT2" cat . <"$NAMES" | cksum >../hook.out' >r/.git/hooks/pre-commit
	chmod +x r/.git/hooks/pre-commit
	git -C r commit --quiet --allow-empty -m 'With a hook' && cat hook.out
}
by_alias() {
	git -C r -c alias.objects='!"$LIBGIT2" cat . <"$NAMES"' objects | cksum
}
by_npm() {
	printf '{ "name": "x", "version": "1.0.0", "scripts": { "objects": "\\"$LIBGIT2\\" cat r <\\"$NAMES\\"" } }\n' >package.json
	npm --silent --no-update-notifier run objects | cksum
}
# In a build script, which cargo runs.
by_cargo() {
	mkdir -p crate/src
	printf '[package]\nname = "x"\nversion = "1.0.0"\nedition = "2021"\n' >crate/Cargo.toml
	printf 'fn main() {}\n' >crate/src/main.rs
	printf '%s\n' 'fn main() {' \
		'let names = std::fs::File::open(std::env::var("NAMES").unwrap()).unwrap();' \
		'let out = std::process::Command::new(std::env::var("LIBGIT2").unwrap()).args(["cat", "../r"])' \
		'.stdin(names).output().unwrap();' \
		'assert!(out.status.success());' \
		'std::fs::write("objects", &out.stdout).unwrap(); }' >crate/build.rs
	at_home cargo build --quiet --offline --manifest-path crate/Cargo.toml --target-dir "$WORK/target.${PWD##*/}" &&
		cksum <crate/objects
}
by_tmux() {
	rm -f tmux.*
	tmux -L "privmap-$$" -f /dev/null new-session -d 'sh -c "\"$LIBGIT2\" cat r <\"$NAMES\" >tmux.out; : >tmux.done"' || return
	for ((try = 0; try < 600; try++)); do
		[ ! -e tmux.done ] || break
		sleep 0.1
	done
	cksum <tmux.out
}
# Like gitstatusd: a prompt asks a static program through a pipe.
by_bash_coprocess() {
	bash -c 'coproc GIT { exec "$LIBGIT2" cat r; }
		exec 8<&"${GIT[0]}" 9>&"${GIT[1]}"
		eval "exec ${GIT[0]}<&- ${GIT[1]}>&-"
		cat "$NAMES" >&9 & exec 9>&-
		cksum <&8'
}
by_zsh_coprocess() {
	zsh -fc 'coproc "$LIBGIT2" cat r
		exec 8<&p 9>&p
		coproc true
		cat "$NAMES" >&9 & exec 9>&-
		cksum <&8'
}
by_pre_commit() {
	printf '%s\n' 'repos:' '- repo: local' '  hooks:' '  - id: objects' '    name: objects' '    language: system' \
		'    pass_filenames: false' '    entry: sh -c '"'"'"$LIBGIT2" cat . <"$NAMES" >../objects'"'"'' \
		>r/.pre-commit-config.yaml
	git -C r add .pre-commit-config.yaml
	(cd r && PRE_COMMIT_HOME=$WORK/pre-commit "$PRE_COMMIT" -m pre_commit run --all-files) &&
		cksum <objects
}
by_python() {
	python3 -c 'import os, subprocess
out = subprocess.run([os.environ["LIBGIT2"], "cat", "r"], stdin=open(os.environ["NAMES"]), capture_output=True, check=True).stdout
print(len(out), hash(out) and sum(out))'
}
cleared() { env -i "GIX=$GIX" "LIBGIT2=$LIBGIT2" "NAMES=$NAMES" sh -c '"$LIBGIT2" cat r <"$NAMES"' | cksum; }
clones() { sh -c '"$GIX" --no-verbose clone "$URL" clone' && git -C clone rev-parse HEAD && fsck_clean clone; }

# --- by each of them ---

# A shell runs these functions; it gets them by its environment.
export -f clones by_sh by_exec by_make by_hook by_alias by_npm by_cargo by_tmux by_bash_coprocess \
	by_zsh_coprocess by_pre_commit by_python cleared fsck_clean at_home
export REAL_HOME REAL_CONFIG_HOME out
# does PLACE JOB [COMMAND...]: COMMAND runs a shell there, which runs JOB. The time limit only
# guards against hanging.
does() {
	local place=$1 job=$2
	shift 2
	(cd "$place" && timeout 120 "$@" bash -euo pipefail -c '"$@"' bash "$job")
}
as_on_a_disk() {
	rm -f "$WORK/report"
	does "$disk" "$1" >"$WORK/expected" && [ -s "$WORK/expected" ] &&
		does "$mount" "$1" "$privmap" --report="$WORK/report" >"$WORK/got" &&
		diff "$WORK/expected" "$WORK/got" && cat "$WORK/report" &&
		grep -qE '"converted": *[1-9]' "$WORK/report"
}
# As in a profile: only programs in `trace` are handed over.
printf '%s\n' 'builtin = true;' "trace = [ \"${GIX##*/}\", \"${LIBGIT2##*/}\" ];" >"$WORK/profile.conf"
profile=(env LD_PRELOAD="$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so" PRIVMAP_CONFIG="$WORK/profile.conf")
patches=()
if [ -s "$BUILD/patched" ] && [ -s "$BUILD/zydis" ]; then
	mkdir "$WORK/patched"
	cp "$GIX" "$LIBGIT2" "$WORK/patched"
	patches=(env GIX="$WORK/patched/${GIX##*/}" LIBGIT2="$WORK/patched/${LIBGIT2##*/}")
	for program in "$WORK/patched"/*; do
		check "${program##*/} is patched" quietly "$BUILD/privmapctl" patch "$program"
	done
fi
# served JOB COMMAND...: below COMMAND, the output is the same as on a disk.
served() {
	tidy && does "$mount" "$@" >"$WORK/got" && diff "$WORK/expected" "$WORK/got"
}
tidy() {
	git -C "$mount/r" reset --quiet --hard origin/HEAD && git -C "$mount/r" clean -qfd &&
		find "$mount" -mindepth 1 -maxdepth 1 ! -name r -exec rm -rf {} + && rm -rf "$WORK/target.mount"
}

# Its output is different there, whether it fails or not.
not_alone() {
	! does "$mount" "$1" >"$WORK/alone" 2>&1 || ! cmp -s "$WORK/alone" "$WORK/expected"
}

for job in clones by_sh by_exec by_make by_hook by_alias by_npm by_cargo by_tmux by_bash_coprocess \
	by_zsh_coprocess by_pre_commit by_python cleared; do
	case $job in
	by_npm | by_cargo | by_tmux)
		command -v "${job#by_}" >"$out" || {
			skip "$job" "there is no ${job#by_}"
			continue
		}
		;;
	by_pre_commit)
		prepared "$TOP/integration/clients/pypi.sh" pre-commit
		export PRE_COMMIT=$answer
		;;
	esac
	check "${job//_/ }: a static client is served" as_on_a_disk "$job"
	# A cleared environment has lost the variables of the profile.
	[ "$job" = cleared ] || check '  by a profile' served "$job" "${profile[@]}"
	[ "${#patches[@]}" -eq 0 ] || check '  patched' served "$job" "${patches[@]}"
	tidy
	check '  alone it is not' not_alone "$job"
done
t_end
