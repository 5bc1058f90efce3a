#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl patch, for dynamic programs: a patched program starts, is served, and keeps its owner,
# mode and attributes. Undo restores each byte. Programs that cannot be patched stay unchanged.
# shellcheck disable=SC2317,SC2016 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=patch-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/patch-lib.sh"

program=$BUILD/integration/programs/mapkinds
there_and_back 'patched: it now loads libprivmap.so' "r['library'] == '$library'" \
	"  it will not start without $library; undo the patch before you remove that"
needs() {
	"$ctl" patch prog >"$out" && [ "$(patchelf --print-needed prog | grep -c .)" -eq 2 ] &&
		patchelf --print-needed prog | grep -qxF "$library"
	set -- $?
	"$ctl" patch --undo prog >"$out" && return "$1"
}
check 'the library is needed once' needs
running() {
	cp "$(type -P sleep)" napper || return
	./napper 3600 &
	local pid=$! try
	for try in {1..3000}; do
		[ "$(readlink "/proc/$pid/exe")" != "$PWD/napper" ] || break
		sleep 0.02
	done
	"$ctl" patch napper >"$out" && "$ctl" patch --undo napper >"$out" && kill -0 "$pid"
	set -- $? "$try"
	kill "$pid"
	wait "$pid" || :
	rm -f napper
	return "$1"
}
check 'one that is running' running
moved() {
	mkdir -p "$WORK/copy" && cp "$ctl" "$library" "$WORK/copy" && "$WORK/copy/privmapctl" patch prog &&
		served prog 5 && "$ctl" patch --undo prog
}
check 'patched by another installation, undone by this' moved
gone() {
	mkdir -p "$WORK/gone" && cp "$ctl" "$library" "$WORK/gone" && "$WORK/gone/privmapctl" patch prog >"$out" || return
	rm "$WORK/gone/libprivmap.so"
	json 1 "r[0]['patched'] == 'library' and r[0]['missing'] == '$WORK/gone/libprivmap.so'" "$ctl" doctor --json ./prog
	set -- $?
	"$ctl" patch --undo prog >"$out" && return "$1"
}
check 'doctor names a library that is gone' gone
check '  as before' as_before prog
if why=$(no_other_users); then
	skip "somebody else's that cannot be given back to them is refused" "$why"
else
	# cp --preserve=ownership silently makes the caller its owner.
	not_given_away() {
		local theirs=$WORK/theirs
		mkdir -m 777 "$theirs" && chmod 711 "$WORK" && install -m 755 -o 1 -g 2 prog "$theirs" &&
			ends 2 "privmapctl: '.*' cannot be copied with owner, mode and attributes: Operation not permitted" \
				setpriv --reuid=65534 --regid=65534 --clear-groups "$ctl" patch "$theirs/prog" &&
			cmp prog "$theirs/prog" && [ "$(ls -A "$theirs")" = prog ]
		set -- $?
		rm -rf "$theirs"
		return "$1"
	}
	check "somebody else's that cannot be given back to them is refused" not_given_away
fi
# As on a filesystem without hard links (vfat): the original is kept as a copy, with its times.
no_links() {
	printf '%s\n' '#include <errno.h>' '#include <unistd.h>' \
		'int link(const char *a, const char *b) { (void)a; (void)b; errno = EPERM; return -1; }' |
		compile "$WORK/nolinks.so" -shared -fPIC && LD_PRELOAD=$WORK/nolinks.so "$ctl" patch prog &&
		served prog 5 && "$ctl" patch --undo prog && cmp "$WORK/reference" prog &&
		[ "$(stat -c '%a %u %g %Y' prog)" = "$(stat -c '%a %u %g %Y' "$WORK/reference")" ]
}
check 'where there are no hard links' no_links
fresh prog
python_works() {
	cp -L "$python" snake && "$ctl" patch snake && ./snake -c 'import json, ssl, sys; print(sys.version)' &&
		"$ctl" patch --undo snake && cmp "$(readlink -f "$python")" snake
	set -- $?
	rm -f snake
	return "$1"
}
check 'a large program' python_works

# --- refused programs stay unchanged ---

# refuses WHY COMMAND...: prints one line, and changes nothing.
refuses() {
	local why=$1
	shift
	ends 2 "privmapctl: '.*' $why" "$@" && as_before prog
}
fresh prog
chmod u+s prog
likeness prog >"$WORK/before"
check 'a set-user-ID program' refuses 'is not patched: it is set-user-ID or set-group-ID' "$ctl" patch prog
chmod 2755 prog
likeness prog >"$WORK/before"
check 'a set-group-ID program' refuses 'is not patched: it is set-user-ID .*' "$ctl" patch prog
fresh prog
if setcap cap_chown=ep prog 2>/dev/null; then
	likeness prog >"$WORK/before"
	check 'file capabilities' refuses 'is not patched: it has file capabilities' "$ctl" patch prog
else
	skip 'file capabilities' 'they cannot be set here'
fi
fresh prog
check 'a library' ends 2 "privmapctl: '.*' is not patched: .*" "$ctl" patch "$library"
echo '#!/bin/sh' >"$WORK/script"
chmod +x "$WORK/script"
check 'a script' ends 2 "privmapctl: '.*' is not patched: it is not an ELF program" "$ctl" patch "$WORK/script"
check 'a directory' ends 2 "privmapctl: '$WORK' is not a regular file" "$ctl" patch "$WORK"
check 'a missing file' ends 2 "privmapctl: 'none': No such file or directory" "$ctl" patch none

# with_patchelf TEXT WHY COMMAND...: patchelf is this shell text.
with_patchelf() {
	mkdir -p "$WORK/path"
	printf '#!/bin/sh\n%s\n' "$1" >"$WORK/path/patchelf"
	chmod +x "$WORK/path/patchelf"
	shift
	PATH=$WORK/path:$PATH refuses "$@"
}
no_patchelf() {
	refuses 'cannot be patched: patchelf: No such file or directory' env PATH="$WORK/nowhere" "$ctl" patch prog
}
real=$(type -P patchelf)
check 'without patchelf' no_patchelf
check 'patchelf fails' with_patchelf "case \$1 in --add*) echo no room; exit 1 ;; esac; exec '$real' \"\$@\"" \
	'cannot be patched: patchelf: no room' "$ctl" patch prog
check 'patchelf dies' with_patchelf "case \$1 in --add*) kill -9 \$\$ ;; esac; exec '$real' \"\$@\"" \
	'cannot be patched: patchelf: it said nothing' "$ctl" patch prog
check 'patchelf breaks the program' with_patchelf \
	"case \$1 in --add*) head -c 9000 \"\$3\" >\"\$3.x\"; cat \"\$3.x\" >\"\$3\"; rm \"\$3.x\"; exit ;; esac; exec '$real' \"\$@\"" \
	'would not start: .*' "$ctl" patch prog
check 'patchelf does nothing' with_patchelf "case \$1 in --add*) exit ;; esac; exec '$real' \"\$@\"" \
	'would not be served: .*' "$ctl" patch prog
check 'patchelf adds a missing library' with_patchelf \
	"case \$1 in --add*) exec '$real' \$1 none-such.so \$3 ;; esac; exec '$real' \"\$@\"" \
	'would not start: .*' "$ctl" patch prog
interrupted() {
	mkdir -p "$WORK/path"
	printf '#!/bin/sh\ncase $1 in --add*) kill -TERM $PPID; exec sleep 0.2 ;; esac\nexec %s "$@"\n' "$real" \
		>"$WORK/path/patchelf"
	local status=0
	PATH=$WORK/path:$PATH "$ctl" patch prog >"$out" 2>"$err" || status=$?
	echo "status $status"
	[ "$status" -ne 0 ] && as_before prog
}
check 'interrupted: leaves no files' interrupted
# A package installs a new version while patchelf works on a copy of the old one.
upgraded() {
	mkdir -p "$WORK/path"
	printf '#!/bin/sh\ncase $1 in --add*) cp %s new && mv new prog ;; esac\nexec %s "$@"\n' "$(type -P true)" "$real" \
		>"$WORK/path/patchelf"
	PATH=$WORK/path:$PATH ends 2 "privmapctl: '.*' was changed by somebody else meanwhile: left as it is" \
		"$ctl" patch prog && cmp "$(type -P true)" prog && [ "$(ls -A)" = prog ]
}
check 'replaced meanwhile: stays as it then is' upgraded
rm prog
fresh prog

# --- undo is exact or not at all ---

check 'patch' ends 0 '' "$ctl" patch prog
mv prog.privmap-original aside
check '--undo without the original' ends 2 \
	"privmapctl: '.*' cannot be undone: .*prog\.privmap-original: No such file or directory" "$ctl" patch --undo prog
check '  it is still served' served prog 5
cp "$(type -P true)" prog.privmap-original
check '--undo with the original of another' ends 2 \
	"privmapctl: '.*' is not what privmapctl and this patchelf make from .*: left as it is" "$ctl" patch --undo prog
check '  it is still served' served prog 5
mv aside prog.privmap-original
printf X | dd of=prog bs=1 seek=700 conv=notrunc status=none
check '--undo of a program that was changed since' ends 2 "privmapctl: '.*' is not what .*: left as it is" "$ctl" patch --undo prog
rm -f prog prog.privmap-original
fresh prog
# A package installs a new version: the kept original is then an old one.
"$ctl" patch prog >"$out"
updated() {
	cp "$(type -P true)" new && mv new prog && "$ctl" patch prog && ./prog && "$ctl" patch --undo prog &&
		cmp "$(type -P true)" prog && [ ! -e prog.privmap-original ]
}
check 'a program that was replaced since is patched anew' updated
t_end
