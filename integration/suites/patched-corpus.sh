#!/bin/bash
# SPDX-License-Identifier: MIT
# Static programs from public packages (clients/static.table): each is patched, or gets a launcher
# for the reason in the table. With --version, --help and a small job, it has the same output and
# status as before. Undo restores each byte. NAME...: only these.
# shellcheck disable=SC2016,SC2034 # jobs use nothing and p, and expand
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

if [ ! -s "$BUILD/patched" ] || [ ! -s "$BUILD/zydis" ]; then
	skip 'static programs' 'they are patched on x86_64 only, and where Zydis is there to build with'
	t_end
fi
bin=$WORK/bin
inputs=$WORK/inputs
mkdir "$bin" "$inputs"

# --- the environment of the jobs ---

export nothing=$BUILD/integration/bench/nothing-static NO_COLOR=1 TERM=dumb DO_NOT_TRACK=1 TURBO_TELEMETRY_DISABLED=1
cd "$inputs"
seq 2000 | sed 's/.*/word & of 2000/' >words
printf '{"b":[1, 2, {"c":"d"}],\n"a":null}\n' >a.json
printf 'export const x: number = 1 + 2;console.log(x)\nlet y: string = 7\n' >a.ts
printf 'import os, sys\nx = 1\nif x==None: pass\ndef f(a: int) -> str:\n  return a\n' >a.py
printf '#!/bin/sh\nfor i in 1 2 3\ndo echo $i\n    done\nif [ $1 == a ]; then rm -rf $x/*; fi\n' >a.sh
printf '# A title\n* one\n* two\n\nSome langauge that is wrng.\n### Too deep\n' >a.md
printf '<html lang="en"><head><title>A</title></head><body><h1>Title</h1><p>Some words</p></body></html>\n' >a.html
printf 'package main\nimport "unsafe"\nfunc main() { var p unsafe.Pointer\n_ = p }\n' >a.go
printf 'program a;\nbegin\n  writeln(1);\nend.\n' >a.pas
printf '[a]\nb=1\nc   = [ 1,2 ]\n' >a.toml
printf 'syntax = "proto3";\npackage a.v1;\nmessage M { string name=1; }\n' >a.proto
printf 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: echo ${{ github.event.head_commit.message }} ${{ nothing.x }}\n' >a.yml
printf 'FROM debian\nRUN apt-get install python\nRUN cd /x && ls\n' >Dockerfile
printf 'b: a\n\techo b\n\na:\n\techo a\n' >justfile
printf 'repos:\n  - repo: local\n    hooks:\n      - id: a\n        name: a\n        entry: true\n        language: system\n' >hooks.yaml
git init --quiet repository
cp hooks.yaml repository/.pre-commit-config.yaml
printf 'pre-commit:\n  commands:\n    a:\n      run: echo a\n' >repository/lefthook.yml
git -C repository add .
git -C repository commit --quiet -m 'feat: begin'
git -C repository commit --quiet --allow-empty -m 'fix(x): mend'
mkfs=$(PATH=$PATH:/usr/sbin:/sbin type -P mke2fs) || :
head -c 1M /dev/zero >image
[ -z "$mkfs" ] || "$mkfs" -q -F -t ext2 -U clear image

# --- before, patched, undone ---

# Removes what differs each time: durations, times, addresses.
normal() {
	sed -E 's/[0-9]+(\.[0-9]+)? ?(n|u|µ|m)?s(econds)?\>/TIME/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]+[0-9:.]+(Z|[+-][0-9:]+)?)?/DATE/g; s/([0-9]{2}:){2}[0-9]{2}/TIME/g; s/0x[0-9a-f]{6,}/ADDRESS/g'
}
# one COMMAND: runs it in a new directory, without input and network.
one() {
	local status=0
	rm -rf "$WORK/run" "$HOME"
	cp -R "$inputs" "$WORK/run"
	mkdir "$HOME"
	(cd "$WORK/run" && exec timeout -k 5 300 "${apart[@]}" bash -c "$1" bash) </dev/null 2>&1 || status=$?
	echo "status $status"
}
# all NAME JOB: prints the output of all three.
all() {
	export p=$bin/$1
	one "\$p --version" | normal
	one "\$p --help" | normal
	one "$2" | normal
}
# goes ORIGINAL NAME VERDICT JOB: does all steps; $outcome gets the answer of patch.
goes() {
	local original=$1 name=$2 verdict=$3 job=$4 refused
	cp "$original" "$bin/$name"
	chmod 755 "$bin/$name"
	all "$name" "$job" >"$WORK/before"
	"$BUILD/privmapctl" patch --json "$bin/$name" >"$WORK/json" || return
	refused=$(sed -n 's/.*"engine_refused": *"\([^"]*\)".*/\1/p' "$WORK/json")
	outcome=${refused:-patched}
	all "$name" "$job" >"$WORK/after"
	"$BUILD/privmapctl" patch --undo "$bin/$name" >/dev/null && cmp "$original" "$bin/$name" || return
	rm "$bin/$name"
	diff --text "$WORK/before" "$WORK/after" || return
	case $outcome in
	"$verdict"*) ;;
	*)
		echo "$outcome"
		return 1
		;;
	esac
}
apart=()
[ "$(id -u)" -ne 0 ] || ! unshare -n true 2>/dev/null || apart=(unshare -n)
count=0 patched=0
while IFS=$'\t' read -r name source file verdict job; do
	case $name in '' | '#'*) continue ;; esac
	[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	if ! prepared "$TOP/integration/clients/static.sh" "$source" "$file"; then
		skip "$name" "$answer"
		continue
	fi
	outcome='not patched'
	if goes "$answer" "$name" "$verdict" "$job" >"$WORK/said" 2>&1; then
		ok "$name: $outcome"
	else
		not_ok "$name: $outcome" "$(cat "$WORK/said")"
	fi
	count=$((count + 1))
	[ "$outcome" != patched ] || patched=$((patched + 1))
done <"$TOP/integration/clients/static.table"
check "$count programs: $patched patched, $((count - patched)) refused" [ "$count" -gt 0 ]
t_end
