#!/bin/bash
# SPDX-License-Identifier: MIT
# privmapctl why: each rule that is tried, the result, and that the library does the same.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=ctl-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/ctl-lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
cd "$WORK"

mkdir -p mount/x.git/objects/pack 'mount/worktree/.git'
pack=$WORK/mount/x.git/objects/pack/pack-1.pack
head -c 100 /dev/zero | tee "$pack" mount/data.bin mount/worktree/file >mount/plain
printf 'SQLite format 3\0' | tee mount/x.git/database >mount/database
check 'why: served' ends 0 '' "$ctl" why "$pack"
check '  rule by rule' has "$pack" '  on fuse\S*, opened read-only, by a program that no rule names' \
	'  rules: built in' '  rule 1, built in: matches: private, copies are kept' 'served: if the kernel refuses .* makes the mapping private;.*'
check '  that the kernel refuses it' has '  the kernel refuses to map it \(ENODEV\)'
cp "$pack" pack-2.pack
check 'why: the kernel maps it' ends 0 '' "$ctl" why pack-2.pack
check '  which it says' has '  the kernel maps this file: privmap has nothing to do'
check '  --json' json 0 "r['errno'] == 'ENODEV' and not r['mapped'] and r['path'] == '$pack' and r['served'] and r['action'] == 'private' and r['rule'] == 1 and r['builtin'] and
	r['rule_file'] is None and len(r['rules']) == 1 and r['rules'][0]['matches'] and
	r['rules'][0]['failed'] is None and r['reason'] is None" "$ctl" why --json "$pack"
check 'why: left' ends 1 '' "$ctl" why mount/plain
check '  rule by rule, with the conditions' has "$WORK/mount/plain" \
	'  rule 1, built in: its path does not match "pack-\*\.pack", .*' \
	'  rule 2, built in: its path does not match "\*/\.git/\*", "\*\.git/\*".*' '  rule 3, built in: git does not match' \
	'  rule 4, built in: worktree does not match' '  rule 5, built in: its path does not match "\*\.rlib".*' \
	'  rule 6, built in: the kind of mapping does not match' \
	"not served: no rule matches\. To serve it: privmap --path '/.*/mount/\*' COMMAND"
check '  --json' json 1 "not r['served'] and r['action'] == 'leave' and r['rule'] == 0 and
	[x['failed'] for x in r['rules']] == ['path', 'path', 'git', 'worktree', 'path', 'kind'] and '*.rlib' in r['rules'][4]['wanted'] and
	r['served_by'].endswith(\"/mount/*'\") and r['reason'] == 'no rule matches'" \
	"$ctl" why --json mount/plain
remedy_works() {
	local option
	option=$("$ctl" why --json mount/plain | "$python" -c 'import json, sys; print(json.load(sys.stdin)["served_by"])')
	eval "'$BUILD/privmap' $option '$ctl' why mount/plain" >"$out" && has '  --path: matches: private'
}
check '  its advice works: PRIVMAP_PATHS is a rule before all others' remedy_works
check 'why: a work tree' json 0 'r["rule"] == 4' "$ctl" why --json mount/worktree/file
check 'why --read-write' json 1 'r["rules"][3]["failed"] == "access" and r["access"] == "read-write"' \
	"$ctl" why --json --read-write mount/worktree/file
# is_git FILE PLACE: why shows PLACE, and that the rule for it serves the file.
is_git() {
	json 0 "r['rule'] == 3 and r['rules'][2]['git'] == '$2' and '($2)' in r['rules'][2]['text']" \
		"$ctl" why --json --read-write "$1" && ends 0 '' "$ctl" why --read-write "$1" &&
		has "  rule 3, built in: matches: private \($2\)"
}
git init -q --bare mount/dotfiles
head -c 100 /dev/zero | tee mount/dotfiles/index mount/dotfiles/objects/x >mount/graph-1.graph
printf 'DIRC\0\0\0\2' >mount/another-index
check 'why: a git directory of any name' is_git mount/dotfiles/index "below the git directory $WORK/mount/dotfiles"
check '  its objects' is_git mount/dotfiles/objects/x "below the object directory $WORK/mount/dotfiles/objects"
check '  a name of git'"'"'s' is_git mount/graph-1.graph 'named as git names what it maps'
check '  an index anywhere' is_git mount/another-index 'an index of git, by its first bytes'
cp mount/another-index mount/tmp.x
GIT_INDEX_FILE=../tmp.x check '  as GIT_INDEX_FILE calls it' is_git mount/tmp.x 'an index of git, by its first bytes'
check 'why: --private' json 0 'r["kind"] == "why" and r["mapping"] == "private" and r["action"] == "buffer" and r["rule"] == 6' \
	"$ctl" why --json --private mount/plain
check '  for people' ends 0 '' "$ctl" why --private mount/plain
check '  its output' has '.*, opened read-only, mapped privately by .*' 'served: if the kernel refuses the private mapping, privmap maps a copy'
check '  not if it was opened read-write' json 1 'r["rules"][5]["failed"] == "access"' \
	"$ctl" why --json --private --read-write mount/plain
check '  nor of a database' json 1 'r["reason"] == "it is a database"' "$ctl" why --json --private mount/database
check 'why: a database' json 1 'r["rules"][1]["failed"] == "database" and r["reason"] == "it is a database" and
	"database = true" in r["served_by"]' "$ctl" why --json mount/x.git/database
check '  no rule matches it' json 1 'r["reason"] == "it is a database" and "database = true" in r["served_by"]' \
	"$ctl" why --json mount/database
pasted_rule() {
	local rule
	rule=$("$ctl" why mount/database | sed -n 's/.*; served by the rule //p')
	echo "rules = ( $rule );" >database.conf
	cat database.conf
	PRIVMAP_CONFIG=$PWD/database.conf json 0 'r["served"]' "$ctl" why --json mount/database
}
check '  and its advice works' pasted_rule
cat >rules.conf <<-'END'
	rules = (
	  { path = "*.bin"; filesystem = "virtiofs"; action = "private"; },
	  { path = "*.bin"; program = [ "gix", "/opt/reader" ]; action = "leave"; },

	  { path = "*.bin"; program = "cat"; when = "always"; keep = true; action = "buffer"; }
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
	r['keep'] and r['program'].endswith('/cat')" "$ctl" why --json --program=cat mount/data.bin
check '  for people' ends 0 '' "$ctl" why --program=cat mount/data.bin
check '  its output' has '  rule 3, line 5: matches: buffer, copies are kept' 'served: privmap does not wait for a refusal, and maps a copy;.*'
PRIVMAP_DISABLE=1 check 'why: PRIVMAP_DISABLE' json 1 'r["reason"] == "PRIVMAP_DISABLE is set"' \
	"$ctl" why --json mount/data.bin
PRIVMAP_CONFIG=$WORK/wrong.conf check 'why: a wrong rule file' json 1 'r["reason"] == "the rule file has an error" and
	"publish" in r["error"] and r["rules"] == []' "$ctl" why --json "$pack"
printf 'builtin = true; rules = ( { path = "*.bin"; action = "leave"; } );' >behind.conf
export PRIVMAP_CONFIG=$WORK/behind.conf
check 'why: the built-in rules after those of a file' ends 0 '' "$ctl" why "$pack"
check '  are called so' has "  rules: $WORK/behind.conf" '  rule 1, line 1: its path does not match "\*\.bin"' \
	'  rule 2, built in: matches: private, copies are kept'
check '  --json' json 0 "[(x['line'], x['builtin']) for x in r['rules']] == [(1, False), (None, True)] and r['builtin']" \
	"$ctl" why --json "$pack"
check '  and the file'"'"'s are not' json 1 "r['rule'] == 1 and not r['builtin']" "$ctl" why --json mount/data.bin
unset PRIVMAP_CONFIG
# If neither statx(2) nor fdinfo tells the mount's number, as in gVisor, why looks for the mount by
# its device, as the engines do. fdinfo is the second of these files that it opens.
echo 'rules = ( { filesystem = "fuse.refusefs"; action = "buffer"; } );' >type.conf
no_number() {
	PRIVMAP_CONFIG=$WORK/type.conf strace -qq -o "$WORK/trace" -P "$WORK/mount/plain" -P /proc/self/fdinfo/3 \
		-P /proc/thread-self/fdinfo/3 -e inject=statx:error=ENOSYS \
		-e inject=openat:error=ENOENT:when=2 "$@" || return
	grep -q 'fdinfo/3.*INJECTED' "$WORK/trace"
}
check 'why: without the number of the mount' json 0 'r["filesystem"] == "fuse.refusefs" and r["rule"] == 1' \
	no_number "$ctl" why --json "$WORK/mount/plain"
check 'why: a directory' json 1 '"not a regular file" in r["reason"]' "$ctl" why --json mount
check 'why: procfs' json 1 '"never touched" in r["reason"]' "$ctl" why --json /proc/self/status
check 'why: a missing file' ends 2 "privmapctl: 'none': No such file or directory" "$ctl" why none
odd=$'mount/odd "\\\x27 \n\t\x01\xff*?[a]'
cp mount/plain "$odd"
check 'why: an odd name' json 1 "__import__('os').fsencode(r['path']).endswith(b'\\n\\t\\x01\\xff*?[a]')" \
	"$ctl" why --json "$odd"
ln -s "$pack" link
check 'why: through a symbolic link' json 0 "r['path'] == '$pack'" "$ctl" why --json link
same_as_library() {
	local file
	for file in "$pack" mount/plain mount/data.bin mount/x.git/database mount/dotfiles/index; do
		LD_PRELOAD=$library PRIVMAP_LOG=debug "$BUILD/integration/programs/mapkinds" "$file" 2>&1 >"$out" |
			sed -n 's/^privmap: .*: \(rule [0-9].*\)/\1/p' | awk '!seen[$0]++' >wanted
		"$ctl" why --json "$file" | "$python" -c 'import json, sys
for rule in json.load(sys.stdin)["rules"]: print(rule["text"])' >got
		[ -s wanted ] && grep -vxF 'rule 4, built in: it was not opened read-only' wanted |
			grep -vxF 'rule 5, built in: it was not opened read-only' | diff - got || return 1
	done
}
check 'why: agrees with the library' same_as_library

# --- the shipped examples ---

# Files that each example serves, and how; other files, which it does not serve; and files of git,
# by the built-in rules.
examples() {
	cat <<-'END'
		models private m/model.gguf m/model.tflite m/model.bin m/x.safetensors m/index.faiss m/x.usearch m/x.ann m/x.npy m/x.arrow
		models leave m/model.gguf.lock m/notes.txt m/000005.ldb
		stores private s/000005.ldb s/000009.sst s/CURRENT s/MANIFEST-000004 s/OPTIONS-000007
		stores private s/01M8MQPSES84JVPW0J7XP0JQF3/index s/01M8MQPSES84JVPW0J7XP0JQF3/chunks/000001 s/chunks_head/000001
		stores private s/01M8MQPSES84JVPW0J7XP0JQF3.tmp-for-creation/index_tmp_po
		stores buffer s/state.bolt s/member/snap/db s/words.gdbm s/man/de/index.db
		stores leave s/some.db s/index s/chunks/000001 s/queries.active
		search private l/_0.cfs l/_1a_Lucene90_0.dvd l/_0.si l/segments_2 l/0123456789abcdef0123456789abcdef.store
		search leave l/write.lock l/meta.json l/a.store
		logs private j/system.journal j/system@0-1.journal~ j/perf.data j/hwdb.bin
		logs leave j/syslog j/data
		slow private p/pack-1.pack p/pack-1.idx p/multi-pack-index
		slow leave p/pack-1.keep p/data
	END
}
decides_so() {
	local example action files file status=0
	while read -r example action files; do
		for file in $files x.git/objects/pack/p.pack; do
			mkdir -p "mount/$(dirname "$file")" && head -c 100 /dev/zero >"mount/$file" || return
			[ "${file%.pack}" = "$file" ] || action=private
			PRIVMAP_CONFIG=$TOP/config/examples/$example.conf "$ctl" why --json "mount/$file" >"$out" || :
			grep -qF "\"action\": \"$action\"" "$out" || {
				echo "$example, $file: not $action"
				status=1
			}
		done
	done < <(examples)
	return "$status"
}
check 'each example serves its files, and those of the built-in rules' decides_so
t_end
