#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl clean, and what doctor says about kept copies.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -eu
# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
cd "$WORK"
mkdir spool
echo "rules = ( { action = \"buffer\"; keep = true; } ); buffer : { spool = \"$WORK/spool\"; keep = \"1G\"; };" >kept.conf
export PRIVMAP_CONFIG=$WORK/kept.conf
store=$WORK/spool/privmap-$(id -u)
head -c 10000 /dev/zero >source/one
head -c 20000 /dev/zero >source/two
keep_two() {
	LD_PRELOAD=$BUILD/libprivmap.so "$BUILD/integration/programs/mapsteps" map mount/one map mount/two wait 100 \
		map mount/one map mount/two >/dev/null
}
counted() {
	json "$1" "r['kept'] == {'directory': '$store', 'copies': $2, 'bytes': $3, 'limit': 1 << 30}" "$ctl" doctor --json
}

check 'doctor: none is kept' counted 0 0 0
check 'clean: no directory' prints "$store: removed 0 copies, 0 bytes" "$ctl" clean
keep_two
check 'doctor: two are kept' counted 0 2 30000
check '  for people' ends 0 '' "$ctl" doctor
check '  its output' has "  kept copies: 2, 30000 bytes of 1073741824, in $store"
touch "$store/of-somebody-else" "$store/copy-x"
check 'clean' prints "$store: removed 2 copies, 30000 bytes" "$ctl" clean
check '  files without the name of a copy stay' eval '[ "$(ls "$store" | xargs)" = "copy-x of-somebody-else" ]'
rm "$store"/*
keep_two
check '  --json' json 0 "r == {'schema': 1, 'kind': 'clean', 'directory': '$store', 'removed': 2, 'bytes': 30000}" "$ctl" clean --json
check '  the directory is gone' eval '[ ! -e "$store" ]'
# still_mapped: a program keeps the copy that it has mapped.
still_mapped() {
	keep_two
	LD_PRELOAD=$BUILD/libprivmap.so "$BUILD/integration/programs/mapsteps" map mount/one wait 500 map mount/one >"$out" &
	sleep 0.2
	"$ctl" clean >/dev/null && wait "$!" && cat "$out" && [ "$(grep -c 'in a file, right$' "$out")" -eq 2 ]
}
check '  who has one mapped keeps it' still_mapped
"$ctl" clean >/dev/null
not_ours() {
	mkdir -p target && rm -rf "$store"
	"$@" "$store"
	ends 2 "privmapctl: .*$store.*" "$ctl" clean &&
		json 1 "len(r['problems']) == 1 and '$store' in r['problems'][0]" "$ctl" doctor --json
}
check 'clean: a link' not_ours ln -s "$WORK/target"
check 'clean: a directory that others may enter' not_ours mkdir -m 755
check 'clean: a file' not_ours touch
rm -rf "$store"
echo 'rules = 1' >wrong.conf
PRIVMAP_CONFIG=$WORK/wrong.conf check 'clean: a wrong rule file' ends 2 'privmapctl: .*wrong.conf:1: .*' "$ctl" clean
t_end
