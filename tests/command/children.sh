#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that a served program starts. LD_PRELOAD reaches them, or libprivmap-exec.so hands them
# over to privmap, which traces them: with each call of exec(3) and posix_spawn(3), and through
# commands that clear the environment. They see the same as without privmap.
# shellcheck disable=SC2317,SC2016 # check calls the functions; COMMAND's shell expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

privmap=$BUILD/privmap
started=$BUILD/integration/programs/started
static=$started-static
cd "$WORK"
mkdir bin
cp "$static" bin/found
PATH=$WORK/bin:$PATH
unset _

# Variables that privmap adds. A shell's "_" differs, too: it is the last command.
added='^(LD_PRELOAD|ASAN_OPTIONS|LSAN_OPTIONS|PRIVMAP_CHILDREN|_)='

# told HOW STATUS COMMAND...: it ends with STATUS, and privmap serves its children as HOW says; all
# else is as without privmap.
told() {
	local how=$1 status=$2
	shift 2
	ends "$status" '' "$@"
	grep -vE "$added" "$out" >alone
	ends "$status" '' "$privmap" "$@" || return 1
	[ "$(head -n 1 "$out")" = "$how" ] && diff -u <(tail -n +2 alone) <(tail -n +2 "$out" | grep -vE "$added")
}
calls='execve execv execvp execvpe execl execlp execle fexecve posix_spawn posix_spawnp vfork'
for call in $calls; do
	check "$call, a static program" told traced 3 "$started" by "$call" "$static" 'an argument'
	check "$call, a dynamic one" told 'not traced, preloaded' 3 "$started" by "$call" "$started" 'an argument'
done
for call in execvp execvpe execlp posix_spawnp; do
	check "$call, found in PATH" told traced 3 "$started" by "$call" found 'an argument'
done
mkdir -p shadow/found
behind_a_directory() {
	PATH=$WORK/shadow:$PATH told traced 3 "$started" by "$1" found 'an argument'
}
for call in execvp posix_spawnp; do
	check "$call, found in PATH after a directory of that name" behind_a_directory "$call"
done
check 'found in PATH by a shell' told traced 3 sh -c 'found "an argument"; exit $?'

# fails ERRNO CALL FILE: with privmap as without.
fails() {
	ends 9 '' "$started" by "$2" "$3" x && grep -qx "errno $1" "$out" &&
		ends 9 '' "$privmap" "$started" by "$2" "$3" x && grep -qx "errno $1" "$out"
}
mkdir directory
cp "$static" unrunnable
chmod 644 unrunnable
head -c 100 "$static" >"cut"
printf '\177ELF' >short
printf 'true\n' >text
ln -s loop loop
chmod 755 cut short text
for call in $calls; do
	case $call in vfork | fexecve | execl*) continue ;; esac
	check "$call: ENOENT" fails 2 "$call" ./none
	check "$call: EACCES, a directory" fails 13 "$call" ./directory
	check "$call: EACCES, no program" fails 13 "$call" ./unrunnable
	check "$call: ELOOP" fails 40 "$call" ./loop
	check "$call: ENOTDIR" fails 20 "$call" ./text/x
	case $call in execvp*) continue ;; esac
	check "$call: ENOEXEC" fails 8 "$call" ./text
	check "$call: ENOEXEC, cut off" fails 8 "$call" ./short
done
busy() {
	local status=0
	exec 7>>"$WORK/bin/found"
	fails 26 execve "$WORK/bin/found" && fails 26 posix_spawn "$WORK/bin/found" || status=1
	exec 7>&-
	return "$status"
}
check 'ETXTBSY' busy
check 'another argument 0' told traced 3 bash -c 'exec -a "" "$@"' bash "$static"
many() {
	local -a arguments
	mapfile -t arguments < <(seq 20000)
	told traced 3 "$started" by "$1" "$static" "${arguments[@]}"
}
for call in execve vfork posix_spawn; do
	check "$call: twenty thousand arguments" many "$call"
done

# --- scripts ---

printf '#!%s with\n' "$static" >script
printf '#!%s\n' "$WORK/script" >of-a-script
printf '#!%s' "$static" >no-newline
printf '#!%s %0400d' "$static" 1 >long-line
chmod 755 script of-a-script no-newline long-line
check 'a script of a static program' told traced 3 "$started" by execve ./script x
check 'a script of a script' told traced 3 "$started" by posix_spawn ./of-a-script x
check 'a script without a newline' told traced 3 "$started" by execve ./no-newline x
check 'a script with a long first line' told traced 3 "$started" by execve ./long-line x

# --- file capabilities, which give root nothing ---

cp "$static" capable
if [ "$(id -u)" -eq 0 ] && setcap cap_net_bind_service=ep capable 2>"$err"; then
	check 'a static program with capabilities, started by root' told traced 3 "$started" by execve ./capable x
else
	skip 'a static program with capabilities, started by root' 'not root, or no setcap'
fi

# --- both engines at once ---

mount_refusing "$WORK/source" "$WORK/mount"
mkdir -p mount/a/.git
head -c 20000 /dev/zero >mount/a/.git/index
mapkinds=$BUILD/integration/programs/mapkinds
# sum COMMAND...: prints its report.
sum() {
	"$privmap" --report "$@" mount/a/.git/index 2>"$err" >"$out" && cat "$err"
}
# once COMMAND...: the last program that it starts has each mapping served, once, and is in the
# report.
once() {
	sum "$mapkinds" >"$WORK/alone" && sum "$@" >"$WORK/below" && diff -u "$WORK/alone" "$WORK/below" &&
		grep -q '^privmap: [1-9][0-9]* converted ' "$WORK/alone"
}
check 'a static program of a dynamic one' once "$started" by posix_spawn "$mapkinds-static"
check 'a dynamic one of a static one of a dynamic one' \
	once "$started" by posix_spawn "$static" by execve "$mapkinds"
check 'a static one of a dynamic one of a static one of a dynamic one' \
	once "$started" by posix_spawn "$static" by posix_spawn "$started" by execve "$mapkinds-static"
check 'the same by a shell without an environment' \
	once env -i "$static" by posix_spawn /bin/sh -c 'exec "$0" "$@"' "$mapkinds-static"

# --- environments that were cleared ---

# keeps COMMAND...: it starts a dynamic and a static program, and privmap serves both.
keeps() {
	ends 3 '' "$privmap" "$@" "$started" && grep -q '^not traced, preloaded' "$out" &&
		ends 3 '' "$privmap" "$@" "$static" && grep -q '^traced' "$out"
}
check 'env -i' keeps env -i
check 'env -u LD_PRELOAD' keeps env -u LD_PRELOAD
check 'unset LD_PRELOAD' keeps sh -c 'unset LD_PRELOAD PRIVMAP_CHILDREN; exec "$@"' sh
check 'another LD_PRELOAD' keeps sh -c 'LD_PRELOAD=libm.so.6 exec "$@"' sh
check 'LD_PRELOAD alone' keeps sh -c 'exec env -i LD_PRELOAD="$LD_PRELOAD" "$@"' sh
kept() {
	PRIVMAP_PATHS='*.x' PRIVMAP_LOG=warn ends 0 '' "$privmap" env -i "$(command -v env)"
	diff -u - <(sort "$out") <<-END
		ASAN_OPTIONS=verify_asan_link_order=0
		LD_PRELOAD=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so
		PRIVMAP_CHILDREN=1
		PRIVMAP_LOG=warn
		PRIVMAP_PATHS=*.x
	END
}
unset ASAN_OPTIONS
check 'all of it is kept, and nothing else' kept
# Where the library is missing, the dynamic linker would only complain.
elsewhere() {
	mkdir -p root
	ends 3 '' "$privmap" unshare -m sh -c 'mount --rbind / root && mount -t tmpfs tmpfs "root$1" &&
		mkdir -p "root${2%/*}" && mount --bind "$3" "root${2%/*}" && exec env -i "$4" root "$2"' \
		sh "$BUILD" "$WORK/outside/started" "$WORK/outside" "$(command -v chroot)" && grep -qx 'not traced' "$out"
}
if why=$(no_mount_namespace); then
	skip 'not where the library is missing' "$why"
else
	mkdir outside
	cp "$started" outside
	check 'not where the library is missing' elsewhere
fi
disabled() {
	ends 3 '' "$privmap" sh -c 'PRIVMAP_DISABLE=1 "$@"; exit $?' sh "$static" && grep -q '^not traced' "$out"
}
check 'PRIVMAP_DISABLE=1 is for one program' disabled

# --- who is left alone ---

patched() {
	cp "$static" launched
	"$BUILD/privmapctl" patch --launcher launched
	ends 3 'privmap: nothing was refused' "$privmap" --report sh -c './launched; exit $?' &&
		grep -qx traced "$out"
}
check 'a patched one is traced once, without an error' patched

check 'traced already: by privmap' told traced 3 "$privmap" -e trace sh -c '"$@"; exit $?' sh "$static"
check '  also if that starts another privmap' \
	told traced 3 "$privmap" -e trace sh -c '"$0" "$@"; exit $?' "$privmap" "$static"
check '  which says that it serves nothing itself' \
	ends 3 'privmap: nothing was served or counted: the privmap that traces started-static already does that' \
	"$privmap" -e trace sh -c '"$0" -r "$@"; exit $?' "$privmap" "$static"
check '  and that its rules do not count' \
	ends 3 "privmap: another privmap traces $static already, and serves it by its own rules" \
	"$privmap" -e trace sh -c '"$0" -p x "$@"; exit $?' "$privmap" "$static"
out_of_reach() {
	local status=0
	"$privmap" --report strace -qqq -o strace.out "$static" >"$out" 2>"$err" || status=$?
	cat "$out" "$err"
	[ "$status" -eq 3 ] || return 1
	diff - "$err" <<-END
		privmap: nothing was refused
		privmap:   programs out of reach: 1 that were traced by others
	END
}
if command -v strace >"$out"; then
	check 'traced already: by strace, which the report counts' out_of_reach
else
	skip 'traced already: by strace' 'there is no strace'
fi
only_named() {
	cp "$static" bin/gix
	cp "$static" bin/other
	export LD_PRELOAD=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so
	sh -c 'gix; exit $?' >"$out" || :
	head -n 1 "$out" | grep -qx traced || return 1
	sh -c 'other; exit $?' >"$out" || :
	head -n 1 "$out" | grep -qx 'not traced'
}
check 'without privmap: only named programs' only_named
# by_rules FILE NAME HOW: with the rule file FILE, a static program of that name is started in this
# way.
by_rules() {
	cp "$static" "bin/$2"
	PRIVMAP_CONFIG=$WORK/$1 LD_PRELOAD=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so \
		sh -c '"$1"; exit $?' sh "$2" >"$out" 2>"$err"
	head -n 1 "$out" | grep -qxE "$3"
}
echo 'trace = [ "star*", "b" ];' >named.conf
echo 'trace = [ ];' >unnamed.conf
echo 'when = "refused";' >silent.conf
echo 'trace = 1;' >wrong.conf
check '  by the rule file: by a glob' by_rules named.conf starship traced
check '    by a name' by_rules named.conf b traced
check '    and nothing else' by_rules named.conf gix 'not traced.*'
check '    none' by_rules unnamed.conf gix 'not traced.*'
check '    by one that does not say it' by_rules silent.conf gix traced
check '    by an invalid one none' by_rules wrong.conf gix 'not traced.*'
has_said() {
	cat "$err"
	[ "$(wc -l <"$err")" -eq 1 ] && grep -q 'wrong\.conf:1: trace is 1' "$err"
}
check '      which libprivmap.so reports once' has_said
# loads FILE: with the rule file FILE, a program loads the loader of rule files, which needs
# libconfig.
loads() {
	LD_DEBUG=files PRIVMAP_CONFIG=$WORK/$1 LD_PRELOAD=$BUILD/libprivmap-exec.so /bin/true 2>"$err"
	grep -q libprivmap-exec "$err" && grep 'calling init.*config\.so' "$err"
}
check '    read as text by libconfig' loads named.conf
"$BUILD/privmapctl" compile named.conf >"$out"
check '    by the compiled form' by_rules named.conf starship traced
check '      and nothing else' by_rules named.conf gix 'not traced.*'
check_fails '      without libconfig' loads named.conf
t_end
