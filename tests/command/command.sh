#!/bin/bash
# SPDX-License-Identifier: MIT
# privmap's options, the environment of COMMAND, and its exit statuses. programs.sh tests different
# programs, messages.sh what the library then prints.
# shellcheck disable=SC2317,SC2016 # check calls the functions; COMMAND's shell expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

privmap=$BUILD/privmap
library=$BUILD/libprivmap.so
libraries=$library:$BUILD/libprivmap-exec.so
cd "$WORK"

# shows VARIABLE VALUE ARG...: privmap ARG... gives COMMAND this environment variable.
shows() {
	local variable=$1 value=$2
	shift 2
	prints "$value" "$privmap" "$@" printenv "$variable"
}

# --- COMMAND: untouched ---

check 'exit status 0' ends 0 '' "$privmap" true
check 'exit status 1' ends 1 '' "$privmap" false
for status in 2 42 125 126 127 128 255; do
	check "exit status $status" ends "$status" '' "$privmap" sh -c "exit $status"
done

# The parent sees the signal. bash's 143 could also be an exit status.
dies_of() {
	prints "$1" "$python" -c 'import subprocess, sys
print(-subprocess.run(sys.argv[1:]).returncode)' "$privmap" sh -c "ulimit -c 0; kill -$1 \$\$"
}
for signal in 15 9 11 13; do
	check "death by signal $signal" dies_of "$signal"
done

arguments=('' ' ' "it's" 'a  b' $'new\nline' '--help' '-p' '--' '*' $'\377')
check 'arguments' prints "$(printf '<%s>\n' "${arguments[@]}")" \
	"$privmap" printf '<%s>\n' "${arguments[@]}"
check 'its options are its own' prints '-v -p --report' "$privmap" echo -v -p --report
check 'as are those after --' prints '-v' "$privmap" -- echo -v
PATH=/usr/bin:/bin check '-- is taken once' ends 127 "privmap: '--': No such file or directory" "$privmap" -- -- echo

same_with_and_without() {
	"$@" >"$WORK/without" 2>&1 && "$privmap" "$@" >"$WORK/with" 2>&1 &&
		diff -u "$WORK/without" "$WORK/with"
}
check 'no fd is left open to it' same_with_and_without ls /proc/self/fd
check 'signals, umask, directory, limits' same_with_and_without \
	sh -c 'grep "^Sig[BIC]" /proc/self/status; umask; pwd; ulimit -a'
check 'ignored and blocked signals' same_with_and_without \
	sh -c 'trap "" HUP USR1; exec grep "^Sig[BIC]" /proc/self/status'
check 'its environment but LD_PRELOAD, ASAN_OPTIONS and PRIVMAP_CHILDREN' same_with_and_without \
	sh -c 'env | grep -vE "^(LD_PRELOAD|ASAN_OPTIONS|PRIVMAP_CHILDREN|_)=" | sort'

is_the_process() {
	"$privmap" sh -c 'echo $$' >"$out" &
	wait "$!"
	[ "$(cat "$out")" = "$!" ]
}
check 'it is the process that privmap was' is_the_process
stdin_reaches() {
	[ "$(echo text | "$privmap" cat)" = text ]
}
check 'stdin' stdin_reaches

# --- the command line ---

try="Try 'privmap --help'."
# wrong LINE ARG...: privmap prints this line and the hint, and runs nothing.
wrong() {
	local line=$1 status=0
	shift
	"$privmap" "$@" >"$out" 2>"$err" || status=$?
	echo "status $status"
	cat "$out"
	diff -u <(printf '%s\n' "$line" "$try") "$err" && [ "$status" -eq 125 ] && [ ! -s "$out" ]
}

check 'no COMMAND' wrong 'privmap: no COMMAND given'
check 'no COMMAND after options' wrong 'privmap: no COMMAND given' -v -p '*'
check 'no COMMAND after --' wrong 'privmap: no COMMAND given' --
check 'an unknown option' wrong "privmap: unknown option '--nonsense'" --nonsense true
check 'an unknown letter' wrong "privmap: unknown option '-x'" -x true
check '  before one that is known' wrong "privmap: unknown option '-x'" -xv true
check 'a misspelt option' wrong "privmap: unknown option '--reprot'; did you mean '--report'?" --reprot=x true
for letter in p c e; do
	check "-$letter without an argument" \
		wrong "privmap: option '-$letter' requires an argument" "-$letter"
done
for option in path for; do
	check "--$option without an argument" \
		wrong "privmap: option '--$option' requires an argument" "--$option"
done
check '-r=FILE' wrong 'privmap: FILE follows -r directly: -rFILE, or --report=FILE' -r=x true
check '--help with one' wrong "privmap: option '--help' doesn't allow an argument" --help=x

version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
check '--version' prints "privmap $version" "$privmap" --version
check '-V' prints "privmap $version" "$privmap" -V
check '--help' ends 0 '' "$privmap" --help
options_of_help() {
	local option
	"$privmap" --help >"$out"
	for option in "-p, --path GLOB" "-c, --config FILE" "-r, --report\[=FILE\]" "-v, --verbose" \
		"    --for NAME" \
		"-e, --engine ENGINE" "-a, --argv0 ARG" "-h, --help" "-V, --version"; do
		grep -qE "^ +$option " "$out" || return 1
	done
	[ "$(wc -L <"$out")" -le 80 ]
}
check '--help has every option, in 80 columns' options_of_help
check '-h' prints "$("$privmap" --help)" "$privmap" -h
full() {
	"$privmap" "$1" >/dev/full
}
for option in --help --version; do
	check "$option onto a full disk" ends 125 'privmap: .*No space left on device' full "$option"
done

for engine in auto preload trace; do
	check "-e $engine" ends 0 '' "$privmap" -e "$engine" true
	check "--engine=$engine" ends 0 '' "$privmap" "--engine=$engine" true
done
check '-e trace needs no LD_PRELOAD' ends 1 '' "$privmap" -e trace printenv LD_PRELOAD
check '-e nonsense' ends 125 "privmap: --engine 'nonsense': auto, preload or trace expected" \
	"$privmap" -e nonsense true
for engine in preload trace; do
	check "-a, -e $engine" prints other "$privmap" -e "$engine" -a other sh -c 'echo "$0"'
	check "--argv0='', -e $engine" prints '' "$privmap" -e "$engine" --argv0= sh -c 'echo "$0"'
	check "-a is not looked for, -e $engine" ends 127 "privmap: 'not-there': No such file or directory" \
		"$privmap" -e "$engine" -a sh not-there
done
check "-e ''" ends 125 "privmap: --engine '': .*" "$privmap" -e '' true

# --- --for ---

examples=$TOP/config/examples
# uses FILE [VARIABLE=VALUE]... ARG...: COMMAND gets this rule file, and no other trace of the
# option.
uses() {
	local file=$1 variables=()
	shift
	while [[ ${1:-} = *=* && $1 != -* ]]; do
		variables+=("$1")
		shift
	done
	env "${variables[@]}" "$privmap" "$@" printenv PRIVMAP_CONFIG PRIVMAP_FOR >"$out" || :
	cat "$out"
	[ "$(cat "$out")" = "$file" ]
}
lists_each() {
	local file name
	"$privmap" --for list >"$out" || return
	for file in "$examples"/*; do
		name=$(basename "$file" .conf)
		grep -qE "^$name +[A-Z].{20}" "$out" || return
	done
	[ "$(wc -l <"$out")" -eq "$(find "$examples" -type f | wc -l)" ] && ! grep -E '.{81}' "$out"
}
check '--for list has a line of at most 80 columns for each example' lists_each
check '--for models' uses "$examples/models.conf" --for models
check '  over PRIVMAP_CONFIG and PRIVMAP_FOR' \
	uses "$examples/models.conf" PRIVMAP_CONFIG=/nowhere PRIVMAP_FOR=nothing --for models
check 'PRIVMAP_FOR, over PRIVMAP_CONFIG' \
	uses "$examples/stores.conf" PRIVMAP_CONFIG=/nowhere PRIVMAP_FOR=stores
check "PRIVMAP_FOR= is none" uses "$examples/logs.conf" PRIVMAP_CONFIG="$examples/logs.conf" PRIVMAP_FOR=
check '-c, over PRIVMAP_FOR' uses "$examples/logs.conf" PRIVMAP_FOR=nothing -c "$examples/logs.conf"
check 'of -c and --for the last: --for' uses "$examples/models.conf" -c /nowhere --for models
check '  and -c' uses "$examples/logs.conf" --for nothing -c "$examples/logs.conf"
no_example="there is no such example; there are: .*models.*"
check '--for nothing' ends 125 "privmap: --for 'nothing': $no_example" "$privmap" --for nothing true
check "--for ''" ends 125 "privmap: --for '': $no_example" "$privmap" --for '' true
check '--for a path' ends 125 "privmap: --for '../examples/models': $no_example" \
	"$privmap" --for ../examples/models true
check 'PRIVMAP_FOR=nothing' ends 125 "privmap: PRIVMAP_FOR 'nothing': $no_example" \
	env PRIVMAP_FOR=nothing "$privmap" true

# --- -p ---

glob_error='a GLOB must not be empty'
check '-p' shows PRIVMAP_PATHS '*.idx' -p '*.idx'
check '-pGLOB, --path GLOB, --path=GLOB: in this order' \
	shows PRIVMAP_PATHS 'a:b c:d' -pa --path 'b c' --path=d
PRIVMAP_PATHS=old check '-p before PRIVMAP_PATHS' shows PRIVMAP_PATHS 'a:old' -p a
PRIVMAP_PATHS='' check '-p and an empty PRIVMAP_PATHS' shows PRIVMAP_PATHS a -p a
PRIVMAP_PATHS=old check 'PRIVMAP_PATHS alone' shows PRIVMAP_PATHS old
check "-p ''" ends 125 "privmap: --path '': $glob_error" "$privmap" -p '' true
check '--path=' ends 125 "privmap: --path '': $glob_error" "$privmap" --path= true
check '-p that ends in a backslash, which matches nothing' shows PRIVMAP_PATHS 'a:b' -p a -p c\\ -p b
check '-p with a colon, which privmap quotes' shows PRIVMAP_PATHS 'a\:b:c\:d:\\\:' -p a:b -p 'c\:d' -p '\\:'

# --- -c ---

echo 'rules = ( { path = "*.dat"; action = "private"; } );' >good.conf
printf 'rules = (\n  { path = "*"; action = "publish"; }\n);\n' >wrong.conf
mkdir other
check '-c' shows PRIVMAP_CONFIG "$WORK/good.conf" -c "$WORK/good.conf"
check '-c with a relative name' shows PRIVMAP_CONFIG "$WORK/good.conf" -c good.conf
check '--config=' shows PRIVMAP_CONFIG "$WORK/other/../good.conf" --config=other/../good.conf
check '-c: the last one counts' shows PRIVMAP_CONFIG "$WORK/good.conf" -c wrong.conf -c good.conf
check '-c with a wrong file' ends 125 "privmap: $WORK/wrong\.conf:2: .*publish.*private.*" \
	"$privmap" -c wrong.conf true
check '-c with a missing file' ends 125 "privmap: $WORK/none\.conf: .*No such file.*" \
	"$privmap" -c none.conf true
check '-c with a directory' ends 125 "privmap: $WORK/other: .*" "$privmap" -c other true
check "-c ''" ends 125 "privmap: --config '': .*" "$privmap" -c '' true
PRIVMAP_CONFIG=$WORK/wrong.conf check '-c over PRIVMAP_CONFIG' \
	shows PRIVMAP_CONFIG "$WORK/good.conf" -c good.conf

# --- -r ---

# COMMAND and its children count in shared memory. At the end privmap reports, on stderr or in FILE.
shares() {
	local line=$1
	shift
	ends 0 "$line" "$privmap" "$@" sh -c 'echo "$PRIVMAP_REPORT"' && grep -qxE '/proc/[0-9]+/fd/[0-9]+' "$out"
}
check '-r' shares 'privmap: nothing was refused' -r
check '--report' shares 'privmap: nothing was refused' --report
for option in -rnew-1 --report=new-2 --report=1 --report="$WORK/new-3"; do
	check "$option" shares '' "$option"
	file=${option#--report=}
	check '  is made' test -f "${file#-r}"
done
keeps_report() {
	echo before >report
	ends 0 '' "$privmap" --report=report true && [ "$(cat report)" = before ]
}
check 'the contents of FILE stay' keeps_report
check 'a missing directory' ends 125 \
	"privmap: --report 'none/x': No such file or directory" "$privmap" --report=none/x true
check 'a directory' ends 125 "privmap: --report 'other': Is a directory" \
	"$privmap" --report=other true
link_refused() {
	ln -sf victim link
	ends 125 "privmap: --report 'link': .*symbolic link.*" "$privmap" --report=link true &&
		[ ! -e victim ]
}
check 'a symbolic link is not followed' link_refused
mkfifo fifo
check 'does not wait for a FIFO that nobody reads' \
	ends 125 "privmap: --report 'fifo': .*" timeout 120 "$privmap" --report=fifo true

# --- -v ---

check 'no -v' ends 1 '' "$privmap" printenv PRIVMAP_LOG
# said LEVEL LOG ARG...: the engine on stderr, and PRIVMAP_LOG.
said() {
	local value=$1
	shift
	ends 0 'privmap: engine preload for .*/printenv: .*' "$privmap" "$@" printenv PRIVMAP_LOG &&
		[ "$(cat "$out")" = "$value" ]
}
check '-v' said info -v
check '--verbose' said info --verbose
check '-vv' said debug -vv
PRIVMAP_LOG=warn:file check '-v keeps the target of PRIVMAP_LOG' said info:file -v
PRIVMAP_LOG=warn check '-vvv' said debug -vvv

# --- LD_PRELOAD ---

for name in first.so second.so libasan.so.8; do
	compile "$WORK/$name" -shared -fPIC </dev/null
done
# real TEXT: replaces L, 1, 2 and A by the names of libraries.
real() {
	local i text=
	for ((i = 0; i < ${#1}; i++)); do
		case ${1:i:1} in
		L) text+=$libraries ;;
		1) text+=$WORK/first.so ;;
		2) text+=$WORK/second.so ;;
		A) text+=$WORK/libasan.so.8 ;;
		*) text+=${1:i:1} ;;
		esac
	done
	echo "$text"
}
# chained OLD NEW
chained() {
	LD_PRELOAD=$(real "$1") shows LD_PRELOAD "$(real "$2")"
}
check 'LD_PRELOAD' shows LD_PRELOAD "$libraries"
for pair in '= L' '1= L:1' '1:2= L:1:2' '1 2= L:1:2' '1:L:2= L:1:2' 'L= L' '1 L L= L:1' ': 1::2 := L:1:2' \
	'A= A:L' '1:A:2= A:L:1:2' 'L:A= A:L'; do
	old=${pair%%=*} new=${pair#*= }
	check "LD_PRELOAD '$old' becomes '$new'" chained "$old" "$new"
done
check 'privmap under privmap' prints "$libraries" "$privmap" "$privmap" "$privmap" printenv LD_PRELOAD

# Each sanitizer would refuse one engine, which adds this option for it.
asan=verify_asan_link_order=0 lsan=detect_leaks=0
ASAN_OPTIONS='' check 'ASAN_OPTIONS' shows ASAN_OPTIONS "$asan" -e preload
ASAN_OPTIONS=a=b check '  behind what is there' shows ASAN_OPTIONS "a=b:$asan" -e preload
ASAN_OPTIONS=${asan%0}1 check '  unless that says it' shows ASAN_OPTIONS "${asan%0}1" -e preload
check '  and nothing else' ends 1 '' env -u LSAN_OPTIONS "$privmap" -e preload printenv LSAN_OPTIONS
LSAN_OPTIONS='' check 'LSAN_OPTIONS' shows LSAN_OPTIONS "$lsan" -e trace
LSAN_OPTIONS=a=b check '  behind what is there' shows LSAN_OPTIONS "a=b:$lsan" -e trace
LSAN_OPTIONS=${lsan%0}1 check '  unless that says it' shows LSAN_OPTIONS "${lsan%0}1" -e trace
check '  and nothing else' ends 1 '' env -u ASAN_OPTIONS "$privmap" -e trace printenv ASAN_OPTIONS
asan_works() {
	echo 'int main(void) { return 0; }' | compile asan -fsanitize=address &&
		LD_PRELOAD=$("$CC" -print-file-name=libasan.so) ends 0 '' "$privmap" ./asan
}
if [ -e "$("$CC" -print-file-name=libasan.so)" ]; then
	check "a program of AddressSanitizer's, whose runtime is in LD_PRELOAD" asan_works
else
	skip "a program of AddressSanitizer's, whose runtime is in LD_PRELOAD" 'no libasan.so'
fi

# --- where privmap lies ---

# copy DIRECTORY: copies all parts of privmap.
copy() {
	mkdir -p "$1"
	cp "$privmap" "$library" "$BUILD"/{libprivmap-exec,privmap-config}.so "$1"
}
copy "$WORK/a copy"
check 'a blank in the name of its directory is reported' \
	ends 125 "privmap: $WORK/a copy/libprivmap\.so: a blank or ':' .*" "$WORK/a copy/privmap" true
mv "$WORK/a copy" "$WORK/a:copy"
check 'so is a colon' ends 125 "privmap: .*a blank or ':' .*" "$WORK/a:copy/privmap" true
copy "$WORK/moved"
ln -s ../moved/privmap other/privmap
check 'a symbolic link to it' prints "$WORK/moved/libprivmap.so:$WORK/moved/libprivmap-exec.so" other/privmap printenv LD_PRELOAD
in_path() {
	PATH=$WORK/other:$PATH prints "$WORK/moved/libprivmap.so:$WORK/moved/libprivmap-exec.so" privmap printenv LD_PRELOAD
}
check 'found in PATH' in_path
rm moved/privmap-config.so
check 'without its loader it says so' \
	ends 125 "privmap: $WORK/good\.conf:?.*privmap-config\.so.*" moved/privmap -c good.conf true
rm moved/libprivmap.so
if [ -e /usr/local/lib/libprivmap.so ]; then
	skip 'without its library it says so' 'one is installed'
else
	check 'without its library it says so' \
		ends 125 'privmap: libprivmap.so is neither next to this command nor in .*' moved/privmap true
	check '  traced programs do not need it' \
		ends 0 'privmap: libprivmap.so is missing; .*/true is traced, .*' moved/privmap -e trace true
fi
deleted_directory() {
	mkdir deleted
	(cd deleted && rmdir ../deleted && ends "$@")
}
check 'in a directory that is gone' deleted_directory 0 '' "$privmap" true
check '  a relative name is refused' deleted_directory 125 "privmap: 'x': No such file or directory" \
	"$privmap" -c x true
t_end
