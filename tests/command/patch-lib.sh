# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Shared by the tests of privmapctl patch: patches a program, and undoes that. Source it in place of
# ctl-lib.sh; $program is the program, unless a test names another.

# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

how=() # options for patch
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/mount/x.git" "$WORK/bin"
head -c 5000 /dev/zero >"$WORK/mount/x.git/in"
cd "$WORK/bin" || exit

# fresh NAME [PROGRAM]: makes it the only file here, with this name, and notes its properties.
fresh() {
	find . -mindepth 1 -delete
	cp "${2:-$program}" "$1"
	chmod 751 "$1"
	likeness "$1" >"$WORK/before"
	cp -p "$1" "$WORK/reference"
}
# Properties of the inode are included.
likeness() {
	stat -c '%i %a %u %g %s %Y' "$1"
	"$python" -c 'import os, sys
print(sorted((n, os.getxattr(sys.argv[1], n)) for n in os.listxattr(sys.argv[1])))' "$1"
}
as_before() {
	diff "$WORK/before" <(likeness "$1") && cmp "$WORK/reference" "$1" && [ "$(ls -A)" = "$1" ]
}
served() {
	ends 0 '' "./$1" "$WORK/mount/x.git/in" && [ "$(grep -c ': private$' "$out")" -eq "$2" ]
}
privileges() {
	stat -c '%a %u %g' "$1"
}
attributes() {
	"$python" -c 'import os, sys; os.setxattr(sys.argv[1], "user.origin", b"here\0there")' prog 2>/dev/null
}
owned() {
	chown 1:2 prog && "$ctl" patch "${how[@]}" prog && [ "$(privileges prog)" = '751 1 2' ] &&
		"$ctl" patch --undo prog && [ "$(privileges prog)" = '751 1 2' ] && chown 0:0 prog
}

# A signal that cannot be caught ends patch when the original has its second name.
half_done() {
	ln prog prog.privmap-original && "$ctl" patch "${how[@]}" prog &&
		[ "$(ls -A)" = $'prog\nprog.privmap-original' ] && "$ctl" patch --undo prog
}
# Its mode forbids even its owner to write it.
read_only() {
	local theirs=$WORK/theirs
	mkdir "$theirs" && chmod 711 "$WORK" && cp prog "$theirs" || return
	(
		cd "$theirs" || exit
		attributes || :
		chmod 555 prog && chown -R 1:2 . && likeness prog | tail -n 1 >"$WORK/attributes" &&
			setpriv --reuid=1 --regid=2 --clear-groups "$ctl" patch "${how[@]}" prog &&
			[ "$(privileges prog)" = '555 1 2' ] && diff "$WORK/attributes" <(likeness prog | tail -n 1) &&
			setpriv --reuid=1 --regid=2 --clear-groups "$ctl" patch --undo prog
	)
	set -- $?
	rm -rf "$theirs"
	return "$1"
}
# default_acl DIR: files that are made in it get an ACL.
default_acl() {
	"$python" -c 'import os, struct, sys
entries = (1, 7, -1), (2, 7, 1234), (4, 0, -1), (16, 7, -1), (32, 0, -1)
os.setxattr(sys.argv[1], "system.posix_acl_default",
            struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries))' "$1" 2>/dev/null
}
no_acl() {
	"$ctl" patch "${how[@]}" prog && diff <(likeness prog.privmap-original | tail -n 1) <(likeness prog | tail -n 1) &&
		[ "$(privileges prog)" = "$(privileges "$WORK/reference")" ] && "$ctl" patch --undo prog
}

# there_and_back HOW JSON [LINE]: patches prog and undoes it. patch says HOW, then LINE; JSON is
# true for its JSON.
there_and_back() {
	fresh prog
	check 'before, nothing is served' served prog 2
	check 'patch' prints "$PWD/prog: $1; the original is $PWD/prog.privmap-original${3:+$'\n'$3}" "$ctl" patch "${how[@]}" prog
	check '  it is served' served prog 5
	check '  mode and owner are as they were' [ "$(privileges prog)" = "$(privileges "$WORK/reference")" ]
	check '  the original is in the same directory' cmp "$WORK/reference" prog.privmap-original
	check '  nothing else is' prints "prog"$'\n'"prog.privmap-original" ls -A
	check 'patch again' prints "$PWD/prog: is patched already" "$ctl" patch "${how[@]}" prog
	check '  it is served' served prog 5
	check 'patch --undo' prints "$PWD/prog: restored" "$ctl" patch --undo prog
	check '  as before: inode, mode, owner, times, attributes, and every byte' as_before prog
	check '  not served' served prog 2
	check 'patch --undo again' ends 1 '' "$ctl" patch --undo prog
	check '  its output' grep -qxF "$PWD/prog: is not patched" "$out"
	check '  as before' as_before prog
	check 'patch --json' json 0 "r['binary'] == '$PWD/prog' and r['patched'] and r['changed'] and
		r['original'] == r['binary'] + '.privmap-original' and $2" "$ctl" patch "${how[@]}" --json prog
	check 'patch --json again' json 0 "r['patched'] and not r['changed']" "$ctl" patch "${how[@]}" --json prog
	check 'patch --undo --json' json 0 "not r['patched'] and r['changed']" "$ctl" patch --undo --json prog
	check '  as before' as_before prog
	if attributes; then
		likeness prog >"$WORK/before"
		check 'extended attributes' ends 0 '' "$ctl" patch "${how[@]}" prog
		check '  are on the patched file' diff <(likeness prog.privmap-original | tail -n 1) <(likeness prog | tail -n 1)
		check '  and there after --undo' ends 0 '' "$ctl" patch --undo prog
		check '  as before' as_before prog
	else
		skip 'extended attributes' 'the filesystem has none'
	fi
	check 'after a patch that was interrupted' half_done
	check '  as before' as_before prog
	if default_acl .; then
		check 'where new files get an ACL, it gets none' no_acl
		check '  as before' as_before prog
		"$python" -c 'import os; os.removexattr(".", "system.posix_acl_default")'
	else
		skip 'where new files get an ACL, it gets none' 'the filesystem has none'
	fi
	if why=$(no_other_users); then
		skip 'one that its owner may not write' "$why"
	else
		check 'one that its owner may not write' read_only
	fi
	ln -s bin/prog ../link
	check 'through a symbolic link' ends 0 '' "$ctl" patch "${how[@]}" ../link
	check '  which stays one' [ -L ../link ]
	check '  the program is served' served prog 5
	check '  --undo' ends 0 '' "$ctl" patch --undo ../link
	check '  as before' as_before prog
	if [ "$(id -u)" -eq 0 ]; then
		check "somebody else's stays theirs" owned
	else
		skip "somebody else's stays theirs" 'needs root'
	fi
}
