#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl: its command line, check, compile, env; each exit status, and valid JSON.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
cd "$WORK"

# --- the command line ---

# wrong SUBCOMMAND LINE ARG...: it prints this line and the hint.
wrong() {
	local name=privmapctl${1:+ $1} line=$2 status=0
	shift 2
	"$ctl" "$@" >"$out" 2>"$err" || status=$?
	echo "status $status"
	cat "$out"
	diff -u <(printf '%s\n' "$line" "Try '$name --help'.") "$err" && [ "$status" -eq 2 ] &&
		[ ! -s "$out" ]
}
check 'nothing' wrong '' 'privmapctl: no SUBCOMMAND given'
check 'an unknown subcommand' wrong '' "privmapctl: 'cure': no such SUBCOMMAND" cure
check '  that is misspelt' wrong '' "privmapctl: 'docotr': no such SUBCOMMAND; did you mean 'doctor'?" docotr
check '  with control characters: still one line' wrong '' "privmapctl: 'a\\n\\x1b[31mb': no such SUBCOMMAND" $'a\n\033[31mb'
check '  of a file, too' ends 2 "privmapctl: 'a\\\\n\\\\x1b\\[31mb': No such file or directory" "$ctl" check $'a\n\033[31mb'
check 'a misspelt option' wrong check "privmapctl: unknown option '--jsno'; did you mean '--json'?" check --jsno
check '  before the subcommand' wrong '' "privmapctl: unknown option '--jsno'; did you mean '--json'?" --jsno check
check 'an ambiguous option' wrong why "privmapctl: option '--pr' is ambiguous" why --pr x
check 'an option alone' wrong '' 'privmapctl: no SUBCOMMAND given' --json
for option in -V --version; do
	check "$option" prints "privmapctl $version" "$ctl" "$option"
done
check '-h' prints "$("$ctl" --help)" "$ctl" -h
check 'help' prints "$("$ctl" --help)" "$ctl" help
check 'help for an unknown subcommand' wrong '' "privmapctl: 'wy': no such SUBCOMMAND; did you mean 'why'?" help wy
helps() {
	ends 0 '' "$ctl" "$@" --help && grep -q -- --json "$out" && grep -q '^Exit status' "$out" &&
		[ "$(wc -L <"$out")" -le 80 ]
}
full() {
	"$ctl" "$@" >/dev/full
}
check '--help' helps
for name in doctor check compile why patch env clean; do
	check "help $name" prints "$("$ctl" "$name" --help)" "$ctl" help "$name"
	check "$name -h" prints "$("$ctl" "$name" --help)" "$ctl" "$name" -h
	check "$name --help" helps "$name"
	check "$name: an unknown option" wrong "$name" "privmapctl: unknown option '--x'" "$name" --x
	check "$name: --json with an argument" wrong "$name" \
		"privmapctl: option '--json' doesn't allow an argument" "$name" --json=1
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
check 'patch --undo with another option' wrong patch \
	'privmapctl: --undo goes with no other option but --json' patch --undo --dry-run a
check 'env with an operand' wrong env "privmapctl: 'x': no operand expected" env x
check 'clean with an operand' wrong clean "privmapctl: 'x': no operand expected" clean x
check 'why --program without an argument' wrong why \
	"privmapctl: option '--program' requires an argument" why --program

# --- check ---

mkdir -p home/.config/privmap dir
default_trace='  a profile hands over: gix, ein, jj, gitstatusd*'
check 'check: without a rule file' prints "no rule file: the 6 built-in rules apply
$default_trace" "$ctl" check
check '  --json' json 0 'r["file"] is None and r["right"] and r["rules"] == 6' "$ctl" check --json
check 'check: a valid one' prints "good.conf: OK, 1 rule
$default_trace" "$ctl" check good.conf
check '  --json' json 0 "r['right'] and r['rules'] == 1 and r['error'] is None and r['log_level'] == 'error' and
	r['buffer_memory'] == 64 << 20 and r['buffer_limit'] == 4 << 30 and r['buffer_keep'] == 4 << 30 and r['buffer_spool'] == '/var/tmp'" \
	"$ctl" check --json good.conf
check '  --json: the programs that a profile hands over' json 0 "r['trace'] == ['gix', 'ein', 'jj', 'gitstatusd*']" \
	"$ctl" check --json good.conf
for row in '"starship"|starship' '[ "a*", "b" ]|a*, b' '[ ]|none'; do
	printf 'trace = %s; rules = ( { action = "private"; } );\n' "${row%|*}" >trace.conf
	check "check: trace = ${row%|*}" prints "trace.conf: OK, 1 rule
  a profile hands over: ${row#*|}" "$ctl" check trace.conf
done
check '  --json: none' json 0 "r['trace'] == []" "$ctl" check --json trace.conf
for file in "$TOP"/config/privmap.conf "$TOP"/config/examples/*.conf; do
	check "check: ${file##*/}" json 0 'r["warnings"] == []' "$ctl" check --json "$file"
done
# warns RULES PATTERN...: check says OK for RULES, and prints these warnings.
warns() {
	echo "$1" >warned.conf
	shift
	ends 0 '' "$ctl" check warned.conf && has 'warned\.conf: OK, .*' "${@/#/  warning: }" &&
		[ "$(grep -c warning "$out")" -eq $# ]
}
any='{ path = "*"; database = true; action = "private"; }' x='{ path = "x"; action = "private"; }'
check 'check: warns if there is no rule' warns 'trace = "x";' 'there is no rule: nothing is served.*'
check '  of ~' warns 'rules = ( { path = [ "/x", "~/data/*" ]; action = "private"; } );' \
	'rule 1, line 1: path "~/data/\*": ~ is not .*'
check '  of an unknown filesystem' warns 'rules = ( { filesystem = [ "virtiofs", "virtio-fs", "fuse.x", "tmpfs" ];
	action = "private"; } );' 'rule 1, line 1: filesystem "virtio-fs": unknown .*'
check '  of rules below one that matches all files' warns "rules = ( $x, $any,
	$x, { action = \"leave\"; } );" 'rule 3, line 2: never matches, because rule 2 matches all files' 'rule 4, .*'
check '  not of rules for databases, if it leaves these' warns "rules = ( { action = \"private\"; },
	$x, { path = \"y\"; database = true; action = \"buffer\"; } );" 'rule 2, line 2: never .*'
for rule in 'kind = "private"' 'program = "x"' 'access = "read-only"' 'worktree = true' 'git = false' \
	'filesystem = "9p"' 'path = "/*"'; do
	check "  not below one with $rule" warns "rules = ( { $rule; database = true; action = \"leave\"; }, $x );"
done
check '  not of the built-in rules' warns "rules = ( $any ); builtin = true;"
check '  of a spool that is missing' warns "rules = ( $x ); buffer: { spool = \"$WORK/none\"; };" \
	"spool \"$WORK/none\": No such file .*"
check '  of a limit below memory' warns "rules = ( $x ); buffer: { memory = \"2M\"; limit = \"1M\"; };" \
	'limit \(1048576 bytes\) is smaller than memory \(2097152 bytes\)'
check '  --json' json 0 "r['right'] and len(r['warnings']) == 1" "$ctl" check --json warned.conf
check 'check: a wrong one' ends 1 '' "$ctl" check wrong.conf
check '  FILE:LINE' has 'wrong\.conf:2: action is "publish"; it must be "private", "buffer" or "leave"'
check '  --json' json 1 "not r['right'] and r['error'].startswith('wrong.conf:2: ')" "$ctl" check --json wrong.conf
check '    before the subcommand' json 1 'r["kind"] == "check" and r["schema"] == 1' "$ctl" --json check wrong.conf
check '    the error, taken apart' json 1 "[(e['file'], e['line']) for e in r['errors']] == [('wrong.conf', 2)] and
	r['errors'][0]['message'].startswith('action is ')" "$ctl" check --json wrong.conf
check '    no line, of a directory' json 1 "[(e['file'], e['line']) for e in r['errors']] == [('dir', None)]" \
	"$ctl" check --json dir
check '    none' json 0 "r['errors'] == []" "$ctl" check --json good.conf
check 'check: a missing file' ends 2 "privmapctl: 'none.conf': No such file or directory" "$ctl" check none.conf
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
check 'compile: readable for the readers of the rule file, writable for its owner' same_access
check 'compile: a wrong one' ends 1 '' "$ctl" compile wrong.conf
check '  FILE:LINE' has "$WORK/wrong\.conf:2: .*"
check '  --json' json 1 "r['compiled'] is None and 'publish' in r['error']" "$ctl" compile --json wrong.conf
check 'compile: a missing file' ends 2 "privmapctl: 'none.conf': No such file or directory" "$ctl" compile none.conf
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
		prints "$WORK/late.conf.compiled" "$ctl" compile late.conf
}
check 'compile: a time in the future, of a server whose clock is ahead' future
check '  leaves no files' no_leftover
rm -f good.conf.compiled late.conf.compiled

# --- env ---

asan="export ASAN_OPTIONS='verify_asan_link_order=0'"
check 'env' prints "export LD_PRELOAD='$library'
$asan" "$ctl" env
check '  --json' json 0 "r == {'schema': 1, 'kind': 'env', 'LD_PRELOAD': '$library',
	'ASAN_OPTIONS': 'verify_asan_link_order=0'}" "$ctl" env --json
echo '' | compile other.so -shared -fPIC
LD_PRELOAD=$WORK/other.so check '  chained' prints "export LD_PRELOAD='$library:$WORK/other.so'
$asan" "$ctl" env
ASAN_OPTIONS=detect_leaks=0 check '  and what is said of sanitizers' prints "export LD_PRELOAD='$library'
export ASAN_OPTIONS='detect_leaks=0:verify_asan_link_order=0'" "$ctl" env
ASAN_OPTIONS=verify_asan_link_order=1 check '  unless that says it' prints "export LD_PRELOAD='$library'
export ASAN_OPTIONS='verify_asan_link_order=1'" "$ctl" env
LD_PRELOAD=$library check '  once' prints "export LD_PRELOAD='$library'
$asan" "$ctl" env
check 'env --trace: after the library' prints "export LD_PRELOAD='$library:$exec_library'
$asan" "$ctl" env --trace
LD_PRELOAD=$WORK/other.so:$exec_library:$library check '  chained, once' \
	prints "export LD_PRELOAD='$library:$exec_library:$WORK/other.so'
$asan" "$ctl" env --trace
check '  --json' json 0 "r['LD_PRELOAD'] == '$library:$exec_library'" "$ctl" env --trace --json
off="export LD_PRELOAD=''
export ASAN_OPTIONS=''"
check 'env --off: nothing is on' prints "$off" "$ctl" env --off
LD_PRELOAD=$WORK/other.so:$library:$exec_library ASAN_OPTIONS=a=1:verify_asan_link_order=0:b=2 check '  others stay' \
	prints "export LD_PRELOAD='$WORK/other.so'
export ASAN_OPTIONS='a=1:b=2'" "$ctl" env --off
check '  in a shell of privmap'"'"'s' json 0 'r["PRIVMAP_DISABLE"] == "1"' "$BUILD/privmap" "$ctl" env --off --json
check '  --trace' wrong env 'privmapctl: only one of --trace and --off can be given' env --off --trace
quoted() {
	parts "$WORK/it's" && (eval "$("$WORK/it's/privmapctl" env)" && [ "$LD_PRELOAD" = "$WORK/it's/libprivmap.so" ])
}
check "  quoted" quoted
parts without
rm without/libprivmap-exec.so
check '  --trace without its library' ends 2 "privmapctl: '.*/libprivmap-exec\.so': No such file or directory" \
	without/privmapctl env --trace
check '    which env does not need' ends 0 '' without/privmapctl env
parts 'a blank'
check '  a name that LD_PRELOAD cannot hold' ends 2 "privmapctl: .*a blank or ':' .*" 'a blank/privmapctl' env
for shell in sh bash zsh fish; do
	if command -v "$shell" >"$out"; then
		check "  evaluated by $shell" prints "$library" "$shell" -c "eval \"\$($ctl env)\"; printenv LD_PRELOAD"
	else
		skip "  evaluated by $shell" 'it is not installed'
	fi
done
mkdir mount/x.git
pack=$WORK/mount/x.git/p.pack
head -c 100 /dev/zero >"$pack"
serves() {
	(eval "$("$ctl" env)" && ends 0 '' "$BUILD/integration/programs/mapkinds" "$pack" &&
		[ "$(grep -c ': private$' "$out")" -eq 5 ])
}
check '  and programs that start then are served' serves
is_off() {
	(eval "$("$ctl" env)" && eval "$("$ctl" env --off)" &&
		"$BUILD/integration/programs/mapkinds" "$pack" >"$out" && [ "$(grep -c ': private$' "$out")" -eq 2 ])
}
check '  and, after env --off, not' is_off

# --- JSON, by another parser ---

json_tool() {
	"$ctl" "$@" >"$out" || :
	"$python" -m json.tool "$out" >/dev/null
}
odd=$'mount/odd "\\\x27 \n\t\x01\xff*?[a]'
cp "$pack" "$odd"
check 'python3 -m json.tool: why' json_tool why --json "$odd"
check 'python3 -m json.tool: doctor' json_tool doctor --json
check 'python3 -m json.tool: doctor of two' json_tool doctor --json mount "$ctl"
check 'python3 -m json.tool: check' json_tool check --json wrong.conf
check 'python3 -m json.tool: compile' json_tool compile --json wrong.conf
check 'python3 -m json.tool: env' json_tool env --json
t_end
