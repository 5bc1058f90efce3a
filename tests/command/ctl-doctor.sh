#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl doctor, for directories, programs and the installation: each exit status, and valid
# JSON.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
mount_refusing "$WORK/source" "$WORK/cached" --cached
cd "$WORK"

# --- doctor DIR ---

refused='refused; served where a rule matches'
check 'doctor: a refusing directory' ends 1 '' "$ctl" doctor mount
check '  each kind of mapping, and its result' has 'mount' \
	'  filesystem: fuse\S*' "  mounted on: $WORK/mount" '  source: \S+' '  options: rw(, .*)?' \
	"  Linux $(uname -r)" "  shared, read-only +ENODEV +$refused" \
	"  shared, read-only, fd O_RDWR +ENODEV +$refused" \
	'  shared, writable +ENODEV +refused; writable: never served' \
	'  private +- +works' '  private, executable +- +works' '  To see which rule .*privmapctl why FILE' \
	'  remedy: .*direct_io.*' '  remedy: .*FUSE_CAP_DIRECT_IO_ALLOW_MMAP.*' \
	'  cannot work here: SQLite .*WAL\. Instead: .*'
narrow() {
	! awk 'length > 80 && !/^ *[^ ]+$/' "$out" | grep .
}
check '  in lines of 80 columns' narrow
check '  each option once, though the mount and the filesystem have it' json 1 \
	'len(r[0]["options"].split(",")) == len(set(r[0]["options"].split(",")))' "$ctl" doctor --json mount
check '  no files of git'\''s there' json 1 'r[0]["git"] is None' "$ctl" doctor --json mount
git init -q --bare mount/dotfiles
check 'doctor: a git directory of any name' json 1 \
	"r[0]['git'] == 'below the git directory $WORK/mount/dotfiles'" "$ctl" doctor --json mount/dotfiles/refs
check '  for people' ends 1 '' "$ctl" doctor mount/dotfiles/objects
check '  its objects' has "  files here are git's own: below the object.*"
rm -r mount/dotfiles
# privmap-differences(7) has an item for each of them, in the same words.
same_as_manual() {
	"$ctl" doctor --json mount >"$out" || :
	python3 -c 'import json, sys
for row in json.load(sys.stdin)[0]["cannot_work"]:
    print(row["who"] + ": " + row["instead"])' <"$out" |
		diff - <(sed -n '/^\.Sh PROGRAMS/,/^\.El/p' "$TOP/config/man/privmap-differences.7" |
			awk '/^\.El/ { print item } /^\.It/ { if (item) print item; item = substr($0, 6, length - 6) ":"; next } item { item = item " " $0 }')
}
check '  programs that cannot work there, as in privmap-differences(7)' same_as_manual
empty() {
	[ -z "$(ls -A source)" ] && [ -z "$(ls -A mount)" ]
}
check '  its file is gone' empty
# strace delays its second open of the file; then a signal ends it.
slow_open() {
	cat <<-'END'
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <string.h>
		#include <unistd.h>
		int open(const char *path, int flags, ...)
		{
			int (*next)(const char *, int, int) = dlsym(RTLD_NEXT, "open");

			if (strstr(path, ".privmap-doctor."))
				sleep(20);
			return next(path, flags, 0600);
		}
	END
}
slow_open | compile slow.so -shared -fPIC -D_GNU_SOURCE -ldl
ended() {
	local pid status=0 try
	LD_PRELOAD=$WORK/slow.so "$ctl" doctor mount >"$out" 2>"$err" &
	pid=$!
	for try in {1..3000}; do
		[ -z "$(ls -A source)" ] || break
		sleep 0.02
	done
	[ -n "$(ls -A source)" ] || return 1
	kill "-$1" "$pid"
	wait "$pid" || status=$?
	echo "status $status, after $try"
	[ "$status" -eq $((128 + $(kill -l "$1"))) ] && empty
}
for signal in TERM HUP; do
	check "  also when it is ended by SIG$signal" ended "$signal"
done
refusing='len(r) == 1 and r[0]["refuses"] and r[0]["filesystem"].startswith("fuse") and
	[m["errno"] for m in r[0]["mappings"]] == ["ENODEV"] * 3 + [None] * 2 and
	[m["servable"] for m in r[0]["mappings"]] == [True, True, False, False, False] and
	[m["refused"] for m in r[0]["mappings"]] == [True] * 3 + [False] * 2 and len(r[0]["remedies"]) == 2'
check '  --json' json 1 "$refusing" "$ctl" doctor --json mount
mkdir -p mount/x.git
check '  where this shell is served, it still asks the kernel' json 1 "$refusing" \
	env LD_PRELOAD="$library" "$ctl" doctor --json mount/x.git
rmdir mount/x.git
check 'doctor: a directory that refuses nothing' ends 0 '' "$ctl" doctor cached
check '  says so' has 'cached' '.*shared, writable +- +works' '  nothing is refused.*'
check '  --json' json 0 'not r[0]["refuses"] and r[0]["remedies"] == [] and r[0]["cannot_work"] == []' "$ctl" doctor --json cached
# world ARG...: runs it where private mappings are refused as well, with another errno.
world() {
	mkdir -p "$BUILD/tests" && dir=$(mktemp -d "$BUILD/tests/doctor.XXXXXX") || return
	"$BUILD/integration/refusers/mmapworld" --refuse private --errno EOPNOTSUPP --below "$dir" \
		"$ctl" doctor --json "$dir"
	set -- $?
	rm -rf "$dir"
	return "$1"
}
case $(stat -f -c %T "$BUILD") in
tmpfs | ramfs) skip 'doctor: where private mappings are refused' 'the disk is memory' ;;
*)
	check 'doctor: where private mappings are refused, they are served by copies' json 1 '
		[m["errno"] for m in r[0]["mappings"]] == ["EOPNOTSUPP"] * 4 + [None] and
		[m["servable"] for m in r[0]["mappings"]] == [True, True, False, True, False] and
		"copied" in r[0]["mappings"][3]["verdict"]' world
	;;
esac
# Mappings that work and cannot be touched: of a file that cannot be read, and of one that can, as
# in gVisor for a directory of the host that refuses mappings.
mount_refusing "$WORK/source" "$WORK/unreadable" --cached --eio-after=0
check 'doctor: where the first touch kills' ends 1 '' "$ctl" doctor unreadable
check '  says so' has unreadable '  shared, read-only +SIGBUS +.*cannot be read \(EIO\)' \
	'  shared, writable +SIGBUS .*' '  private, executable +SIGBUS .*'
check '  --json' json 1 'r[0]["kills"] and not r[0]["refuses"] and r[0]["remedies"] == [] and
	[(m["errno"], m["signal"], m["servable"], m["rule"]) for m in r[0]["mappings"]] ==
	[(None, "SIGBUS", False, None)] * 5' "$ctl" doctor --json unreadable
compile untouchable.so -shared -fPIC -D_GNU_SOURCE -ldl <<-'END'
	#include <dlfcn.h>
	#include <stdarg.h>
	#include <sys/mman.h>
	#include <sys/syscall.h>
	long syscall(long number, ...)
	{
		long a[6];
		va_list list;

		va_start(list, number);
		for (int i = 0; i < 6; i++)
			a[i] = va_arg(list, long);
		va_end(list);
		if (number == SYS_mmap) {
			a[2] = PROT_NONE;
			a[3] |= MAP_ANONYMOUS;
			a[4] = -1;
		}
		return ((long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"))(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
END
check 'doctor: where only mapping it kills, a rule that does not wait helps' json 1 'r[0]["kills"] and
	[(m["signal"], m["servable"], m["rule"]) for m in r[0]["mappings"]] ==
	[("SIGSEGV", True, "when = \"always\"; action = \"buffer\"")] * 2 + [("SIGSEGV", False, None)] * 3' \
	env LD_PRELOAD="$WORK/untouchable.so" "$ctl" doctor --json cached
# mounted TYPE OPTIONS COMMAND...: runs it with such a filesystem at $WORK/other.
mounted_other() {
	local type=$1 options=$2
	shift 2
	mkdir -p other
	mount -t "$type" -o "$options" none other || return
	"$@"
	set -- $?
	umount other
	return "$1"
}
if [ "$(id -u)" -eq 0 ] && mounted_other tmpfs ro true 2>/dev/null; then
	check 'doctor: a directory that cannot be written to' mounted_other tmpfs ro \
		ends 2 "privmapctl: 'other': cannot try .*: Read-only file system" "$ctl" doctor other
	ro_with_file() {
		mount -t tmpfs none other && echo text >other/x && mount -o remount,ro other || return
		"$@"
		set -- $?
		umount other
		return "$1"
	}
	check '  tries one of its files, by reading it' ro_with_file json 0 \
		'r[0]["kind"] == "directory" and r[0]["file"] == "other/x" and
		[m["mapping"] for m in r[0]["mappings"]] == ["shared-read", "private", "executable"]' "$ctl" doctor --json other
	check 'doctor: mounted noexec' mounted_other tmpfs noexec json 0 \
		'r[0]["mappings"][4]["errno"] == "EPERM" and "noexec" in r[0]["mappings"][4]["verdict"]' \
		"$ctl" doctor --json other
	check 'doctor: a full one' mounted_other tmpfs size=4k sh -c "head -c 4096 /dev/zero >other/x
		'$ctl' doctor other 2>'$err'; [ \$? -eq 2 ] && grep -q 'No space left' '$err' &&
		[ \"\$(ls -A other)\" = x ]"
else
	skip 'doctor: directories of other kinds' 'mounting needs root'
fi
# Its file would stay, and its JSON would be cut off, if it ended where it fails.
no_process() {
	cd theirs && setpriv --reuid=65534 --regid=65534 --clear-groups prlimit --nproc=1 "$@" 2>"$WORK/said"
}
no_process_json() {
	(json "$1" "$2" no_process "$ctl" doctor --json "${@:3}") && [ -z "$(ls -A theirs)" ]
}
if why=$(no_other_users); then
	skip 'doctor: where no process can be started' "$why"
else
	mkdir -m 777 theirs
	chmod 711 .
	check 'doctor: where no process can be started' no_process_json 2 \
		'[(e["kind"], e["name"]) for e in r] == [("failure", ".")]' .
	check '  says so' grep -qxF "privmapctl: '.': cannot try mappings on a temporary file there: Resource temporarily unavailable" said
	check '  without operands' no_process_json 0 'r["refuses"] is None'
fi
echo text >source/text
check 'doctor FILE: by reading it' json 1 'r[0]["kind"] == "file" and r[0]["file"] == "mount/text" and
	[(m["mapping"], m["errno"]) for m in r[0]["mappings"]] ==
	[("shared-read", "ENODEV"), ("private", None), ("executable", None)]' "$ctl" doctor --json mount/text
: >source/empty
check '  an empty one is not touched' json 0 'not r[0]["kills"]' "$ctl" doctor --json cached/empty
rm source/text source/empty
check 'doctor: procfs' ends 2 "privmapctl: '/proc': cannot try mappings .*" "$ctl" doctor /proc

# --- doctor PROGRAM ---

echo 'int main(void) { return 0; }' | compile plain
echo 'int main(void) { return 0; }' | compile static -static
echo 'int main(void) { return 0; }' | compile unlinked -Wl,--dynamic-linker=/nope/ld.so
printf '#!%s\n' "$WORK/plain" >script
chmod +x script
# program NAME STATUS PYTHON: doctor describes the program as p.
program() {
	json "$2" "(lambda p: $3)(r[0])" "$ctl" doctor --json "./$1"
}
check 'doctor: a program' program plain 0 'p["engine"] == "preload" and p["kind"] == "program" and
	p["privileges"] is None and p["untraced"] is None and p["machine"] and
	p["dynamic_linker"].startswith("ld-") and p["libc"] in ("glibc", "musl")'
check 'doctor: a static one' program static 0 'p["engine"] == "trace" and
	p["dynamic_linker"] is None and "none" in p["libc"] and "static" in p["why"] and p["untraced"] is None'
check 'doctor: a static one, where tracing is not permitted' json 1 'r[0]["engine"] is None and
	"not permitted" in r[0]["untraced"] and "static" in r[0]["why"]' \
	"$BUILD/integration/programs/deny" ptrace "$ctl" doctor --json ./static
check '  says so' ends 1 '' "$BUILD/integration/programs/deny" seccomp "$ctl" doctor ./static
check '    and why' has ./static '  engine: none serves it, because it is a static .*; .*cannot be filtered.*'
check 'doctor: a script' program script 0 'p["engine"] == "preload" and p["program"].endswith("/plain") and
	p["script"] == "./script"'
check '  for people' ends 0 '' "$ctl" doctor ./script
check '  names both' has '  script: ./script' "  run by: $WORK/plain"
printf '#!/nope/x\n' >broken
chmod +x broken
check 'doctor: a script whose interpreter is missing' program broken 1 'p["engine"] is None and
	p["why"] == "its interpreter /nope/x cannot be run: No such file or directory"'
check 'doctor: a program whose dynamic linker is missing' program unlinked 1 'p["engine"] is None and
	p["why"].startswith("its interpreter /nope/ld.so cannot be run: ")'
cp plain bare
"${STRIP:-strip}" --strip-section-headers bare 2>/dev/null || printf '\0\0' | dd of=bare bs=1 seek=60 conv=notrunc status=none
check 'doctor: one without a table of sections' program bare 0 'p["engine"] == "preload"'
cp plain foreign
printf '\267' | dd of=foreign bs=1 seek=18 conv=notrunc status=none
case $(uname -m) in
x86_64) check 'doctor: of another architecture' program foreign 1 'p["engine"] is None and
	p["machine"] == "aarch64"' ;;
*) skip 'doctor: of another architecture' 'it is made of an x86_64 program' ;;
esac
cp plain privileged
chmod u+s privileged
check 'doctor: a set-user-ID one' program privileged 0 'p["privileges"] == "set-user-ID"'
check '  says that it gives its owner nothing' ends 0 '' "$ctl" doctor ./privileged
check '  in its line' has '  privileges: set-user-ID, which gives you nothing.*' '  engine: preload, because .*'
check 'doctor: for people' ends 0 '' "$ctl" doctor ./plain
check '  its output' has './plain' '  program: ./plain' '  machine: .*' '  dynamic linker: ld-.*' \
	'  libc: .*' '  privileges: none' '  engine: preload, because .*'
check 'doctor: of PATH' json 0 'r[0]["program"].startswith("/")' "$ctl" doctor --json env
check 'doctor: a missing file' ends 2 "privmapctl: './none': No such file or directory" "$ctl" doctor ./none
touch file
check 'doctor: a file that cannot run is no program' json 0 'r[0]["kind"] == "file"' "$ctl" doctor --json ./file
check 'doctor: the worst of several counts' json 1 'len(r) == 3 and [e["kind"] for e in r] ==
	["program", "directory", "directory"]' "$ctl" doctor --json ./plain mount cached
goes_on() {
	ends 2 "privmapctl: './none': .*" "$ctl" doctor ./none ./plain && has './plain'
}
check 'doctor: goes on after one that fails' goes_on

# --- doctor ---

echo 'trace = [ "a*", "b" ];' >traced.conf
echo 'trace = [ ];' >untraced.conf

check 'doctor: the installation' json 0 "r['kind'] == 'installation' and r['library'] == '$library' and
	r['rule_file'] is None and not r['served'] and r['problems'] == [] and r['loader'] and
	r['version'] == '$version' and not r['compiled']" "$ctl" doctor --json
check '  where this shell is served' json 0 "r['served'] and r['loaded'] == '$library'" \
	env LD_PRELOAD="$library" "$ctl" doctor --json
check '  through privmap' json 0 "r['served']" "$BUILD/privmap" "$ctl" doctor --json
check '  static programs are not' json 0 "r['exec_loaded'] is None and r['static'] is None and
	r['trace'] == ['gix', 'ein', 'jj', 'gitstatusd*']" env LD_PRELOAD="$library" "$ctl" doctor --json
check '  static programs: those that are named' json 0 "r['exec_loaded'] == '$exec_library' and
	r['static'] == 'named' and r['untraced'] is None" \
	env LD_PRELOAD="$library:$exec_library" "$ctl" doctor --json
check '    under privmap: all' json 0 "r['static'] == 'all' and r['exec_loaded'] == '$exec_library'" \
	"$BUILD/privmap" "$ctl" doctor --json
check '    for people' ends 0 '' env PRIVMAP_CONFIG="$WORK/traced.conf" LD_PRELOAD="$exec_library" "$ctl" doctor
check '    says so' has "  static programs: a\*, b are served, by $exec_library"
check '    where none is named' ends 0 '' env PRIVMAP_CONFIG="$WORK/untraced.conf" LD_PRELOAD="$exec_library" "$ctl" doctor
check '    says so' has '  static programs: not served without .*'
check '    where tracing is not permitted' json 0 'r["static"] is None and "not permitted" in r["untraced"]' \
	env LD_PRELOAD="$exec_library" "$BUILD/integration/programs/deny" ptrace "$ctl" doctor --json
check '    where nothing is served' json 1 'r["static"] is None and r["untraced"] is None' \
	env PRIVMAP_DISABLE=1 LD_PRELOAD="$exec_library" "$ctl" doctor --json
check '  by the tracer' json 0 "r['served'] and r['loaded'] is None" "$BUILD/privmap" -e trace "$ctl" doctor --json
check '    for people' ends 0 '' "$BUILD/privmap" -e trace "$ctl" doctor
check '    says so' has '  this shell: what it starts is served, by its tracer' \
	'  static programs: what it starts is served, by its tracer'
check '    all static programs, too' json 0 "r['static'] == 'all'" "$BUILD/privmap" -e trace "$ctl" doctor --json
check '  not by another tracer' json 0 "not r['served']" strace -o /dev/null "$ctl" doctor --json
check '  for people' ends 0 '' "$ctl" doctor
check '  its output' has "privmap $version" "  library: $library" '  rules: built in' \
	'  this shell: privmap is off' '  distribution: .*' '  this directory: shared mappings work' \
	'Shared mappings work here: privmap has nothing to do\.'
# problem PATTERN COMMAND...: doctor finds exactly this problem.
problem() {
	local pattern=$1
	shift
	json 1 "len(r['problems']) == 1 and __import__('re').search(r'$pattern', r['problems'][0])" \
		"$@" "$ctl" doctor --json
}
echo '' | compile other.so -shared -fPIC
mkdir -p elsewhere
cp "$library" elsewhere
check 'doctor: the library after another one' problem 'comes after others' env LD_PRELOAD="$WORK/other.so:$library"
check 'doctor: another copy of it' problem 'another one' env LD_PRELOAD="$WORK/elsewhere/libprivmap.so"
check 'doctor: PRIVMAP_DISABLE' problem 'PRIVMAP_DISABLE' env PRIVMAP_DISABLE=1
check 'doctor: PRIVMAP_LOG' problem '^PRIVMAP_LOG=loud: LEVEL\[:TARGET\] expected; LEVEL is off, error, warn, info or debug$' env PRIVMAP_LOG=loud
check 'doctor: a wrong rule file' problem "^$WORK/wrong.conf:2: " env PRIVMAP_CONFIG="$WORK/wrong.conf"
check 'doctor: a missing one' problem 'none.conf: cannot be read' env PRIVMAP_CONFIG="$WORK/none.conf"
not_served() {
	PRIVMAP_CONFIG=$WORK/wrong.conf LD_PRELOAD=$library ends 1 'privmap: .*wrong\.conf:2: .*' "$ctl" doctor &&
		has '  this shell: what it starts is not served'
}
check '  with it nothing is served' not_served
echo stale >good.conf.compiled
check 'doctor: a compiled form that is not used' problem 'good.conf.compiled' env PRIVMAP_CONFIG="$WORK/good.conf"
"$ctl" compile good.conf >"$out"
check 'doctor: one that is' json 0 'r["compiled"] and r["named"]' \
	env PRIVMAP_CONFIG="$WORK/good.conf" "$ctl" doctor --json
rm good.conf.compiled
parts partly
rm partly/privmap-config.so
check 'doctor: without the loader' json 1 'not r["loader"] and "privmap-config.so" in r["problems"][0]' \
	partly/privmapctl doctor --json
rm partly/libprivmap.so
if [ -e /usr/local/lib/libprivmap.so ]; then
	skip 'doctor, env: without the library' 'one is installed'
else
	check 'doctor: without the library' json 1 'r["library"] is None and len(r["problems"]) == 2' \
		partly/privmapctl doctor --json
	check 'env: without the library' ends 2 'privmapctl: libprivmap.so is neither next to .*' partly/privmapctl env
	env_prints_nothing() {
		ends 2 'privmapctl: libprivmap.so is neither next to .*' partly/privmapctl env --json && [ ! -s "$out" ]
	}
	check '  --json' env_prints_nothing
fi
in_mount() {
	(cd mount && "$@")
}
check 'doctor: in a directory that refuses' in_mount ends 1 '' "$ctl" doctor
check '  ends in a verdict' has "  may refuse mappings: $WORK/mount \(fuse.*\)" '  this directory: shared mappings are refused' \
	'Shared mappings are refused here\. Run: privmap COMMAND'
check '  --json' in_mount json 1 "r['refuses'] is True and r['problems'] == [] and
	'$WORK/mount' in [m['mounted_on'] for m in r['mounts']]" "$ctl" doctor --json
check '  where privmap is on' in_mount json 0 'r["refuses"] is True and "is on in this shell" in r["verdict"]' \
	env LD_PRELOAD="$library" "$ctl" doctor --json
check '  only variables of privmap from the environment' json 0 'r["environment"] == ["PRIVMAP_LOG=error"] and
	"secret" not in str(r)' env PRIVMAP_LOG=error TOKEN=secret "$ctl" doctor --json
check '  its file is gone' empty
# The server is stopped, so whoever asks it waits. Entering the directory asks it, too, and so comes
# first.
does_not_answer() {
	"$python" - "$BUILD/integration/refusers/refusefs" "$ctl" <<-'END'
		import json, os, signal, subprocess, sys, time
		os.makedirs("stopped", exist_ok=True)
		server = subprocess.Popen([sys.argv[1], "-f", os.path.abspath("source"), os.path.abspath("stopped")])
		while not os.path.ismount("stopped"):
		    assert server.poll() is None
		    time.sleep(0.02)
		out = os.path.abspath("stopped.json")
		os.chdir("stopped")
		server.send_signal(signal.SIGSTOP)
		signal.alarm(60)
		signal.signal(signal.SIGALRM, lambda *_: server.send_signal(signal.SIGCONT))
		child = os.posix_spawn(sys.argv[2], [sys.argv[2], "doctor", "--json"], dict(os.environ), file_actions=[
		    (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT, 0o644)])
		status = os.waitpid(child, 0)[1]
		server.send_signal(signal.SIGCONT)
		os.chdir("/")
		server.terminate()
		server.wait()
		r = json.load(open(out))
		print(status, r)
		sys.exit(not (status == 0 and r["refuses"] is None and "cannot be tried" in r["verdict"]))
	END
}
check '  where the server does not answer it does not wait' does_not_answer
coloured() {
	script -qec "$*" /dev/null </dev/null >"$out"
	grep -q $'\033\\[32m' "$out"
}
plain() {
	! coloured "$@"
}
if command -v script >"$out"; then
	check 'doctor: colour on a terminal' coloured env TERM=xterm "$ctl" doctor cached
	check '  not with NO_COLOR' plain env TERM=xterm NO_COLOR=1 "$ctl" doctor cached
	check '  nor with TERM=dumb' plain env TERM=dumb "$ctl" doctor cached
	check '  and all that is printed is there' grep -q works "$out"
else
	skip 'doctor: colour on a terminal' 'there is no script(1)'
fi
json_of_two() {
	"$ctl" --json doctor none cached >"$out" 2>"$err" && return 1
	"$python" -c 'import json, sys
r = json.load(sys.stdin)
assert [x["kind"] for x in r] == ["failure", "directory"], r
assert r[0]["name"] == "none" and r[0]["message"] and all(x["schema"] == 1 for x in r)' <"$out"
}
check 'doctor: leaves no files' no_leftover
check 'doctor: an operand that failed has an element' json_of_two
t_end
