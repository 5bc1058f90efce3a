#!/bin/bash
# SPDX-License-Identifier: MIT
# A rule file's compiled form in programs: if it is valid, they need neither libconfig nor the
# dynamic linker; if not, they do not use it. compiled*.c test when it is valid.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

ctl=$BUILD/privmapctl
mapkinds=$BUILD/integration/programs/mapkinds
mount_refusing "$WORK/source" "$WORK/mount"
head -c 5000 /dev/zero >"$WORK/mount/a.bin"
cd "$WORK"
# The rules for *.bin and for *.bix have texts of the same length.
rules_for() {
	echo "rules = ( { path = \"*.$1\"; action = \"private\"; } );"
}
export PRIVMAP_CONFIG=$WORK/t.conf

# serves N: N of the seven mappings of mapkinds are private; two always are.
serves() {
	LD_PRELOAD=$BUILD/libprivmap.so "$mapkinds" "$WORK/mount/a.bin" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(grep -c ': private$' "$out")" -eq "$1" ] && [ ! -s "$err" ]
}
served() {
	serves 5
}
left() {
	serves 2
}
# opened: prints the files of privmap, and libconfig, that a served program opens at its start.
opened() {
	LD_PRELOAD=$BUILD/libprivmap.so strace -o "$WORK/trace" -e trace=open,openat /bin/true
	sed -nE 's/^open(at)?\([^"]*"([^"]*)".* = ([0-9-]+).*/\2 \3/p' "$WORK/trace" |
		awk '$2 >= 0 { print $1 }' | grep -E "^$WORK/|privmap-config|libconfig" | sed "s,.*/,," >"$out" || :
	cat "$out"
}
with_loader() {
	opened && grep -q '^privmap-config' "$out" && grep -q '^libconfig' "$out" && grep -qx t.conf "$out"
}
without_loader() {
	opened && [ "$(cat "$out")" = t.conf.compiled ]
}
# compiled RULES: makes a rule file and its compiled form.
compiled() {
	rules_for "$1" >t.conf
	"$ctl" compile t.conf >"$out" && [ "$(cat "$out")" = "$WORK/t.conf.compiled" ]
}

rules_for bin >t.conf
check 'without a compiled form: the loader and libconfig are' with_loader
check 'privmapctl compile' compiled bin
check '  then only it is opened, no library' without_loader
no_dlopen() {
	! grep -E 'privmap-config|libconfig|"[^"]*t\.conf"' "$WORK/trace"
}
check '  nor is the rule file itself' no_dlopen
check '  and its rules hold' served
loader_gone() {
	mkdir -p alone && cp "$BUILD/libprivmap.so" alone &&
		LD_PRELOAD=$WORK/alone/libprivmap.so ends 0 '' "$mapkinds" "$WORK/mount/a.bin" &&
		[ "$(grep -c ': private$' "$out")" -eq 5 ]
}
check '  where there is no loader' loader_gone
check '  privmap -c takes it, too' ends 0 '' "$BUILD/privmap" -c t.conf true
same_words() {
	"$ctl" why --json mount/a.bin >with && mv t.conf.compiled aside &&
		"$ctl" why --json mount/a.bin >without && mv aside t.conf.compiled && diff with without
}
check '  privmapctl why says the same with and without' same_words

# Not even one of the same size.
changed() {
	rules_for bix >other && cat other >t.conf
}
check 'a change is noticed' eval 'compiled bin && without_loader && changed && with_loader && left'
# The file is compiled just after a write, and written again at once, in the same tick of the file
# clock.
at_once() {
	local round
	for round in {1..20}; do
		compiled bin && changed && left || return 1
	done
	echo "$round rounds"
}
check 'a change is noticed: at once' at_once

included() {
	rules_for bin >part.conf && echo '@include "part.conf"' >t.conf && "$ctl" compile t.conf &&
		without_loader && served && rules_for bix >part.conf && with_loader && left
}
check 'a change is noticed: of an included file' included
other_directory() {
	rules_for bin >part.conf && "$ctl" compile t.conf && (cd / && served)
}
check 'its includes are found from any directory' other_directory

check 'one that is cut is not used' eval 'compiled bin && truncate -s 100 t.conf.compiled && with_loader && served'
wrong_again() {
	compiled bin && echo nonsense >t.conf && LD_PRELOAD=$BUILD/libprivmap.so \
		ends 0 "privmap: $WORK/t\.conf:1: .*" "$mapkinds" "$WORK/mount/a.bin"
}
check 'a rule file that became invalid is reported' wrong_again

# too_long: the compiled form may not be written at all.
too_long() {
	local status
	rules_for bin >t.conf
	rm -f t.conf.compiled
	(ulimit -f 0 && "$ctl" compile t.conf 2>&1) | cat >"$out"
	status=${PIPESTATUS[0]}
	cat "$out"
	[ "$status" -eq 2 ] && grep -q 'File too large$' "$out" && [ -z "$(find . -name '*.privmap.*')" ]
}
check 'a limit for the size of files is reported, and no part of the file stays' too_long
t_end
