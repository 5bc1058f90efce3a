#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl patch, for a program that no preload library reaches: a launcher replaces it. Neither
# the served program nor its parent notices. Undo restores everything.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=patch-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/patch-lib.sh"

chmod 711 "$WORK" # other users must reach it
parts "$WORK/parts"
ctl=$WORK/parts/privmapctl # a copy that the test can move away
program=$BUILD/integration/programs/mapkinds-static
how=(--launcher)
there_and_back 'patched: privmap runs it' "r['library'] is None and r['privmap'] == '$WORK/parts/privmap'"

without_library() {
	fresh prog
	"$ctl" patch --launcher prog >"$out" || return
	mv ../parts/libprivmap.so ..
	served prog 5
	set -- $?
	mv ../libprivmap.so ../parts
	[ "$1" -eq 0 ]
}
check 'the library is gone: the tracer does without' without_library

# --- the program and its parent notice nothing ---

# Prints how it was started, as far as a program can see that.
look_source() {
	cat <<-'END'
		#include <fcntl.h>
		#include <signal.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <sys/resource.h>
		#include <unistd.h>
		extern char **environ;
		int main(int argc, char **argv)
		{
			char path[4096];
			struct rlimit limit;
			sigset_t blocked;
			struct sigaction action;
			ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

			for (int i = 0; i < argc; i++)
				printf("argument <%s>\n", argv[i]);
			for (char **variable = environ; *variable; variable++)
				printf("environment <%s>\n", *variable);
			path[length < 0 ? 0 : length] = '\0';
			printf("exe %s\n", path);
			printf("directory %s\n", getcwd(path, sizeof(path)) ? path : "gone");
			printf("pid %d parent %d group %d session %d\n", getpid(), getppid(), getpgrp(), getsid(0));
			sigprocmask(SIG_BLOCK, NULL, &blocked);
			for (int number = 1; number < 65; number++) {
				if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
					printf("ignored %d\n", number);
				if (sigismember(&blocked, number) == 1)
					printf("blocked %d\n", number);
			}
			for (int fd = 0; fd < 100; fd++)
				if (fcntl(fd, F_GETFD) >= 0)
					printf("open %d\n", fd);
			for (int kind = 0; kind < RLIM_NLIMITS; kind++)
				if (getrlimit(kind, &limit) == 0)
					printf("limit %d %llu %llu\n", kind, (unsigned long long)limit.rlim_cur,
					       (unsigned long long)limit.rlim_max);
			printf("alarm %u\n", alarm(0) > 0);
			fflush(stdout);
			if (getenv("DIE"))
				raise(atoi(getenv("DIE")));
			return getenv("END") ? atoi(getenv("END")) : 0;
		}
	END
}
look_source | compile "$WORK/look" -static
fresh look "$WORK/look"

# start PROGRAM ARGV0 ARG...: starts it from a parent with much to inherit, and prints how it ended.
cat >"$WORK/start.py" <<'END'
import os, signal, sys, resource
program, argv = sys.argv[1], sys.argv[2:]
os.set_inheritable(os.dup2(0, 33), True)
os.dup2(1, 7)
child = os.fork()
if child == 0:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGUSR1, 34])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))
    signal.alarm(500)
    os.umask(0o27)
    os.setpgid(0, 0)
    # In a dynamic program, the dynamic linker would print something because of these.
    os.environ.update(LD_PRELOAD="/not/there.so", LD_DEBUG="libs", GLIBC_TUNABLES="none")
    (os.execvp if "/" not in program else os.execv)(program, argv)
status = os.waitpid(child, 0)[1]
print("ended", os.waitstatus_to_exitcode(status), "child", child)
END
# Pids are only compared with each other. privmap(1) lists the variables that are added.
seen() {
	local status=0
	"$python" "$WORK/start.py" "$@" >"$WORK/seen" 2>"$err" || status=$?
	cat "$err"
	[ "$status" -eq 0 ] && [ ! -s "$err" ] || return 1
	awk '$1 == "pid" { pid = $2 } $1 == "ended" { child = $NF; $NF = "" } { text = text $0 "\n" }
		END { gsub(" " pid " ", " ID ", text); printf "%s", text; if (pid == child) print "the child itself" }' \
		"$WORK/seen" | sed -E '/LSAN_OPTIONS=detect_leaks=0/d; s/parent [0-9]+ /parent P /; s/session [0-9]+/session S/'
}
# same PROGRAM ARGV0 ARG...: it behaves the same when patched, except for the name of its file.
same() {
	[ -e look.privmap-original ] || "$ctl" patch --launcher look
	seen "$@" >"$WORK/patched" && "$ctl" patch --undo look && seen "$@" >"$WORK/plain" &&
		sed -i 's/\.privmap-original$//' "$WORK/patched" && diff -u "$WORK/plain" "$WORK/patched" &&
		grep -qx 'the child itself' "$WORK/plain" && grep -q '^argument' "$WORK/plain"
}
check 'as if it were not patched' same "$PWD/look" "$PWD/look" one '' 'two  words' $'new\nline' --help -e -- -x
check '  by a relative path' same ./look ./look
check '  through PATH' eval '(PATH=$PWD:$PATH same look look x)'
check '  argument 0 of any kind' same ./look -login-shell one
check '  one that looks like an option' same ./look --help
check '  one that looks like the end of them' same ./look --
END=42 check '  exit status 42' same ./look look
END=125 check '  exit status 125' same ./look look
for signal in 9 15 11; do
	DIE=$signal check "  death by signal $signal" same ./look look
done
ln -s look ls
check '  a symbolic link' same ./ls ls -l
check '  one in another directory' eval 'mkdir sub && ln -s ../look sub/cat && same ./sub/cat cat'
check '  many arguments' eval 'mapfile -t many < <(seq 2000) && same ./look look "${many[@]}"'
printf '#!%s -x y\n' "$PWD/look" >script
chmod +x script
check '  the interpreter of a script' same ./script script z

"$ctl" patch --launcher look >"$out"
# is ARGUMENT0 FILE COMMAND...: COMMAND runs look, as FILE, with this argument 0, and prints nothing
# else.
is() {
	local argument=$1 file=$2
	shift 2
	ends 0 '' "$@" && grep -qxF "argument <$argument>" "$out" && grep -qxF "exe $file" "$out"
}
original=$PWD/look.privmap-original
check 'no argument 0' is '' "$original" bash -c "exec -a '' ./look"
by_descriptor() {
	"$python" -c 'import os, sys
os.execve(os.open("look", os.O_RDONLY | os.O_CLOEXEC), ["called"], {})'
}
check 'by a descriptor' is called "$original" by_descriptor
ln look hard
check 'a hard link to the launcher' is ./hard "$original" ./hard
mkdir elsewhere
cp look elsewhere
check 'a copy of it' is elsewhere/look "$original" elsewhere/look
mkdir ../renamed
cp -a look look.privmap-original ../renamed
mv ../renamed ../moved
check 'a directory that was renamed' is ../moved/look "$WORK/moved/look.privmap-original" ../moved/look
rm -r ../moved
# execve of either fails, or finds no file.
lost() {
	mv look.privmap-original aside && ends 127 "privmap: '$original': No such file or directory" ./look
	set -- $?
	mv aside look.privmap-original
	return "$1"
}
check 'without the original: one line' lost
itself() {
	mv look.privmap-original aside && cp look look.privmap-original && ends 127 'privmap: .*: No such file .*' timeout 120 ./look &&
		ends 127 'privmap: .*: No such file .*' timeout 120 ./look.privmap-original
	set -- $?
	mv aside look.privmap-original
	return "$1"
}
check 'a launcher in the place of the original: one line, not for ever' itself

# --- a program that cannot be served runs alone ---

mv "$WORK/parts" "$WORK/away"
check 'privmap is gone' is ./look "$original" ./look
mv "$WORK/away" "$WORK/parts"
check 'traced already' is ./look "$original" strace -qqq -e trace=none -o /dev/null ./look
# The chroot has no privmap, and no /proc either.
if [ "$(id -u)" -eq 0 ]; then
	mkdir "$WORK/root" "$WORK/root/bin"
	cp -a look look.privmap-original "$WORK/root/bin"
	check 'a chroot' is /bin/look '' chroot "$WORK/root" /bin/look
	# Readable for its owner only, so the tracer, which runs as nobody, cannot read it.
	as_nobody() {
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	}
	fresh look "$WORK/look"
	chmod 711 look
	"$ctl" patch --launcher look >"$out"
	check 'who may run it but not read it' is ./look "$original" as_nobody ./look
	check '  without privileges' is ./look "$original" as_nobody setpriv --no-new-privs ./look
else
	skip 'a chroot; a program that may be run but not read' 'needs root'
fi
chmod 555 .
check 'a directory that may not be written' is ./look "$original" ./look
chmod 755 .
check 'PRIVMAP_DISABLE' is ./look "$original" env PRIVMAP_DISABLE=1 ./look
check 'a wrong PRIVMAP_FOR' is ./look "$original" env PRIVMAP_FOR=nonsense ./look

# --- rules, reports, and privmap in front of it ---

fresh prog
"$ctl" patch --launcher prog >"$out"
echo 'rules = ( { path = "*.git/*"; program = "prog"; action = "private"; } );' >"$WORK/prog.conf"
check 'rules know it by its own name' env PRIVMAP_CONFIG="$WORK/prog.conf" bash -c "$(declare -f ends served); out=$out err=$err
	WORK=$WORK; served prog 5"
sed -i "s,\"prog\",\"$PWD/prog\"," "$WORK/prog.conf"
check '  and by its path' env PRIVMAP_CONFIG="$WORK/prog.conf" bash -c "$(declare -f ends served); out=$out err=$err
	WORK=$WORK; served prog 5"
privmap=$BUILD/privmap
# Only one engine serves each mapping.
once() {
	"$privmap" --report ./prog "$WORK/mount/x.git/in" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(grep -c ': private$' "$out")" -eq 5 ] && grep -q '^privmap: 3 converted ' "$err"
}
check 'under privmap, with a report' once
check 'started by a traced program' prints 5 "$privmap" -e trace sh -c './prog "$1" | grep -c ": private$"' sh "$WORK/mount/x.git/in"

# --- undo is exact or not at all ---

mv prog.privmap-original aside
check '--undo without the original' ends 2 \
	"privmapctl: '.*' cannot be undone: .*prog\.privmap-original: No such file or directory" "$ctl" patch --undo prog
cp "$(type -P true)" prog.privmap-original
check '--undo with the original of another' ends 2 \
	"privmapctl: '.*' is a launcher that was not made for .*\.privmap-original: left as it is" "$ctl" patch --undo prog
mv aside prog.privmap-original
check '  it is still served' served prog 5
updated() {
	cp look new && mv new prog && "$ctl" patch --launcher prog && ./prog >"$out" && "$ctl" patch --undo prog &&
		cmp look prog && [ ! -e prog.privmap-original ]
}
cp "$WORK/look" look
check 'a program that was replaced since is patched anew' updated

# --- what doctor says ---

fresh prog
check 'doctor: not patched' json 0 "r[0]['patched'] is None and r[0]['original'] is None and r[0]['engine'] == 'trace'" \
	"$ctl" doctor --json ./prog
"$ctl" patch --launcher prog >"$out"
check 'doctor: a launcher' json 0 "r[0]['patched'] == 'launcher' and r[0]['original'] == '$PWD/prog.privmap-original' and
	r[0]['missing'] is None and r[0]['engine'] == 'trace' and 'static' in r[0]['why']" "$ctl" doctor --json ./prog
ln -s bin/prog ../by-link
doctor_says() {
	local status=$1 line=$2
	shift 2
	ends "$status" '' "$ctl" doctor "$@" && has "$line" && "$ctl" doctor --json "$@" | "$python" -m json.tool >"$WORK/json"
}
kept=$PWD/prog.privmap-original
check '  in words, through a link' doctor_says 0 "  patched: a launcher runs it; the original is $kept" ../by-link
mv "$WORK/parts/privmap" "$WORK"
check '  which has lost its privmap' doctor_says 1 \
	"  patched: a launcher runs it; the original is $kept; missing: $WORK/parts/privmap" ./prog
mv "$WORK/privmap" "$WORK/parts"
mv prog.privmap-original aside
check '  which has lost its original' doctor_says 1 \
	"  patched: a launcher runs it; the original is $kept; missing: $kept" ./prog
mv aside prog.privmap-original
mv prog launcher
cp "$WORK/look" prog
check '  which a new version has replaced' doctor_says 1 \
	"  patched: no longer, it was replaced since: patch it again; the original is $kept" ./prog
check '    in JSON' json 1 "r[0]['patched'] == 'replaced'" "$ctl" doctor --json ./prog
mv launcher prog
"$ctl" patch --undo prog >"$out"
check '  as before' as_before prog
fresh dynamic "$BUILD/integration/programs/mapkinds"
"$ctl" patch dynamic >"$out"
check 'doctor: a library' json 0 "r[0]['patched'] == 'library' and r[0]['engine'] == 'preload'" "$ctl" doctor --json ./dynamic
cp "$BUILD/integration/programs/mapkinds" new
mv new dynamic
check '  which a new version has not' json 1 "r[0]['patched'] == 'replaced' and r[0]['engine'] == 'preload'" \
	"$ctl" doctor --json ./dynamic

# --- refused programs stay unchanged ---

# refuses WHY: prints one line, and changes nothing.
refuses() {
	ends 2 "privmapctl: '.*' $1" "$ctl" patch --launcher prog && as_before prog
}
fresh prog
chmod u+s prog
likeness prog >"$WORK/before"
check 'a set-user-ID program' refuses 'is not patched: it is set-user-ID or set-group-ID'
fresh prog
if setcap cap_chown=ep prog 2>/dev/null; then
	likeness prog >"$WORK/before"
	check 'file capabilities' refuses 'is not patched: it has file capabilities'
else
	skip 'file capabilities' 'they cannot be set here'
fi
# The dynamic linker is such a program.
cp -L "$(readelf -lW "$BUILD/integration/programs/mapkinds" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')" "$WORK/linker"
fresh prog "$WORK/linker"
check 'a dynamic linker' refuses 'is not patched: it is a library'
cp "$BUILD/integration/programs/mapkinds-static" "$WORK/foreign"
printf '\x28' | dd of="$WORK/foreign" bs=1 seek=18 conv=notrunc status=none # EM_ARM
fresh prog "$WORK/foreign"
check 'a program for another machine' refuses 'is not patched: it is for another architecture .*'
echo 'int main(void) { return 0; }' | compile "$WORK/pie" -static-pie
fresh prog "$WORK/pie"
check 'a static-pie program is patched' eval '"$ctl" patch --launcher prog && ./prog && "$ctl" patch --undo prog && as_before prog'

# --- a full disk, or a crash, at each step ---

# "?": some machines lack the call. The dynamic linker makes some of these, too.
calls='?openat ?write ?flistxattr ?fchown ?fchmod ?link ?linkat ?unlink ?unlinkat ?rename ?renameat ?renameat2 ?fsync'
# whole COUNT: the program is either the old one, with 2 private mappings, or the new one, and it
# runs.
whole() {
	served prog "$1" && case $1 in
	2) cmp "$WORK/reference" prog ;;
	5) cmp "$WORK/reference" prog.privmap-original ;;
	esac
}
# The inode may differ: without hard links, the original is kept as a copy.
back() {
	diff <(cut -d " " -f 2- "$WORK/before") <(likeness prog | cut -d " " -f 2-) && cmp "$WORK/reference" prog &&
		[ "$(ls -A)" = prog ]
}
# at_step HOW CALL NUMBER: returns 2 if there is no such step.
at_step() {
	local status=0 private=5
	strace -qqq -o "$WORK/trace" -e trace="$2" -e inject="$2:$1:when=$3" "$ctl" patch --launcher prog >"$out" 2>"$err" ||
		status=$?
	grep -qE 'INJECTED|killed by SIGKILL' "$WORK/trace" || return 2
	[ "$(stat -c %s prog)" -ne "$(stat -c %s "$WORK/reference")" ] || private=2
	whole "$private" || return 1
	if [ "$1" != signal=KILL ] && [ "$private" -eq 2 ]; then
		[ "$status" -ne 0 ] && { [[ $2 = ?unlink* ]] || back; } || return 1
	fi
	"$ctl" patch --launcher prog && whole 5 && "$ctl" patch --undo prog && whole 2 || return 1
	rm -f .prog.privmap*
	back
}
at_each_step() {
	local call step status steps=0
	fresh prog
	for call in $calls; do
		for ((step = 1; step < 100; step++)); do
			status=0
			at_step "$1" "$call" "$step" >"$WORK/step" 2>&1 || status=$?
			case $status in
			0) steps=$((steps + 1)) ;;
			2)
				"$ctl" patch --undo prog >"$out"
				break
				;;
			*)
				echo "$call, number $step:"
				cat "$WORK/step"
				return 1
				;;
			esac
		done
	done
	echo "$steps steps"
	[ "$steps" -ge 15 ]
}
check 'no space at any step: the old program, or the new one' at_each_step error=ENOSPC
check 'killed at any step: the old program, or the new one' at_each_step signal=KILL
t_end
