#!/bin/bash
# SPDX-License-Identifier: MIT
# Whole jobs of patched programs on the refusing mount, also of published programs: the result
# equals git's, or that of the same program on a disk, and its mappings are served. Then where
# tracing is forbidden, under strace and gdb, and in gVisor. Programs that are built with musl, as
# they were released, are also traced, by the prefix and by a launcher.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -euo pipefail
# In this namespace, sandboxes and mounts end with this script, even if it is killed.
if [ -z "${ISOLATED:-}" ]; then
	exec "$(dirname "${BASH_SOURCE[0]}")/../guest/isolated.sh" "$0" "$@"
fi
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

if [ ! -s "$BUILD/patched" ] || [ ! -s "$BUILD/zydis" ]; then
	skip 'patched programs' 'static programs are patched on x86_64 only, and where Zydis is there to build with'
	t_end
fi
mount=$WORK/mount
bin=$WORK/bin plain=$WORK/plain
mkdir "$bin" "$plain" "$WORK/source"
make_disk
"$TOP/integration/lib/repository.sh" --tiny "$WORK/served"
serve_repositories "$WORK/served"
url=$GITURL/x.git
mount_refusing "$WORK/source" "$mount" --timeout=1
clients=$TOP/integration/clients
rules="{ path = \"*.bolt\"; database = true; action = \"private\" }, { path = \"*/storm\"; action = \"private\" }"
echo "rules = ( $rules, { git = true; action = \"private\" }, { worktree = true; action = \"private\" } );" \
	>"$WORK/private.conf"
"$BUILD/privmapctl" compile "$WORK/private.conf" >/dev/null
export PRIVMAP_CONFIG=$WORK/private.conf PRIVMAP_LOG=info:$disk/log
git -c pack.writeReverseIndex=true clone --quiet "$url" "$WORK/git"
head -c 65536 /dev/zero | tr '\0' a >"$WORK/storm"

# --- the jobs, each in an empty directory with the files of made_for ---

# A job prints what is compared; "$@" runs the program.
job_gix() {
	"$@" --no-verbose clone "$url" clone >/dev/null && whole "$PWD/clone" "$WORK/git" && echo whole
}
job_jj() {
	"$@" git clone "$url" clone >/dev/null 2>"$WORK/jj.err" && diff -r --no-dereference --exclude=.git --exclude=.jj clone "$WORK/git" &&
		"$@" -R clone log --no-graph --color never -r '::remote_branches() ~ root()' -T 'commit_id ++ "\n"'
}
job_libgit2() {
	"$@" clone "$url" clone >/dev/null && whole "$PWD/clone" "$WORK/git" && "$@" cat clone <"$WORK/names"
}
job_gogit() { "$@" cat git <"$WORK/names"; }
job_boltcat() { "$@" read pairs.bolt; }
job_git-cliff() { (cd git && "$@" --config "$WORK/cliff.toml"); }
job_starship() {
	local module
	for module in branch commit state status metrics; do
		(cd git && "$@" module "git_$module" && echo) || return
	done
}
job_uv() {
	"$@" --quiet --offline --no-cache --no-config pip install --no-index --target made word-1-py3-none-any.whl &&
		(cd made && sha256sum word.py word-1.dist-info/METADATA && ls word-1.dist-info)
}
job_rg() { "$@" --no-config --mmap --sort path --stats -c e git | sed '/seconds/d'; }
job_esbuild() { "$@" --bundle --minify --log-level=error main.js; }
job_busybox() {
	"$@" tar cf tree.tar git/src && "$@" sha256sum git/src/*/* && "$@" tar tf tree.tar | "$@" sort | "$@" md5sum &&
		"$@" gzip -c git/README | "$@" gunzip | "$@" grep -c . && "$@" sh -c 'for i in 1 2 3; do echo $i & wait; done'
}
job_gostorm() { "$@" storm 16; }
job_selfstorm() { "$@" storm 5 >said && sed 's/.*: \([0-9]* wrong\)/\1/' said; }

# kind NAME: which job it does, and how. gix-musl does what gix does.
kind() { printf %s "${1%-musl}"; }
# Programs whose mappings are refused, so that they must be served.
maps='gix jj libgit2 gogit boltcat git-cliff rg gostorm selfstorm'

made_for() {
	case $(kind "$1") in
	gix | jj | libgit2) ;;
	boltcat) "$plain/boltcat" make "$WORK/pairs.bolt" && mv "$WORK/pairs.bolt" . ;;
	esbuild)
		echo 'import { one } from "./other.js"; console.log(one + 41)' >main.js &&
			echo 'export const one = 1, unused = 2' >other.js
		;;
	uv) cp "$WORK/word-1-py3-none-any.whl" . ;;
	gostorm | selfstorm) cp "$WORK/storm" . ;;
	*) cp -a "$WORK/git" git ;;
	esac
}

wheel() {
	python3 - "$1" <<'END'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("word.py", "said = 1\n")
    wheel.writestr("word-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: word\nVersion: 1\n")
    wheel.writestr("word-1.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: a\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("word-1.dist-info/RECORD", "word.py,,\nword-1.dist-info/METADATA,,\nword-1.dist-info/WHEEL,,\n"
                   "word-1.dist-info/RECORD,,\n")
END
}
wheel "$WORK/word-1-py3-none-any.whl"
git -C "$WORK/git" cat-file --batch-all-objects --batch-check='%(objectname)' | awk 'NR % 8 == 0' >"$WORK/names"
cat >"$WORK/jj.toml" <<'END'
[user]
name = "Author"
email = "author@example.com"
END
cat >"$WORK/cliff.toml" <<'END'
[changelog]
body = "{% for commit in commits %}{{ commit.id }} {{ commit.message }}\n{% endfor %}"
[git]
conventional_commits = false
filter_unconventional = false
END
export JJ_CONFIG=$WORK/jj.toml STARSHIP_CACHE=$WORK/cache STARSHIP_CONFIG=$WORK/starship.toml
printf 'command_timeout = 100000\n[git_commit]\nonly_detached = false\n[git_metrics]\ndisabled = false\n' >"$STARSHIP_CONFIG"

# --- where they come from ---

# have NAME COMMAND...: COMMAND prints the path of the program NAME; puts it into $plain, and
# patched into $bin.
have() {
	local name=$1
	shift
	if ! prepared "$@" || [ ! -e "$answer" ]; then
		skip "$name" "it cannot be had: ${answer##*$'\n'}"
		return 0
	fi
	cp "$answer" "$plain/$name"
	cp "$answer" "$bin/$name"
	chmod +x "$plain/$name" "$bin/$name"
	check "$name is patched" patched "$name"
	there+=("$name")
}
patched() {
	"$BUILD/privmapctl" patch "$bin/$1" >"$out" && cat "$out" && grep -q 'patched: it serves itself' "$out"
}
there=()
have gix "$clients/gix-static.sh"
have jj "$clients/jj-static.sh"
have gix-musl "$clients/gix-musl.sh"
have jj-musl "$clients/jj-musl.sh"
have gogit eval 'printf %s "$(dirname "$("$clients/gogit.sh")")/gogit"'
have boltcat "$clients/gostatic.sh" boltcat
have gostorm "$clients/gostatic.sh" gostorm
have libgit2 "$clients/libgit2-static.sh"
have git-cliff "$clients/published.sh" git-cliff
have starship eval 'printf %s "$(dirname "$("$clients/pypi.sh" starship)")/starship"'
have uv "$clients/published.sh" uv
have rg "$clients/published.sh" ripgrep
have esbuild "$clients/gostatic.sh" esbuild
static_busybox() {
	if ! type -P busybox || readelf -lW "$(type -P busybox)" | grep -q INTERP; then
		echo 'there is no static one'
		return 3
	fi
}
have busybox static_busybox
have selfstorm printf %s "$BUILD/integration/programs/selfstorm-static"

is_there() {
	[[ " ${there[*]} " == *" $1 "* ]]
}

# --- whole jobs ---

# job NAME PLACE COMMAND...: does NAME's job in a new directory of PLACE, where COMMAND runs the
# program. $out gets its output.
job() {
	local name=$1 place=$2
	shift 2
	rm -rf "$place/job" && mkdir "$place/job" && (cd "$place/job" && made_for "$name" && : >"$disk/log" &&
		"job_$(kind "$name")" "$@") >"$WORK/said" </dev/null && [ -s "$WORK/said" ]
}
# as_on_a_disk NAME COMMAND...: COMMAND has the same result on the refusing mount.
as_on_a_disk() {
	local name=$1
	shift
	job "$name" "$mount" "$@" && diff "$WORK/disk-$name" "$WORK/said" && served "$name"
}
# The program's own engine reports the converted files.
served() {
	[[ " $maps " != *" $(kind "$1") "* ]] || grep -qE "^privmap: .*(converted|buffered) $mount/job/" "$disk/log" || {
		cat "$disk/log"
		return 1
	}
}
for name in "${there[@]}"; do
	check "$name, on a disk" job "$name" "$disk" env PRIVMAP_DISABLE=1 "$plain/$name"
	cp "$WORK/said" "$WORK/disk-$name"
	case $(kind "$name") in
	gix | jj | gogit | libgit2 | boltcat | git-cliff | gostorm)
		check_fails '  on the refusing mount it fails' job "$name" "$mount" "$plain/$name"
		;;
	esac
	check '  patched, it does as on the disk' as_on_a_disk "$name" "$bin/$name"
done

# --- traced ---

by_launcher() {
	cp "$plain/$1" "$WORK/launched" && "$BUILD/privmapctl" patch --launcher "$WORK/launched" >"$out" &&
		as_on_a_disk "$1" "$WORK/launched" && "$BUILD/privmapctl" patch --undo "$WORK/launched" >"$out"
}
for name in gix-musl jj-musl; do
	is_there "$name" || continue
	check "$name, traced" as_on_a_disk "$name" "$BUILD/privmap" "$plain/$name"
	check '  by a launcher' by_launcher "$name"
done

# --- where tracing is forbidden ---

for name in "${there[@]}"; do
	check "$name where ptrace(2) is forbidden" as_on_a_disk "$name" "$BUILD/integration/programs/deny" ptrace "$bin/$name"
done
if is_there busybox; then
	check 'no tracer is there' grep -qx 'TracerPid:[[:space:]]0' <("$bin/busybox" cat /proc/self/status)
fi

# --- in profiles ---

cp "$WORK/storm" "$mount/storm"
names_engine() {
	perf record -q -F 5000 -e cpu-clock -o "$WORK/perf" "$bin/$1" "$mount/storm" 40 &&
		perf report -i "$WORK/perf" --stdio --sort symbol 2>/dev/null | grep privmap_engine
}
profiles_itself() {
	"$bin/gostorm" "$mount/storm" 40 "$WORK/profile" && [ -s "$WORK/profile" ]
}
! is_there gostorm || check 'gostorm profiles itself' profiles_itself
if perf record -q -e cpu-clock -o "$WORK/perf" true >"$out" 2>&1; then
	for name in gostorm selfstorm; do
		! is_there "$name" || check "perf names the engine in $name" names_engine "$name"
	done
else
	skip 'perf names the engine' "$(head -n 1 "$out")"
fi

# --- under strace ---

# The kernel first refused each served mapping; a second call mapped it.
in_strace() { strace -f -qq -o "$WORK/trace" -e trace=mmap,ptrace,seccomp "$@"; }
in_sight() {
	as_on_a_disk "$1" in_strace "$bin/$1" && ! grep -E 'ptrace|seccomp' "$WORK/trace" || return
	[[ " $maps " != *" $(kind "$1") "* ]] || grep -q 'MAP_SHARED.* = -1 ENODEV' "$WORK/trace"
}
for name in "${there[@]}"; do
	check "$name under strace" in_sight "$name"
done

# --- under gdb ---

debug() { SHELL=/bin/bash gdb -nx -q -batch -iex 'set debuginfod enabled off' -iex 'set auto-load off' "$@"; }
# The program uses stdin and stdout, not gdb. In a pipeline several run at once.
in_gdb() {
	local program=$1 files
	files=$(mktemp -d "$WORK/gdb.XXXXXX")
	cat >"$files/in"
	if debug -ex "run $(printf '%q ' "${@:2}") <$files/in >$files/out" -ex 'quit $_exitcode' "$program" \
		>"$files/said" 2>&1; then
		cat "$files/out"
	else
		cat "$files/said" >&2
		return 1
	fi
}
# Prints the frames of a thread that waits in read(2), without addresses of the stack.
frames_of() {
	local pid in out line
	coproc crowd { PRIVMAP_LOG='' exec "$1" "$WORK/storm"; }
	# shellcheck disable=SC2154 # coproc sets it
	pid=$crowd_PID out=${crowd[0]} in=${crowd[1]}
	read -r line <&"$out" && [ "$line" = open ] || return
	until [ "$(cut -d ' ' -f 1 "/proc/$pid/syscall")" = 0 ]; do sleep 0.05; done
	debug -p "$pid" -ex bt 2>/dev/null | grep '^#'
	echo >&"$in"
	wait "$pid"
}
# Prints the frames at a system call with the jump before it; the kernel makes the mapping there.
frames_at() {
	debug -ex "break *$2" -ex "run $WORK/storm </dev/null >/dev/null" -ex bt "$1" 2>/dev/null | grep '^#'
}
same_frames() {
	"$1" "$plain/mapcrowd" "${@:2}" >"$WORK/before" && "$1" "$bin/mapcrowd" "${@:2}" >"$WORK/after" &&
		cat "$WORK/after" && [ "$(wc -l <"$WORK/before")" -gt 2 ] && diff "$WORK/before" "$WORK/after"
}
if ! type -P gdb >/dev/null; then
	skip 'under gdb' 'there is no gdb'
elif ! debug -ex run --args true >"$WORK/gdb" 2>&1 || ! grep -q 'exited normally' "$WORK/gdb"; then
	skip 'under gdb' "it cannot trace here: $(tail -n 1 "$WORK/gdb")"
else
	for name in gix gix-musl gogit libgit2 git-cliff boltcat jj jj-musl starship uv rg esbuild busybox; do
		! is_there "$name" || check "$name under gdb" as_on_a_disk "$name" in_gdb "$bin/$name"
	done
	have mapcrowd printf %s "$BUILD/integration/programs/mapcrowd-static"
	check '  the frames of a call that blocks, from outside' same_frames frames_of
	for call in mmap munmap mprotect; do
		site=$("$BUILD/privmapctl" patch --dry-run "$plain/mapcrowd" | sed -n "s/^  \(0x[0-9a-f]*\): $call, .*/\1/p" | head -n 1)
		check "  the frames at $call" same_frames frames_at "$site"
	done
fi

# --- in gVisor ---

# There the mount refuses nothing, and kills programs that touch a mapping (also git, which starship
# starts), so everything is copied. Files have other inode numbers there, so rules are compiled
# there.
# shellcheck source-path=SCRIPTDIR source=../guest/gvisor/sandbox.sh
. "$TOP/integration/guest/gvisor/sandbox.sh"
in_gvisor() {
	local stdin
	stdin=$(mktemp "$disk/stdin.XXXXXX") && cat >"$stdin" &&
		inside sh -c '"$0" compile "$PRIVMAP_CONFIG" >/dev/null && in=$1 && shift && exec "$@" <"$in"' \
			"$BUILD/privmapctl" "$stdin" "$@" | cat
}
if prepare_sandboxes; then
	echo 'when = "always"; rules = ( { action = "buffer"; database = true; } );' >"$disk/always.conf"
	export PRIVMAP_CONFIG=$disk/always.conf
	url=file://$WORK/served/x.git # a sandbox has no network
	for name in "${there[@]}"; do
		case $(kind "$name") in
		gix | git-cliff | gogit | boltcat | libgit2 | jj | rg | uv | esbuild | busybox | selfstorm)
			check "$name in gVisor" as_on_a_disk "$name" in_gvisor "$bin/$name"
			;;
		esac
	done
else
	skip 'in gVisor' "$answer"
fi
t_end
