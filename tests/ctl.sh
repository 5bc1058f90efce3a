#!/bin/bash
# privmapctl: its command line, doctor, check, why, env; each exit status, and JSON that is JSON. Run
# by make check. What compile makes is in compiled.sh, patch in patch.sh.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ctl=$BUILD/privmapctl
library=$BUILD/libprivmap.so
mount_refusing "$WORK/source" "$WORK/mount"
mount_refusing "$WORK/source" "$WORK/cached" --cached
cd "$WORK"

# json STATUS PYTHON COMMAND...: ends so, quietly, with JSON for which that holds; it is called r.
json() {
	local status=$1 test=$2
	shift 2
	ends "$status" '' "$@" && "$python" -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$out" "$test" && [ "$(wc -l <"$out")" -eq 1 ]
}
# has PATTERN...: lines of $out that match as a whole, in this order.
has() {
	local line n=0 patterns=("$@")
	while IFS= read -r line; do
		if [ "$n" -lt $# ] && grep -qxE -- "${patterns[n]}" <<<"$line"; then
			n=$((n + 1))
		fi
	done <"$out"
	[ "$n" -eq $# ] || echo "not found: ${patterns[n]}"
	[ "$n" -eq $# ]
}

# --- the command line ---

# wrong SUBCOMMAND LINE ARG...: refused with this line and the hint.
wrong() {
	local name=privmapctl${1:+ $1} line=$2 status=0
	shift 2
	"$ctl" "$@" >"$out" 2>"$err" || status=$?
	echo "status $status"
	cat "$out"
	diff -u <(printf '%s\n' "$line" "Try '$name --help'.") "$err" && [ "$status" -eq 2 ] &&
		[ ! -s "$out" ]
}
version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
check 'nothing' wrong '' 'privmapctl: no SUBCOMMAND given'
check 'an unknown subcommand' wrong '' "privmapctl: 'cure': no such SUBCOMMAND" cure
check 'an option before the subcommand' wrong '' "privmapctl: '--json': no such SUBCOMMAND" --json doctor
check '--version' prints "privmapctl $version" "$ctl" --version
helps() {
	ends 0 '' "$ctl" "$@" --help && grep -q -- --json "$out" && grep -q '^Exit status' "$out" &&
		[ "$(wc -L <"$out")" -le 100 ]
}
full() {
	"$ctl" "$@" >/dev/full
}
check '--help' helps
for name in doctor check compile why patch env; do
	check "$name --help" helps "$name"
	check "$name: an unknown option" wrong "$name" "privmapctl $name: unrecognized option '--x'" "$name" --x
	check "$name: --json with an argument" wrong "$name" \
		"privmapctl $name: option '--json' doesn't allow an argument" "$name" --json=1
	check "$name --help onto a full disk" ends 2 'privmapctl: write error: No space left on device' \
		full "$name" --help
done
check 'env onto a full disk' ends 2 'privmapctl: write error: No space left on device' full env
check 'doctor --json onto a full disk' ends 2 'privmapctl: write error: No space left on device' \
	full doctor --json
for name in why patch; do
	check "$name without an operand" wrong "$name" \
		"privmapctl: no $([ "$name" = why ] && echo PATH || echo BINARY) given" "$name"
done
check 'why of two' wrong why 'privmapctl: one PATH at a time' why a b
check 'check of two' wrong check 'privmapctl: one FILE at a time' check a b
check 'compile of two' wrong compile 'privmapctl: one FILE at a time' compile a b
check 'patch of two' wrong patch 'privmapctl: one BINARY at a time' patch a b
check 'env with an operand' wrong env "privmapctl: 'x': no operand expected" env x
check 'why --program without an argument' wrong why \
	"privmapctl why: option '--program' requires an argument" why --program

# --- doctor DIR ---

refused='refused; privmap serves it, where a rule matches'
check 'doctor: a refusing directory' ends 1 '' "$ctl" doctor mount
check '  each kind of mapping, and what becomes of it' has 'mount' \
	"  fuse\S* of \S+ on $WORK/mount, options \S+" \
	"  Linux $(uname -r)" "  shared, read-only, opened read-only +ENODEV +$refused" \
	"  shared, read-only, opened for writing +ENODEV +$refused" \
	'  shared, writable +ENODEV +refused; cannot be served: what is written would be lost' \
	'  private +- +works' '  private, executable +- +works' '  .*privmapctl why FILE' \
	'  remedy: .*direct_io.*' '  remedy: .*FUSE_CAP_DIRECT_IO_ALLOW_MMAP.*'
empty() {
	[ -z "$(ls -A source)" ] && [ -z "$(ls -A mount)" ]
}
check '  its file is gone' empty
# It sleeps where it opens its file once more; then it is told to end.
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
	for try in {1..200}; do
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
check '  where this shell is served, still the kernel is asked' json 1 "$refusing" \
	env LD_PRELOAD="$library" "$ctl" doctor --json mount/x.git
rmdir mount/x.git
check 'doctor: a directory that refuses nothing' ends 0 '' "$ctl" doctor cached
check '  says so' has 'cached' '.*shared, writable +- +works' '  nothing is refused.*'
check '  --json' json 0 'not r[0]["refuses"] and r[0]["remedies"] == []' "$ctl" doctor --json cached
# world ARG...: in a world where private mappings are refused as well, with another errno.
world() {
	mkdir -p "$BUILD/tests" && dir=$(mktemp -d "$BUILD/tests/doctor.XXXXXX") || return
	"$BUILD/integration/mmapworld" --refuse private --errno EOPNOTSUPP --below "$dir" \
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
		"by a copy" in r[0]["mappings"][3]["verdict"]' world
	;;
esac
# mounted TYPE OPTIONS COMMAND...: with a filesystem at $WORK/other.
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
	check 'doctor: mounted noexec' mounted_other tmpfs noexec json 0 \
		'r[0]["mappings"][4]["errno"] == "EPERM" and "noexec" in r[0]["mappings"][4]["verdict"]' \
		"$ctl" doctor --json other
	check 'doctor: a full one' mounted_other tmpfs size=4k sh -c "head -c 4096 /dev/zero >other/x
		'$ctl' doctor other 2>'$err'; [ \$? -eq 2 ] && grep -q 'No space left' '$err' &&
		[ \"\$(ls -A other)\" = x ]"
else
	skip 'doctor: directories of other kinds' 'mounting needs root'
fi
check 'doctor: procfs' ends 2 "privmapctl: '/proc': cannot try mappings .*" "$ctl" doctor /proc

# --- doctor PROGRAM ---

echo 'int main(void) { return 0; }' | compile plain
echo '#include <sys/mman.h>
int main(void) { return mmap(0, 1, 1, 1, 0, 0) == MAP_FAILED; }' | compile maps
echo '#include <sys/mman.h>
int main(void) { return mmap64(0, 1, 1, 1, 0, 0) == MAP_FAILED; }' | compile maps64 -D_GNU_SOURCE
echo 'int main(void) { return 0; }' | compile static -static
printf '#!%s\n' "$WORK/plain" >script
chmod +x script
# is NAME STATUS PYTHON: doctor says of one program p.
program() {
	json "$2" "(lambda p: $3)(r[0])" "$ctl" doctor --json "./$1"
}
check 'doctor: a program' program plain 0 'p["engine"] == "preload" and p["kind"] == "program" and
	p["imports_mmap"] is False and p["imports_mmap64"] is False and p["privileges"] is None and
	p["dynamic_linker"].startswith("ld-") and p["libc"] in ("glibc", "musl")'
check 'doctor: one that imports mmap' program maps 0 'p["imports_mmap"] and not p["imports_mmap64"]'
check 'doctor: one that imports mmap64' program maps64 0 'p["imports_mmap64"] and not p["imports_mmap"]'
check 'doctor: a static one' program static 0 'p["engine"] == "trace" and p["imports_mmap"] is None and
	p["dynamic_linker"] is None and "none" in p["libc"] and "static" in p["why"]'
check 'doctor: a script' program script 0 'p["engine"] == "preload" and p["program"].endswith("/plain")'
cp plain bare
"${STRIP:-strip}" --strip-section-headers bare 2>/dev/null || printf '\0\0' | dd of=bare bs=1 seek=60 conv=notrunc status=none
check 'doctor: one without a table of sections' program bare 0 'p["imports_mmap"] is None'
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
check 'doctor: for people' ends 0 '' "$ctl" doctor ./maps64
check '  what it says' has './maps64' '  program: ./maps64' '  machine: .*' '  dynamic linker: ld-.*' \
	'  libc: .*' '  calls: mmap64' '  privileges of its own: none' '  engine: preload, for .*'
check 'doctor: of PATH' json 0 'r[0]["program"].startswith("/")' "$ctl" doctor --json env
check 'doctor: what is not there' ends 2 "privmapctl: './none': No such file or directory" "$ctl" doctor ./none
touch file
check 'doctor: what cannot be run' ends 2 "privmapctl: './file': Permission denied" "$ctl" doctor ./file
check 'doctor: the worst of several counts' json 1 'len(r) == 3 and [e["kind"] for e in r] ==
	["program", "directory", "directory"]' "$ctl" doctor --json ./plain mount cached
goes_on() {
	ends 2 "privmapctl: './none': .*" "$ctl" doctor ./none ./plain && has './plain'
}
check 'doctor: goes on after one that fails' goes_on

# --- doctor ---

check 'doctor: the installation' json 0 "r['kind'] == 'installation' and r['library'] == '$library' and
	r['rule_file'] is None and not r['served'] and r['problems'] == [] and r['loader'] and
	r['version'] == '$version' and not r['compiled']" "$ctl" doctor --json
check '  where this shell is served' json 0 "r['served'] and r['loaded'] == '$library'" \
	env LD_PRELOAD="$library" "$ctl" doctor --json
check '  through privmap' json 0 "r['served']" "$BUILD/privmap" "$ctl" doctor --json
check '  for people' ends 0 '' "$ctl" doctor
check '  what it says' has "privmap $version" "  library: $library" '  rules: built in' \
	'  this shell: what it starts is not served by itself.*'
# problem PATTERN COMMAND...: one, and this.
problem() {
	local pattern=$1
	shift
	json 1 "len(r['problems']) == 1 and __import__('re').search(r'$pattern', r['problems'][0])" \
		"$@" "$ctl" doctor --json
}
echo '' | compile other.so -shared -fPIC
mkdir -p elsewhere
cp "$library" elsewhere
printf 'rules = (\n  { path = "*"; action = "publish"; }\n);\n' >wrong.conf
echo 'rules = ( { path = "*.dat"; action = "private"; } );' >good.conf
check 'doctor: the library behind another' problem 'stands behind others' env LD_PRELOAD="$WORK/other.so:$library"
check 'doctor: another copy of it' problem 'another one' env LD_PRELOAD="$WORK/elsewhere/libprivmap.so"
check 'doctor: PRIVMAP_DISABLE' problem 'PRIVMAP_DISABLE' env PRIVMAP_DISABLE=1
check 'doctor: PRIVMAP_LOG' problem 'PRIVMAP_LOG' env PRIVMAP_LOG=loud
check 'doctor: a wrong rule file' problem "^$WORK/wrong.conf:2: " env PRIVMAP_CONFIG="$WORK/wrong.conf"
check 'doctor: a missing one' problem 'none.conf:0: cannot be read' env PRIVMAP_CONFIG="$WORK/none.conf"
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
parts() {
	mkdir -p "$1" && cp "$ctl" "$BUILD/privmap" "$library" "$BUILD/privmap-config.so" "$1"
}
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
	check 'env: without the library' ends 2 'privmapctl: libprivmap.so is not beside .*' partly/privmapctl env
fi

# --- check ---

mkdir -p home/.config/privmap dir
check 'check: without a rule file' prints 'no rule file: the 3 built-in rules hold' "$ctl" check
check '  --json' json 0 'r["file"] is None and r["right"] and r["rules"] == 3' "$ctl" check --json
check 'check: a right one' prints 'good.conf: right, 1 rule' "$ctl" check good.conf
check '  --json' json 0 "r['right'] and r['rules'] == 1 and r['error'] is None and r['log_level'] == 'error' and
	r['buffer_memory'] == 64 << 20 and r['buffer_limit'] == 4 << 30 and r['buffer_spool'] == '/var/tmp'" \
	"$ctl" check --json good.conf
for file in "$TOP"/config/privmap.conf "$TOP"/config/examples/*.conf; do
	check "check: ${file##*/}" ends 0 '' "$ctl" check "$file"
done
check 'check: a wrong one' ends 1 '' "$ctl" check wrong.conf
check '  FILE:LINE' has 'wrong\.conf:2: action is "publish"; it must be "private", "buffer" or "leave"'
check '  --json' json 1 "not r['right'] and r['error'].startswith('wrong.conf:2: ')" "$ctl" check --json wrong.conf
check 'check: a missing one' ends 2 "privmapctl: 'none.conf': No such file or directory" "$ctl" check none.conf
check 'check: a directory' json 1 "'directory' in r['error']" "$ctl" check --json dir
check 'check: PRIVMAP_CONFIG' json 0 "r['file'] == '$WORK/good.conf'" \
	env PRIVMAP_CONFIG="$WORK/good.conf" "$ctl" check --json
check 'check: PRIVMAP_CONFIG that is missing' json 1 'not r["right"]' \
	env PRIVMAP_CONFIG="$WORK/none.conf" "$ctl" check --json
cp good.conf home/.config/privmap/privmap.conf
check "check: the user's" json 0 "r['file'] == '$WORK/home/.config/privmap/privmap.conf'" "$ctl" check --json
rm home/.config/privmap/privmap.conf
not_compiled() {
	"$ctl" compile good.conf && cp -p good.conf.compiled kept && ends 0 '' "$ctl" check good.conf
	set -- $?
	rm -f good.conf.compiled kept
	return "$1"
}
check 'check: the file itself is read, not its compiled form' not_compiled

# --- compile ---

check 'compile: without a rule file' prints 'no rule file: nothing to compile' "$ctl" compile
check '  --json' json 0 'r["file"] is None and r["compiled"] is None' "$ctl" compile --json
check 'compile' prints "$WORK/good.conf.compiled" "$ctl" compile good.conf
check '  --json' json 0 "r['compiled'] == r['file'] + '.compiled' and r['error'] is None" \
	"$ctl" compile --json good.conf
check 'compile: PRIVMAP_CONFIG' prints "$WORK/good.conf.compiled" \
	env PRIVMAP_CONFIG="$WORK/good.conf" "$ctl" compile
same_access() {
	chmod 640 good.conf && "$ctl" compile good.conf && [ "$(stat -c %a good.conf.compiled)" = 640 ] &&
		chmod 666 good.conf && "$ctl" compile good.conf && [ "$(stat -c %a good.conf.compiled)" = 644 ]
}
check 'compile: readable for whom the rule file is, writable for its owner' same_access
no_leftover() {
	! find . -name '.*privmap.*' | grep .
}
check 'compile: a wrong one' ends 1 '' "$ctl" compile wrong.conf
check '  FILE:LINE' has "$WORK/wrong\.conf:2: .*"
check '  --json' json 1 "r['compiled'] is None and 'publish' in r['error']" "$ctl" compile --json wrong.conf
check 'compile: a missing one' ends 2 "privmapctl: 'none.conf': No such file or directory" "$ctl" compile none.conf
check 'compile: /dev/null' ends 2 "privmapctl: '/dev/null': only a regular file can be compiled" "$ctl" compile /dev/null
if [ "$(id -u)" -eq 0 ]; then
	unwritable() {
		mkdir -p closed && cp good.conf closed && mount --bind closed closed &&
			mount -o remount,ro,bind closed &&
			ends 2 "privmapctl: '$WORK/closed/good.conf.compiled': Read-only file system" \
				"$ctl" compile closed/good.conf
		set -- $?
		umount closed
		return "$1"
	}
	check 'compile: a directory that cannot be written to' unwritable
else
	skip 'compile: a directory that cannot be written to' 'mounting needs root'
fi
future() {
	cp good.conf late.conf && touch -d '+1 hour' late.conf &&
		ends 2 "privmapctl: '$WORK/late.conf': it is being changed, or .* future" "$ctl" compile late.conf &&
		[ ! -e late.conf.compiled ]
}
check 'compile: a time in the future' future
check '  nothing is left behind' no_leftover
rm -f good.conf.compiled

# --- why ---

mkdir -p mount/x.git/objects/pack 'mount/work/.git'
pack=$WORK/mount/x.git/objects/pack/p.pack
head -c 100 /dev/zero | tee "$pack" mount/data.bin mount/work/file >mount/plain
printf 'SQLite format 3\0' | tee mount/x.git/database >mount/database
check 'why: served' ends 0 '' "$ctl" why "$pack"
check '  rule by rule' has "$pack" '  on fuse\S*, opened read-only, by a program that no rule names' \
	'  rules: built in' '  rule 1: matches: private' 'served: .*made private.*'
check '  --json' json 0 "r['path'] == '$pack' and r['served'] and r['action'] == 'private' and r['rule'] == 1 and
	r['rule_file'] is None and len(r['rules']) == 1 and r['rules'][0]['matches'] and
	r['rules'][0]['failed'] is None and r['reason'] is None" "$ctl" why --json "$pack"
check 'why: left' ends 1 '' "$ctl" why mount/plain
check '  rule by rule, with what it wanted' has "$WORK/mount/plain" \
	'  rule 1: its path does not match "\*/\.git/\*", "\*\.git/\*".*' '  rule 2: worktree does not hold' \
	'  rule 3: its path does not match "\*\.rlib".*' \
	"left: no rule matches; served by --path '$WORK/mount/plain'"
check '  --json' json 1 "not r['served'] and r['action'] == 'leave' and r['rule'] == 0 and
	[x['failed'] for x in r['rules']] == ['path', 'worktree', 'path'] and '*.rlib' in r['rules'][2]['wanted'] and
	r['served_by'] == \"--path '$WORK/mount/plain'\" and r['reason'] == 'no rule matches'" \
	"$ctl" why --json mount/plain
remedy_works() {
	local option
	option=$("$ctl" why --json mount/plain | "$python" -c 'import json, sys; print(json.load(sys.stdin)["served_by"])')
	eval "'$BUILD/privmap' $option '$ctl' why mount/plain" >"$out" && has '  rule 1: matches: private'
}
check '  what it says serves it, does: PRIVMAP_PATHS is a rule before all others' remedy_works
check 'why: a work tree' json 0 'r["rule"] == 2' "$ctl" why --json mount/work/file
check 'why --read-write' json 1 'r["rules"][1]["failed"] == "access" and r["access"] == "read-write"' \
	"$ctl" why --json --read-write mount/work/file
check 'why: a database' json 1 'r["rules"][0]["failed"] == "database" and r["reason"] == "it is a database" and
	r["served_by"] is None' "$ctl" why --json mount/x.git/database
cat >rules.conf <<-'END'
	rules = (
	  { path = "*.bin"; filesystem = "virtiofs"; action = "private"; },
	  { path = "*.bin"; program = [ "gix", "/opt/reader" ]; action = "leave"; },

	  { path = "*.bin"; program = "cat"; when = "always"; action = "buffer"; }
	);
END
export PRIVMAP_CONFIG=$WORK/rules.conf
check 'why: a rule file' json 1 "r['rule_file'] == '$WORK/rules.conf' and
	[(x['rule'], x['line'], x['failed'], x['wanted']) for x in r['rules']] == [
	(1, 2, 'filesystem', ['virtiofs']), (2, 3, 'program', ['gix', '/opt/reader']), (3, 5, 'program', ['cat'])]" \
	"$ctl" why --json mount/data.bin
check 'why --program NAME' json 1 "r['rule'] == 2 and r['line'] == 3 and r['reason'] == 'a rule says leave' and
	r['program'].split('/')[-1] == 'gix'" \
	"$ctl" why --json mount/data.bin --program gix
check 'why --program PATH' json 1 "r['rule'] == 2 and r['program'] == '/opt/reader'" \
	"$ctl" why --json --program /opt/reader mount/data.bin
check 'why --program: found in PATH' json 0 "r['rule'] == 3 and r['action'] == 'buffer' and r['always'] and
	r['program'].endswith('/cat')" "$ctl" why --json --program=cat mount/data.bin
check '  for people' ends 0 '' "$ctl" why --program=cat mount/data.bin
check '  what it says' has '  rule 3, line 5: matches: buffer' 'served: .*tried or not, becomes one of a copy.*'
PRIVMAP_DISABLE=1 check 'why: PRIVMAP_DISABLE' json 1 'r["reason"] == "PRIVMAP_DISABLE is 1"' \
	"$ctl" why --json mount/data.bin
PRIVMAP_CONFIG=$WORK/wrong.conf check 'why: a wrong rule file' json 1 'r["reason"] == "the rule file is wrong" and
	"publish" in r["error"] and r["rules"] == []' "$ctl" why --json "$pack"
unset PRIVMAP_CONFIG
check 'why: a directory' json 1 '"no regular file" in r["reason"]' "$ctl" why --json mount
check 'why: procfs' json 1 '"never touched" in r["reason"]' "$ctl" why --json /proc/self/status
check 'why: what is not there' ends 2 "privmapctl: 'none': No such file or directory" "$ctl" why none
odd=$'mount/odd "\\\x27 \n\t\x01\xff*?[a]'
cp mount/plain "$odd"
check 'why: an odd name' json 1 "__import__('os').fsencode(r['path']).endswith(b'\\n\\t\\x01\\xff*?[a]')" \
	"$ctl" why --json "$odd"
ln -s "$pack" link
check 'why: through a symbolic link' json 0 "r['path'] == '$pack'" "$ctl" why --json link
same_as_library() {
	local file
	for file in "$pack" mount/plain mount/data.bin mount/x.git/database; do
		LD_PRELOAD=$library PRIVMAP_LOG=debug "$BUILD/integration/mapkinds" "$file" 2>&1 >"$out" |
			sed -n 's/^privmap: .*: \(rule [0-9]*: .*\)/\1/p' | awk '!seen[$0]++' >wanted
		"$ctl" why --json "$file" | "$python" -c 'import json, sys
for rule in json.load(sys.stdin)["rules"]: print(rule["text"])' >got
		[ -s wanted ] && grep -vxF 'rule 2: it was not opened read-only' wanted |
			grep -vxF 'rule 3: it was not opened read-only' | diff - got || return 1
	done
}
check 'why: says what the library says' same_as_library

# --- JSON, as another reader has it ---

json_tool() {
	"$ctl" "$@" >"$out" || :
	"$python" -m json.tool "$out" >/dev/null
}
check 'python3 -m json.tool: why' json_tool why --json "$odd"
check 'python3 -m json.tool: doctor' json_tool doctor --json
check 'python3 -m json.tool: doctor of two' json_tool doctor --json mount ./plain
check 'python3 -m json.tool: check' json_tool check --json wrong.conf
check 'python3 -m json.tool: compile' json_tool compile --json wrong.conf
check 'python3 -m json.tool: env' json_tool env --json

# --- env ---

check 'env' prints "export LD_PRELOAD='$library'" "$ctl" env
check '  --json' json 0 "r == {'LD_PRELOAD': '$library'}" "$ctl" env --json
LD_PRELOAD=$WORK/other.so check '  chained' prints "export LD_PRELOAD='$library:$WORK/other.so'" "$ctl" env
LD_PRELOAD=$library check '  once' prints "export LD_PRELOAD='$library'" "$ctl" env
quoted() {
	parts "$WORK/it's" && (eval "$("$WORK/it's/privmapctl" env)" && [ "$LD_PRELOAD" = "$WORK/it's/libprivmap.so" ])
}
check "  quoted" quoted
parts 'a blank'
check '  a name that LD_PRELOAD cannot hold' ends 2 "privmapctl: .*a blank or ':' .*" 'a blank/privmapctl' env
for shell in sh bash zsh fish; do
	if command -v "$shell" >"$out"; then
		check "  evaluated by $shell" prints "$library" "$shell" -c "eval \"\$($ctl env)\"; printenv LD_PRELOAD"
	else
		skip "  evaluated by $shell" 'it is not installed'
	fi
done
serves() {
	(eval "$("$ctl" env)" && ends 0 '' "$BUILD/integration/mapkinds" "$pack" &&
		[ "$(grep -c ': private$' "$out")" -eq 5 ])
}
check '  and what is started then is served' serves
t_end
