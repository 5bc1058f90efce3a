# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Jobs for gix on the refusing mount, with checks that git gives the same results. Before you source
# it, set $gix (the program), $url and $mount; the clone that git made is $mount/git.
# shellcheck disable=SC2154,SC2317,SC2016 # suites set them; check calls the functions; eval expands

plain_gix() { "$gix" --no-verbose "$@"; }
gix() { "$BUILD/privmap" -- "$gix" --no-verbose "$@"; }

# references DIR PATTERN: prints NAME ID of each reference, sorted, without symbolic ones.
references() {
	git -C "$1" for-each-ref --format='%(if)%(symref)%(then)%(else)%(refname) %(objectname)%(end)' \
		"$2" | sed '/^$/d'
}

# fetched DIR: DIR is intact and has the branches and tags of the server.
fetched() {
	fsck_clean "$1" &&
		diff <(references "$WORK/served/x.git" refs/tags) <(references "$1" refs/tags) &&
		diff <(references "$WORK/served/x.git" refs/heads) \
			<(references "$1" refs/remotes/origin | sed 's,remotes/origin,heads,')
}

larger_than_32k() {
	[ "$(stat -c %s "$1")" -gt 32768 ]
}

# On any filesystem, gix status prints a line on stderr. It must print nothing else there. Its
# threads print in any order.
status_is_gits() {
	plain_gix -r "$WORK/disk" status >/dev/null 2>"$WORK/own" || return
	gix -r "$1" status >"$out" 2>"$err" || return
	diff "$WORK/own" "$err" && status_as_gix "$1" | sort >"$WORK/expected" &&
		[ -s "$WORK/expected" ] && diff "$WORK/expected" <(sort "$out")
}

# Removes one blob: git and gix must miss exactly that one. (This gix checks only the top directory
# of each commit.)
misses_what_git_misses() {
	local repo=$mount/broken.git blob name
	git clone --quiet --bare "$WORK/served/x.git" "$repo" || return
	blob=$(git -C "$repo" rev-parse main:README)
	name=$(git -C "$repo" rev-list --objects --no-object-names --all | grep -v "$blob" |
		git -C "$repo" pack-objects --quiet objects/pack/pack) || return
	find "$repo/objects" -type f ! -name "pack-$name.*" -delete
	quietly gix -r "$repo" fsck || return
	# git: "missing blob ID"; gix: "ID: Blob"
	diff <(git -C "$repo" fsck --connectivity-only 2>/dev/null | awk '/^missing/ { print $3 }') \
		<(cut -d : -f 1 "$out") && [ "$(wc -l <"$out")" -eq 1 ]
}

# gix verifies as many objects, of all kinds, as git counts.
verifies_all() {
	quietly gix -r "$1" --format json verify --statistics || return
	python3 "$TOP/integration/clients/gix-verified.py" "$out" "$1"
}

# converted FILE: each JSON line of this report counts converted mappings.
converted() {
	cat "$1"
	python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
sys.exit(not (lines and all(line["converted"] > 0 for line in lines)))' "$1"
}

# Runs gix without privmap. Other checks use its clone, $WORK/disk.
gix_alone() {
	check 'gix alone cannot clone there' \
		says 'No such device \(os error 19\)' plain_gix clone "$url" gix-alone
	check 'gix alone clones on a disk' plain_gix clone "$url" "$WORK/disk"
}

# Clones to $mount/gix and reads that clone.
gix_reads() {
	check 'gix clones, with a report' \
		quietly "$BUILD/privmap" --report="$WORK/report" -- \
		"$gix" --no-verbose clone "$url" gix
	check '  the clone is whole and as git'\''s' whole "$mount/gix" "$mount/git"
	check '  the report says what was converted' converted "$WORK/report"
	check '  the packed references are more than gix reads without a map' \
		larger_than_32k gix/.git/packed-refs
	check 'gix lists revisions' prints_as_git \
		'git -C gix log --format="%h %ct %P" | awk "{ print \$1, \$2, NF - 2 }"' \
		gix -r gix revision list HEAD
	check 'gix lists index entries' prints_as_git \
		'git -C gix ls-files -z | tr "\\0" "\\n"' gix -r gix index entries
	check 'gix fsck finds nothing missing' eval 'quietly gix -r gix fsck && [ ! -s "$out" ]'
	check 'gix fsck misses what git misses' misses_what_git_misses
	check 'gix verifies every object' verifies_all gix

	change_files gix
	check 'gix has the status of changed files' status_is_gits gix
	git -C gix reset --quiet --hard
	git -C gix clean --quiet -f
}

# Call it after the server has got new commits.
gix_has_news() {
	check 'gix fetches new commits' quietly gix -r gix fetch
	check '  and has what the server has' fetched "$mount/gix"

	git -C gix commit-graph write --reachable --no-progress
	git -C gix multi-pack-index write --no-progress
	check 'gix verifies the commit-graph' quietly gix -r gix commit-graph verify
	check 'gix lists the commit-graph' prints_as_git \
		'git -C gix log --format="%h %ct %t %P" origin/main |
			awk "{ print \$1, \$2, NF - 3, \$3 }"' \
		eval 'gix -r gix commit-graph list origin/main | cut -d " " -f 1-4'
	check 'gix verifies the multi-pack-index' quietly gix free pack multi-index \
		--multi-index-path gix/.git/objects/pack/multi-pack-index verify
	check 'gix lists revisions of several packs' prints_as_git \
		'git -C gix log --format="%h %ct %P" origin/main |
			awk "{ print \$1, \$2, NF - 2 }"' \
		gix -r gix revision list origin/main
}
