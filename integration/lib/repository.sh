#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes the repository that all clients clone, DIR/x.git, in a few seconds, and always the same:
#	repository.sh DIR		2,100 commits with merges, 1,500 tags, 3,400 files
#	repository.sh --grow DIR	60 more commits, 5 tags and a branch, for tests of fetch
#	repository.sh --small DIR	450 commits, 200 tags, 400 files, for those who clone it often
#	repository.sh --tiny DIR	150 commits, 20 tags, 75 files, for a guest whose CPU is emulated;
#					--tiny --grow DIR as above
# git fast-import makes everything, from a text stream.
set -euo pipefail
export LC_ALL=C

grow='' total=2100 tags=1500 tag=release-candidate- directories=34 files=100
while :; do
	case ${1:-} in
	--grow) grow=1 ;;
	--small)
		total=450 tags=200 directories=10 files=40
		# More than 32 KiB of references. Long names, because each reference costs clients
		# time.
		printf -v tag 'release-candidate-%.0s' {1..9}
		;;
	--tiny) total=150 tags=20 directories=7 files=8 ;;
	*) break ;;
	esac
	shift
done
dir=${1:?usage: repository.sh [--small | --tiny] [--grow] DIR}
repo=$dir/x.git

# A small random generator with the state in seed: the same text on every machine.
seed=1
words=(map page fault kernel shared private refuse offset length object pack index delta tree)
number() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	REPLY=$((seed / 65536 % $1))
}
sentence() {
	local a b c
	number 14; a=${words[REPLY]}
	number 14; b=${words[REPLY]}
	number 9000; c=$REPLY
	REPLY="$a $b $c $a"
}

# file MODE NAME LINE...: writes one file of a commit.
file() {
	local mode=$1 name=$2
	shift 2
	printf 'M %s inline %s\ndata <<END-OF-FILE\n' "$mode" "$name"
	printf '%s\n' "$@"
	printf 'END-OF-FILE\n\n'
}

# header REF MARK WHO TEXT [LINE...]: writes the head of a commit; the lines are its from and merge.
header() {
	local ref=$1 mark=$2 who=$3 text=$4 when
	when=$((1600000000 + mark * 600))
	shift 4
	printf 'commit %s\nmark :%d\n' "$ref" "$mark"
	printf 'author %s <writer@example.com> %d +0200\n' "$who" "$when"
	printf 'committer Integrator <integrator@example.com> %d -0330\n' $((when + 60))
	printf 'data <<END-OF-TEXT\n%s\nEND-OF-TEXT\n' "$text"
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

# Names that are hard for a shell, an index or a diff, and every kind of entry.
odd_files() {
	file 100644 '"odd/with space.txt"' 'a name with a blank'
	file 100644 '"odd/ leading and trailing "' 'blanks at both ends'
	file 100644 '"odd/\"quoted\" and '\''quoted'\''"' quotes
	file 100644 '"odd/back\\slash"' backslash
	file 100644 '"odd/tab\there"' tab
	file 100644 '"odd/gr\303\274n \342\202\254.txt"' 'not ASCII, but UTF-8'
	file 100644 'odd/-rf' 'looks like an option'
	file 100644 'odd/*?[a]' 'looks like a pattern'
	file 100755 tools/run.sh '#!/bin/sh' 'echo executable'
	printf 'M 120000 inline odd/link\ndata 14\nwith space.txt\n'
	printf 'M 120000 inline odd/dangling\ndata 12\n../../gone/x\n'
	printf 'M 100644 inline odd/empty\ndata 0\n\n'
	printf 'M 100644 inline odd/no-newline\ndata 3\nend\n'
	printf 'M 100644 inline odd/binary\ndata 8\n\0\1\2\377\0\r\n\0\n'
	file 100644 '"odd/deep/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"' 'deep down'
}

first_commit() {
	local d f
	header refs/heads/main 1 'Ann Example' 'First commit, all files at once'
	file 100644 README 'A repository for tests.'
	odd_files
	for ((d = 0; d < directories; d++)); do
		for ((f = 0; f < files; f++)); do
			sentence
			file 100644 "src/part-$d/file-$f.c" "/* $REPLY */" "int f${d}_$f(void);" \
				"#define LIMIT_$f $((d * f))"
		done
	done
}

# commits FROM TO: each commit changes one line of a longer file, so that packs have deltas; every
# 50th is the merge of a side branch that forked one commit before.
text=()
commits() {
	local n line
	for ((n = $1; n <= $2; n++)); do
		number 120; line=$REPLY
		sentence
		text[line]="$n: $REPLY"
		if ((n % 50 == 0)); then
			header refs/heads/side "$n" 'Zoë Example' "side: $REPLY" "from :$((n - 2))"
			file 100644 "side/note-$n.txt" "$REPLY" "written beside commit $((n - 1))"
		elif ((n % 50 == 1 && n > 1)); then
			header refs/heads/main "$n" 'Ann Example' "Merge branch side ($n)" \
				"from :$((n - 2))" "merge :$((n - 1))"
			file 100644 "side/note-$((n - 1)).txt" "note of commit $n" "$REPLY"
		else
			header refs/heads/main "$n" 'Ann Example' "part $((n % 7)): $REPLY"$'\n\n'"Number $n, line $line."
			file 100644 "history/part-$((n % 7)).txt" "${text[@]}"
			if ((n % 25 == 0)); then
				printf 'D src/part-%d/file-%d.c\n' $((directories - 1)) $((n / 25))
			fi
		fi
	done
}

# tags FROM TO PREFIX FIRST COUNT: tags some of COUNT commits from FIRST on; every third is a tag
# object, the rest are plain references.
tags() {
	local n mark
	for ((n = $1; n <= $2; n++)); do
		mark=$(($4 + n % $5))
		if ((n % 3 == 0)); then
			printf 'tag %s%04d\nfrom :%d\n' "$3" "$n" "$mark"
			printf 'tagger Integrator <integrator@example.com> %d +0000\n' $((1600000000 + n))
			printf 'data <<END-OF-TEXT\nRelease %d\nEND-OF-TEXT\n' "$n"
		else
			printf 'reset refs/tags/%s%04d\nfrom :%d\n\n' "$3" "$n" "$mark"
		fi
	done
}

import() {
	git -C "$repo" fast-import --quiet --date-format=raw \
		--import-marks-if-exists=marks --export-marks=marks
}

if [ -z "$grow" ]; then
	mkdir -p "$dir"
	git init --quiet --bare --template= --initial-branch=main "$repo"
	for ((i = 0; i < 120; i++)); do
		sentence
		text[i]="$i: $REPLY"
	done
	# Three imports make three packs, so that the multi-pack-index has work. Each begins with a
	# merge, which names its parents.
	third=$((total / 3))
	{ first_commit; commits 2 "$third"; } | import
	commits $((third + 1)) $((2 * third)) | import
	{
		commits $((2 * third + 1)) "$total"
		tags 1 "$tags" "$tag" 1 $((total - 1))
	} | import
else
	seed=2
	for ((i = 0; i < 120; i++)); do
		text[i]="$i: grown"
	done
	{
		commits $((total + 1)) $((total + 60))
		tags $((tags + 1)) $((tags + 5)) later- $((total + 1)) 60
		printf 'reset refs/heads/topic\nfrom :%d\n\n' $((total + 20))
	} | import
fi
git -C "$repo" pack-refs --all
git -C "$repo" commit-graph write --reachable --no-progress
git -C "$repo" multi-pack-index write --no-progress
