#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl patch, for static programs: it puts the engine into them. They are served without
# privmap, also where tracing is impossible. Programs that cannot be proven safe get a launcher.
# Undo restores everything.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=patch-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/patch-lib.sh"

program=$BUILD/integration/programs/mapkinds-static
cp "$program" prog
"$ctl" patch --dry-run --json prog >"$out"
why=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["engine_refused"] or "")' "$out")
case $why in
*'was built without'*)
	skip 'the engine in a program' "$why"
	t_end
	exit
	;;
esac
there_and_back 'patched: it serves itself' "r['library'] is None and r['privmap'] is None and r['engine_version'] and
	r['engine_refused'] is None and len(r['sites']) > 3 and all(s['address'] > s['window'] for s in r['sites'])"

# --- --dry-run ---

fresh prog
would() {
	"$ctl" patch --dry-run prog >"$out" && cat "$out" && grep -qxF "$PWD/prog: would be patched: it serves itself" "$out" &&
		grep -qE '^  0x[0-9a-f]+: mmap, replaced from 0x[0-9a-f]+$' "$out" && as_before prog
}
check 'patch --dry-run' would
check '  in JSON' json 0 "not r['patched'] and not r['changed'] and
	{'mmap', 'munmap', 'mprotect', 'mremap'} <= {s['call'] for s in r['sites']}" "$ctl" patch --dry-run --json prog
check '  nothing is changed' as_before prog

# --- it serves itself ---

"$ctl" patch prog >"$out"
mv prog ../alone
check 'alone, without any other part of privmap' ends 0 '' env -i ../alone "$WORK/mount/x.git/in"
check '  it is served' [ "$(grep -c ': private$' "$out")" -eq 5 ]
mv ../alone prog
# Rule files are for libconfig, which is not in it.
echo 'rules = ( { path = "*"; action = "leave"; } );' >"$WORK/leave.conf"
check 'a rule file without a compiled form: it says what to do' ends 0 \
	"privmap: $WORK/leave.conf: a patched program .*; run: privmapctl compile $WORK/leave.conf" \
	env PRIVMAP_CONFIG="$WORK/leave.conf" ./prog "$WORK/mount/x.git/in"
check '  nothing is served' [ "$(grep -c ': private$' "$out")" -eq 2 ]
"$ctl" compile "$WORK/leave.conf" >"$err"
check '  with one it uses the rules' ends 0 '' env PRIVMAP_CONFIG="$WORK/leave.conf" ./prog "$WORK/mount/x.git/in"
untraced() {
	strace -f -qqq -o /dev/null ./prog "$WORK/mount/x.git/in" >"$out" && [ "$(grep -c ': private$' "$out")" -eq 5 ]
}
check 'below another tracer' untraced
check 'doctor: the engine' json 0 "r[0]['patched'] == 'engine' and r[0]['engine'] == 'patched' and
	r[0]['engine_version'] and r[0]['missing'] is None" "$ctl" doctor --json ./prog
mv prog.privmap-original kept
check '  without the original' json 1 "r[0]['missing'] == '$PWD/prog.privmap-original'" "$ctl" doctor --json ./prog
check '  --undo has nothing to put back' ends 2 "privmapctl: '.*' cannot be undone: .*" "$ctl" patch --undo prog
cp "$program" prog.privmap-original
printf x >>prog.privmap-original
check '  --undo with another original' ends 2 \
	"privmapctl: '.*' was not made from .*\.privmap-original: left as it is" "$ctl" patch --undo prog
mv kept prog.privmap-original
check '  --undo' ends 0 '' "$ctl" patch --undo prog
check '  as before' as_before prog

# --- its report, with a libc that ends programs in the usual way ---

tells() {
	fresh prog "$WORK/musl" && "$ctl" patch prog && rm -f "$WORK/report" &&
		PRIVMAP_REPORT=$WORK/report ./prog "$WORK/mount/x.git/in" >"$out" && cat "$WORK/report" &&
		grep -q "\"program\":\"$PWD/prog\".*\"converted\":3" "$WORK/report"
}
if musl-gcc -D_GNU_SOURCE -static -O2 -o "$WORK/musl" "$TOP/integration/programs/mapkinds.c" 2>"$err"; then
	check 'a program of musl writes its report' tells
else
	skip 'a program of musl writes its report' "$(head -n 1 "$err")"
fi

# --- one that looks at its own name ---

"$CC" -static -x c -o "$WORK/named" - <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	char name[4096];
	ssize_t size = readlink("/proc/self/exe", name, sizeof(name));
	return !(size > 0 && fwrite(name, 1, (size_t)size, stdout) == (size_t)size);
}
END
named() {
	fresh prog "$WORK/named" && "$ctl" patch prog >"$out" && cat "$out" &&
		grep -q 'patched: it serves itself' "$out" && [ "$(ls -A)" = $'prog\nprog.privmap-original' ] &&
		[ "$(./prog)" = "$PWD/prog" ] && "$ctl" patch --undo prog && as_before prog
}
check 'one that prints its own name' named

# --- two patches at once ---

# Patches itself, unless it is patched already.
"$CC" -static -x c -o "$WORK/twice" - <<'END'
#include <stdlib.h>
int main(void)
{
	return getenv("CTL") && system("exec \"$CTL\" patch --no-start prog");
}
END
twice() {
	fresh prog "$WORK/twice" && CTL=$ctl ends 2 "privmapctl: '.*' was changed by somebody else meanwhile: left as it is" \
		"$ctl" patch prog && cmp "$WORK/twice" prog.privmap-original && "$ctl" patch --undo prog && as_before prog
}
check 'two patches at once: the original is kept' twice

# Its output is kept in memory that grows.
if [ "$(type -t valgrind)" ]; then
	fresh prog "$WORK/named"
	check 'valgrind finds no fault in patch' ends 0 '' valgrind -q --error-exitcode=99 "$ctl" patch prog
	check '  --undo' ends 0 '' "$ctl" patch --undo prog
else
	skip 'valgrind finds no fault in patch' 'there is no valgrind'
fi

# --- strip(1) ---

stripped() {
	fresh prog && "$ctl" patch prog && strip prog && served prog 5 && "$ctl" patch --undo prog && as_before prog
}
fresh prog
check 'stripped afterwards, it is served' stripped

# --- one whose program headers must be moved ---

# No note can be spared in it, as published programs of Rust and musl have none.
crowded() {
	"$python" - "$1" <<'END_PYTHON'
import struct, sys
with open(sys.argv[1], "r+b") as file:
    header = file.read(64)
    at, = struct.unpack_from("<Q", header, 32)
    count, = struct.unpack_from("<H", header, 56)
    for place in range(at, at + count * 56, 56):
        file.seek(place)
        if struct.unpack("<I", file.read(4))[0] in (4, 0x6474e553): # PT_NOTE, PT_GNU_PROPERTY
            file.seek(place)
            file.write(struct.pack("<I", 0x60000001))
END_PYTHON
}
moved() {
	fresh prog "$1" && "$ctl" patch prog >"$out" && grep -q 'patched: it serves itself' "$out" &&
		readelf -hW prog >"$out" && ! grep -q 'Start of program headers: *64 ' "$out" && served prog 5
}
# The program's own sections, but for the names of them and of the symbols that a static program has not.
sections() {
	readelf -SW "$1" | sed -nE 's/^ *\[ *[0-9]+\] //p' | grep -vE '^\.(dynsym|dynstr|shstrtab|privmap\.)'
}
same_names() {
	sections "$WORK/reference" >"$WORK/sections" && [ "$(wc -l <"$WORK/sections")" -gt 10 ] &&
		diff "$WORK/sections" <(sections prog | head -n "$(wc -l <"$WORK/sections")") &&
		nm "$WORK/reference" >"$WORK/symbols" && diff "$WORK/symbols" <(nm prog)
}
# The frames when it first writes. Addresses differ, because of the size of what is loaded.
frames() {
	SHELL=/bin/sh gdb -nx -q -batch -iex 'set debuginfod enabled off' -iex 'set auto-load off' -ex 'break write' \
		-ex "run $WORK/mount/x.git/in >/dev/null" -ex bt "$1" 2>/dev/null | sed -n 's/^\(#[0-9]* *\)0x[0-9a-f]* in /\1/; /^#/p'
}
same_frames() {
	frames ./prog.privmap-original >"$WORK/before-gdb" && frames ./prog >"$WORK/after-gdb" && cat "$WORK/after-gdb" &&
		grep -q ' exit ' "$WORK/before-gdb" && diff "$WORK/before-gdb" "$WORK/after-gdb"
}
stripped_moved() {
	strip prog && served prog 5 && "$ctl" doctor ./prog >"$out" && cat "$out" && grep -q 'patched: it serves itself' "$out" &&
		"$ctl" patch --undo prog && as_before prog
}
if "$CC" -D_GNU_SOURCE -static-pie -O2 -o "$WORK/crowded" "$TOP/integration/programs/mapkinds.c" 2>"$err"; then
	crowded "$WORK/crowded"
	check 'its program headers are moved' moved "$WORK/crowded"
	check '  it has the same sections and symbols' same_names
	if [ "$(type -t gdb)" ] && frames ./prog.privmap-original | grep -q ' exit '; then
		check '  gdb shows the same frames' same_frames
	else
		skip '  gdb shows the same frames' 'gdb shows none here'
	fi
	check '  stripped afterwards, it is served' stripped_moved
	strip -o "$WORK/crowded-stripped" "$WORK/crowded"
	check '  stripped before, too' moved "$WORK/crowded-stripped"
	check '    and afterwards' stripped_moved
else
	skip 'its program headers are moved' "$(head -n 1 "$err")"
fi

# --- names for profilers ---

# named PROGRAM: the symbol of the engine has the right address.
named() {
	fresh prog "$1" && "$ctl" patch prog && readelf -SW prog >"$out" && readelf -sW prog >"$err" || return
	cat "$out" "$err"
	at=$(sed -nE 's/.* \.privmap\.text +PROGBITS +0*([0-9a-f]+).*/\1/p' "$out")
	grep -qE ": 0*$at +[0-9]+ FUNC .* privmap_calls$" "$err" && grep -qE 'FUNC .* privmap_engine$' "$err" &&
		[ "$(wc -c <prog)" -lt $(($(wc -c <"$1") + 131072)) ] && served prog 5
}
check 'the engine has a name' named "$program"
strip -o "$WORK/stripped" "$program"
check '  also in a stripped program' named "$WORK/stripped"
if cc -D_GNU_SOURCE -static-pie -O2 -o "$WORK/pie" "$TOP/integration/programs/mapkinds.c" 2>"$err"; then
	check '  also in a static-pie program' named "$WORK/pie"
	strip -o "$WORK/stripped" "$WORK/pie"
	check '    stripped' named "$WORK/stripped"
else
	skip '  also in a static-pie program' "$(head -n 1 "$err")"
fi

# --- refused programs get a launcher ---

# refused WHY: the program gets a launcher, which serves it, and undo works.
refused() {
	"$ctl" patch prog >"$out" && cat "$out" && grep -qF "privmap runs it (it cannot serve itself: $1" "$out" &&
		"$ctl" patch --undo prog
}
fresh prog
printf 'a payload of more than a page%5000s' '' >>prog
check 'a payload after the end' refused 'something stands behind its end'
fresh prog
printf 'a short one' >>prog
check '  a short one, too' refused 'something stands behind its end'
fresh prog
printf '\0\0\0' >>prog
check '  not a few zeros' ends 0 '' "$ctl" patch prog
check '    it serves itself' grep -q 'patched: it serves itself' "$out"
fresh prog
if [ "$(type -t setfattr)" ] && setfattr -n security.ima -v 0x0400 prog 2>/dev/null; then
	check 'a signature' refused 'it is signed'
else
	skip 'a signature' 'security.ima cannot be set here'
fi
t_end
