#!/bin/bash
# SPDX-License-Identifier: MIT
# One table for both engines: results and messages are the same for a dynamic program, which is
# preloaded, and for the same program linked statically, which is traced. The table also says where
# the two differ. engines-limits.sh has the limits.
# shellcheck disable=SC2317,SC2119,SC2120,SC2016 # check calls the functions; COMMAND's shell expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=engines-lib.sh
. "$TOP/tests/command/engines-lib.sh"

# --- rules ---

same 'the built-in rules' "$in: private, right
$mount/dotfiles/file: private, right
$out_of: ENODEV
$mount/tree/file: private, right
$mount/tree/file: ENODEV
$mount/x.git/database: ENODEV" \
	p -- map "$in" map-rw "$mount/dotfiles/file" map "$out_of" map "$mount/tree/file" map-rw "$mount/tree/file" map "$mount/x.git/database"
same 'a private mapping is not served' "$out_of: private, right" p -p '*' -- map-private "$out_of"
same 'nor is one that is not refused' "$cached/out: shared, right" p -p '*' -- map "$cached/out"

# with_rules RULE... -- STEP...: uses only these rules. %s is the program's path.
with_rules() {
	local text=
	while [ "$1" != -- ]; do
		text+="{ ${1//%s/$program} }, "
		shift
	done
	echo "rules = ( ${text%, } );" >"$WORK/rules.conf"
	p -c "$WORK/rules.conf" "$@"
}

# FUSE of root, with libfuse's default options: a program that was root before may map an open file,
# but gets no information about it.
if [ "$(id -u)" -eq 0 ]; then
	chmod 711 "$WORK"
	mount_refusing "$WORK/owner source" "$WORK/owner" --owner-only
	cp out "$WORK/owner/out"
	cp x.git/database "$WORK/owner/database"
	check_fails 'root, without allow_other: others are told nothing' \
		setpriv --reuid 54321 --clear-groups stat "$WORK/owner"
	same '  files opened before are served' "$WORK/owner/out: private, right" \
		p -p '*' -- open "$WORK/owner/out" user 54321 map "$WORK/owner/out"
	same '  by the rules for its mount, too' "$WORK/owner/out: private, right" \
		with_rules 'filesystem = "fuse.refusefs"; action = "private";' \
		-- open "$WORK/owner/out" user 54321 map "$WORK/owner/out"
	same '  it stays read-only' "$WORK/owner/out: private, right
protect: EACCES" p -p '*' -- open "$WORK/owner/out" user 54321 map "$WORK/owner/out" protect
	same '  no database is' "$WORK/owner/database: ENODEV" \
		p -p '*' -- open "$WORK/owner/database" user 54321 map "$WORK/owner/database"
else
	skip 'root, without allow_other: files opened before are served' 'only root can be another user'
fi

# Prints for FILE which conditions are true.
holds() {
	same "it holds: $1" "$2: private, right" with_rules "$1; action = \"private\";" -- map "$2"
}
holds_not() {
	same "it does not: $1" "$2: ENODEV" with_rules "$1; action = \"private\";" -- map "$2"
}
holds "path = \"$mount/o*\"" "$out_of"
holds 'path = "out"' "$out_of"
holds 'path = [ "none", "o?t" ]' "$out_of"
holds_not 'path = "in"' "$out_of"
holds 'filesystem = "fuse.refusefs"' "$out_of"
holds_not 'filesystem = [ "virtiofs", "ext4" ]' "$out_of"
holds 'program = "mapsteps"' "$out_of"
holds 'program = [ "gix", "%s" ]' "$out_of"
holds_not 'program = "gix"' "$out_of"
holds_not 'program = "/bin/mapsteps"' "$out_of"
holds 'access = "read-only"' "$out_of"
same 'it does not: access = "read-only", O_RDWR' "$out_of: ENODEV" \
	with_rules 'access = "read-only"; action = "private";' -- map-rw "$out_of"
same 'it holds: access = "any", O_RDWR' "$out_of: private, right" \
	with_rules 'access = "any"; action = "private";' -- map-rw "$out_of"
holds 'worktree = true' "$mount/tree/file"
holds_not 'worktree = true' "$out_of"
holds 'worktree = false' "$out_of"
holds_not 'worktree = false' "$mount/tree/file"
holds 'git = true' "$mount/dotfiles/file"
holds_not 'git = true' "$out_of"
holds_not 'git = true' "$mount/tree/file"
holds 'git = false' "$out_of"
holds_not 'git = false' "$mount/dotfiles/file"
holds 'kind = "shared"' "$out_of"
holds 'kind = "any"' "$out_of"
holds_not 'kind = "private"' "$out_of"
holds 'database = true' "$mount/x.git/database"
holds_not 'database = false' "$mount/x.git/database"
holds_not 'path = "*"' "$mount/x.git/database"
# The copy shows that the file is a database: it is not mapped, and the next rule is asked.
database=$mount/x.git/database
same 'no database is copied either' "$database: ENODEV" with_rules 'action = "buffer";' -- map "$database"
same '  and the next rule is asked' "$database: private, right" \
	with_rules 'action = "buffer";' 'action = "private"; database = true;' -- map "$database"
same '  unless the rule says so' "$database: a copy in memory, right" \
	with_rules 'action = "buffer"; database = true;' -- map "$database"
same 'when = "always"' "$cached/out: private, right" \
	with_rules 'when = "always"; action = "private";' -- map "$cached/out"
same '  and buffer' "$cached/out: a copy in memory, right" \
	with_rules 'when = "always"; action = "buffer";' -- map "$cached/out"
same 'when = "refused"' "$cached/out: shared, right" \
	with_rules 'when = "refused"; action = "private";' -- map "$cached/out"
same 'action = "buffer"' "$out_of: a copy in memory, right" with_rules 'action = "buffer";' -- map "$out_of"
same 'action = "leave"' "$in: ENODEV" with_rules 'action = "leave";' -- map "$in"
same 'the first that matches counts' "$out_of: a copy in memory, right
$in: private, right" with_rules 'path = "out"; action = "buffer";' 'action = "private";' \
	'action = "leave";' -- map "$out_of" map "$in"
same 'no rules' "$in: ENODEV" with_rules -- map "$in"
same 'for a thread, a child, a program anew' "$in: private, right
$in: private, right
$in: private, right" with_rules 'program = "mapsteps"; action = "private";' -- \
	thread map "$in" fork map "$in" exec map "$in"

# elsewhere STEP...: runs it in a mount namespace where the directory of the files is also the root
# of another mount.
mkdir "$WORK/elsewhere"
elsewhere() {
	local engine=${program%/*}
	"$privmap" -e "${engine##*/}" unshare --mount --propagation private sh -c '
		mount --bind "$1" "$2" && mount --rbind /proc "$2/proc" && shift 2 && exec "$@"' \
		sh "$mount" "$WORK/elsewhere" "$program" "$@"
}
mkdir proc
if why=$(no_mount_namespace); then
	skip 'in a private mount namespace' "$why"
else
	same 'in a private mount namespace' "$WORK/elsewhere/dotfiles/file: private, right
$WORK/elsewhere/tree/file: private, right
$WORK/elsewhere/out: ENODEV" \
		elsewhere map "$WORK/elsewhere/dotfiles/file" map "$WORK/elsewhere/tree/file" \
		map "$WORK/elsewhere/out"
	same '  with another root' "/dotfiles/file: private, right
/tree/file: private, right
/out: ENODEV" elsewhere root "$WORK/elsewhere" map /dotfiles/file map /tree/file map /out
	PRIVMAP_PATHS='/ou?' same '  by its own names' '/out: private, right' \
		elsewhere root "$WORK/elsewhere" map /out
fi
printf 'DIRC\0\0\0\2' >"$mount/tmp.x"
same 'an index of git that is called otherwise' "$mount/tmp.x: ENODEV" p -- map "$mount/tmp.x"
GIT_INDEX_FILE=$mount/tmp.x same '  where GIT_INDEX_FILE gives the name' "$mount/tmp.x: private, right" \
	p -- map "$mount/tmp.x"

# --- the environment ---

same '--path' "$out_of: private, right" p -p none -p "$mount/*" -- map "$out_of"
PRIVMAP_PATHS=none:out same 'PRIVMAP_PATHS' "$out_of: private, right
$in: private, right" p -- map "$out_of" map "$in"
PRIVMAP_PATHS=out same '--path and PRIVMAP_PATHS' "$out_of: private, right" p -p none -- map "$out_of"
for value in '' : none; do
	PRIVMAP_PATHS=$value same "PRIVMAP_PATHS='$value'" "$out_of: ENODEV
$in: private, right" p -- map "$out_of" map "$in"
done
PRIVMAP_DISABLE=1 same 'PRIVMAP_DISABLE=1' "$in: ENODEV" p -p '*' -r -- map "$in"
for value in '' 0 no; do
	PRIVMAP_DISABLE=$value same "PRIVMAP_DISABLE='$value'" "$in: private, right" p -- map "$in"
done
echo 'rules = ( { path = "out"; action = "private"; } );' >"$WORK/good.conf"
printf 'rules = (\n\n{ action = "publish"; } );' >"$WORK/wrong.conf"
PRIVMAP_CONFIG=$WORK/good.conf same 'PRIVMAP_CONFIG' "$out_of: private, right
$in: ENODEV" p -- map "$out_of" map "$in"
relative_config() {
	cp "$WORK/good.conf" .
	PRIVMAP_CONFIG=good.conf p -- map "$out_of"
}
same 'a relative PRIVMAP_CONFIG' "$out_of: private, right" relative_config
at_home() {
	mkdir -p .config/privmap
	cp "$WORK/good.conf" .config/privmap/privmap.conf
	HOME=$PWD p -- map "$out_of"
}
same 'a rule file at home' "$out_of: private, right" at_home
PRIVMAP_CONFIG=$WORK/wrong.conf same 'a wrong rule file' "status 0
$in: ENODEV
stderr: privmap: $WORK/wrong.conf:3: action is \"publish\"; it must be \"private\", \"buffer\" or \"leave\"" p -- map "$in"
PRIVMAP_CONFIG=$WORK/wrong.conf PRIVMAP_LOG=off same '  its line goes where PRIVMAP_LOG says' "status 0
$in: ENODEV" p -- map "$in"
PRIVMAP_CONFIG=$WORK/none same 'a missing rule file' "$in: ENODEV
stderr: privmap: $WORK/none: cannot be read: No such file or directory" p -- map "$in"
same '-c with a wrong one' 'status 125' p -c "$WORK/wrong.conf" -- map "$in"

# --- the log ---

left="left $out_of: no rule matches; served by --path 'DIR/mount/*'"
converted="converted $in, 5000 bytes at 0"
denied="write access denied (EACCES) to 8192 bytes: their file was mapped shared, and what is written \
to the private mapping that serves it would be lost"
one_of_each() {
	p "$@" -- map "$out_of" map "$in" protect
}
mute="status 0
$out_of: ENODEV
$in: private, right
protect: EACCES"
for level in off error; do
	PRIVMAP_LOG=$level same "log: $level" "$mute" one_of_each
done
same 'log: error, by default' "$mute" one_of_each
PRIVMAP_LOG=warn same 'log: warn' "stderr: privmap: $denied" one_of_each
PRIVMAP_LOG=info same 'log: info' "stderr: privmap: $left
stderr: privmap: $converted
stderr: privmap: $denied" one_of_each
differ 'the engine and the reason that -v prints' \
	"stderr: privmap: engine preload for BIN/mapsteps: it is a dynamic program (ld-linux-x86-64.so.2)
stderr: privmap: $left" \
	"stderr: privmap: engine trace for BIN/mapsteps: it is a static program, for which LD_PRELOAD does nothing
stderr: privmap: $left" one_of_each -v
stops='privmap: stopped [0-9]+ times, 1 of them for exec'
without_stops() {
	PRIVMAP_LOG=debug one_of_each 2>err
	grep -cxE "$stops" err >"$WORK/$engine/stops" || :
	grep -vxE "$stops" err >&2
	rm err
}
same 'log: debug, but for the line that follows' "stderr: privmap: $in: rule 2, built in: matches: private
stderr: privmap: $converted" without_stops
check '  differs: only the tracer logs how often it stopped the program' \
	diff <(printf '0\n1\n') <(cat "$WORK/preload/stops" "$WORK/trace/stops")
PRIVMAP_LOG=loud same 'log: a wrong level' "$in: private, right
stderr: privmap: PRIVMAP_LOG=loud: LEVEL[:TARGET] expected; LEVEL is off, error, warn, info or debug" \
	p -- map "$in"
PRIVMAP_LOG=info:stderr same 'log: stderr' "stderr: privmap: $converted" p -- map "$in"
for name in log "$WORK/here/log"; do
	PRIVMAP_LOG=info:$name same "log: a file, ${name%log}log" "log: privmap: $left
log: privmap: $converted
log: privmap: $converted" p -- map "$out_of" map "$in" exec map "$in"
done
elsewhere() {
	mkdir dir
	p -- directory dir map "$in" && [ ! -e log ] && mv dir/log .
}
PRIVMAP_LOG=info:log same 'log: a relative name is where the program is' "log: privmap: $converted" elsewhere
# Also if a thread maps.
named_by_pid() {
	local names
	p "$@" -- map "$out_of" thread map "$in" fork map "$in" || return
	names=(log.*.%p)
	echo "${#names[@]} files"
	cat "${names[@]}"
	rm "${names[@]}"
}
PRIVMAP_LOG=info:log.%p.%%p same 'log: %p is the process, %% a %' "2 files
privmap: $left
privmap: $converted
privmap: $converted" named_by_pid
own_pid() {
	sh -c 'echo $$ >pid; exec "$@"' sh "$privmap" "$program" map "$in" && mv "log.$(cat pid)" log
	rm pid
}
PRIVMAP_LOG=info:log.%p same '  and the id that its parent knows' "log: privmap: $converted" own_pid
linked() {
	echo before >victim
	ln -s victim log
	p -r -- map "$in"
}
PRIVMAP_LOG=info:log same 'log: a symbolic link is not followed' 'victim: before' linked
PRIVMAP_LOG=info:none/log same 'log: a missing directory harms nobody' "status 0
$in: private, right" p -- map "$in"

syslog() {
	syslog_of "$privmap" "$program" map "$out_of"
}
if why=$(no_mount_namespace); then
	skip 'log: syslog' "no /dev of our own: $why"
else
	PRIVMAP_LOG=info:syslog same 'log: syslog' "0 <14>privmap[PID]: $left" syslog
fi

# --- the report ---

line_in='privmap: 1 converted (5000 bytes), 0 left'
line_out="privmap:   $out_of: ${left#left "$out_of: "}"
killed() {
	sh -c '"$@"; echo $?' sh "$privmap" "$@" "$program" map "$in" kill 2> >(grep ^privmap >&2)
}
same 'report: converted' "stderr: $line_in" p -r -- map "$in"
same 'report: left, with the remedy' "stderr: privmap: 0 converted (0 bytes), 1 left
stderr: $line_out" p -r -- map "$out_of"
same 'report: nothing to tell' "status 0
$cached/out: shared, right
stderr: privmap: nothing was refused" p -r -- map "$cached/out"
PRIVMAP_REPORT=1 same 'report: buffered, denied' \
	"stderr: privmap: mapsteps[PID]: 1 converted (5000 bytes), 1 buffered (20000 bytes), 0 left, writing denied: 1" \
	with_rules 'path = "large"; action = "buffer";' 'action = "private";' -- map "$large" map "$in" protect
same 'report: of all processes' "stderr: privmap: 1 converted (5000 bytes), 1 left
stderr: $line_out" p -r -- map "$in" fork map "$out_of"
same 'report: mappings of a thread' "stderr: $line_in" p -r -- thread map "$in"
same 'report: who is killed' "137
stderr: $line_in" killed -r
same 'report: who ends without exit(3)' "stderr: $line_in" p -r -- map "$in" quit
same 'report: before exec, and after' "stderr: privmap: 2 converted (10000 bytes), 0 left" \
	p -r -- map "$in" exec map "$in"
same 'report: a file that was mapped to be written' "stderr: privmap: 0 converted (0 bytes), 1 left
stderr: privmap:   $out_of: mapped to be written, which is never served" p -r -- map-written "$out_of"
json='{"schema":1,"kind":"process","program":"BIN/mapsteps","pid":PID,"converted":1,"converted_bytes":5000,"buffered":0,"buffered_bytes":0'
json+=',"denied":1,"left":1,"left_files":[{"path":"'$out_of'","why":"no rule matches","served_by":"--path '
json+="'DIR/mount/*'"'"}],"read_instead":0}'
same 'report: a file' "report: $json" one_of_each --report=report
PRIVMAP_REPORT=report same 'report: a relative PRIVMAP_REPORT' "report: $json" one_of_each
PRIVMAP_REPORT='' same "PRIVMAP_REPORT=''" "$mute" one_of_each
odd=$mount/$'odd "\\\x27 \n\t\x01\x7f\xff\xc3\xa9 *?[a] %p'
cp out "$odd"
PRIVMAP_LOG=info:log same 'an odd name' 'status 0' p --report=report -- map "$odd"
check '  is in the log, on one line' grep -q '^log: .*odd .*; served by --path' "$WORK/trace.out"
check '  and in the report' grep -q '^report: .*odd .*"served_by":"--path' "$WORK/trace.out"

# --- stderr: messages must not go into other files ---

in_its_place() {
	echo before >another
	p -r -- map "$in" stderr another map "$out_of" protect
}
PRIVMAP_LOG=debug same 'a file in the place of stderr is not written' "stderr: privmap: $converted
another: before" in_its_place
redirected() {
	by_engine '"$1" map "$2" 2>redirected; "$1" map "$2" stderr redirected'
}
PRIVMAP_REPORT=1 same 'stderr is the one that a program was started with' "redirected: ${line_in/: /: mapsteps[PID]: }" redirected
closed() {
	PRIVMAP_LOG=debug p -r -- map "$in" map "$out_of" 2>&-
}
same 'a closed stderr' "status 0
$in: private, right" closed
two_closed() {
	p -r -- map "$in" <&- 2>&-
}
same '  a closed stdin as well' "status 0
$in: private, right" two_closed
all_closed() {
	p --report=report -- map "$in" <&- >&- 2>&-
}
same '  all of them closed' "status 0
report: {\"schema\":1,\"kind\":\"process\",\"program\":\"BIN/mapsteps\",\"pid\":PID,\"converted\":1,\"converted_bytes\":5000,\"buffered\":0,\"buffered_bytes\":0,\"denied\":0,\"left\":0,\"left_files\":[],\"read_instead\":0}" all_closed
nobody_reads() {
	PRIVMAP_LOG=debug p -r -- map "$in" map "$out_of" 2> >(exec true) | cat
	echo "${PIPESTATUS[0]}"
}
same 'a stderr that nobody reads' "$in: private, right
$out_of: ENODEV
0" nobody_reads
full_pipe() {
	PRIVMAP_LOG=debug timeout 120 "$python" -c 'import os, subprocess, sys
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True: os.write(w, b"x" * 4096)
except BlockingIOError: pass
os.set_blocking(w, True)
sys.exit(subprocess.run(sys.argv[1:], stderr=w).returncode)' "$privmap" -r "$program" map "$in"
}
same 'a full pipe as stderr is not waited for' "status 0
$in: private, right" full_pipe

# --- where they differ ---

# Each program loads the library again; the one tracer starts with privmap.
differ 'the tracer reads PRIVMAP_DISABLE once, at the start' "$in: ENODEV" "$in: private, right" \
	by_engine 'PRIVMAP_DISABLE=1 "$1" map "$2"'
differ '  and PRIVMAP_LOG' "stderr: privmap: $converted" "$in: private, right" \
	by_engine 'PRIVMAP_LOG=info "$1" map "$2"'
wrong_file() {
	PRIVMAP_CONFIG=$WORK/wrong.conf by_engine "$@" >names 2>lines
	sed -i '/^privmap: /!d' lines
	wc -l <lines
	rm names lines
}
differ 'an invalid rule file is reported once' 2 1 wrong_file '"$1" map "$2"'
PRIVMAP_REPORT=1 differ 'who ends without exit(3) is told of by the tracer' "status 0
$in: private, right" 'stderr: privmap: mapsteps[PID]: 1 converted (5000 bytes), 0 left' p -- map "$in" quit
PRIVMAP_REPORT=1 same '  but not who is killed' "$in: private, right
137" killed
# The tracer tries a mapping itself; the kernel knows the type, and maps it.
type_unknown() {
	local engine=${program%/*} preload=$BUILD/tests/preloaded/refuse.so
	local kinds=$BUILD/integration/programs/mapkinds
	case ${engine##*/} in
	preload) preload=$BUILD/libprivmap.so:$preload ;;
	*) kinds=$kinds-static ;;
	esac
	LD_PRELOAD=$preload REFUSE_ERRNO=22 REFUSE_VALIDATED=1 \
		"$privmap" -p '*' -e "${engine##*/}" "$kinds" "$cached/out"
}
differ 'a type of mapping that the kernel does not know is not refused' \
	"shared read, O_RDONLY: shared
validated shared read, O_RDONLY: EINVAL" "shared read, O_RDONLY: shared
validated shared read, O_RDONLY: shared" type_unknown
# /etc/ld.so.preload loads the library into each process.
itself() {
	LD_PRELOAD=$BUILD/libprivmap.so ends 0 '' "$privmap" -p '*' -e trace "$BUILD/integration/programs/mapkinds-static" "$in" &&
		[ "$(grep -c 'read.*: private$' "$out")" -eq 4 ]
}
check 'the tracer serves even if the library is in the tracer, too' itself
# Nothing here can refuse private mappings to a static program. The tracer does not serve these: its
# filter never stops them (tests/unit/filter.c).

t_end
