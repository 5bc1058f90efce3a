# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Writes MATRIX.md from the results of the cells, and README.md's part of it; and tests whether they
# are still true.
# shellcheck disable=SC2034,SC2153,SC2154 # declared by eval, or by matrix.sh

begin='<!-- written by make matrix -->' end='<!-- end of make matrix -->'

# A cell of a table must be one line without bars.
in_cell() {
	tr '\n' ' ' <<<"$1" | sed -e 's/|/\&#124;/g' -e 's/ *$//'
}

# add_ways NAME: adds the results without a prefix to TEXT. If only numbers differ, which the speed
# of the network may change, adds only the ways.
add_ways() {
	local way text=$TEXT same=''
	local -A named=([patched]='patched' [child]='as a child')
	for way in $(ways "$1"); do
		verdict "$1" "$way"
		if [ "${TEXT//[0-9]/}" = "${text//[0-9]/}" ]; then same+=", ${named[$way]}"; else text+="; ${named[$way]}: $TEXT"; fi
	done
	TEXT=$text${same:+; so${same#,}}
}

# row NAME: prints its row of the table.
row() {
	local column texts='' PROGRAM VERSION TITLE GROUP MAPS NOTE
	# shellcheck source=/dev/null
	. "$settings/$1"
	for column in disk alone under all guest-alone guest; do
		TEXT='not run'
		case $column in
		guest*)
			if ! in_guest "$1"; then
				TEXT='-'
			elif [ -n "$guest" ]; then
				verdict "$1" "$column"
			fi
			;;
		*) verdict "$1" "$column" ;;
		esac
		[ "$column" != under ] || add_ways "$1"
		texts+=" $(in_cell "$TEXT") |"
	done
	eval "$(described "$1")"
	echo "| $(in_cell "$TITLE") | $(in_cell "$VERSION") | $(in_cell "$MAPS") |$texts $(in_cell "$NOTE") |"
}

# calls DIR PREFIX: prints each kind of mapping of files below DIR that strace saw: the first one,
# and the number. Without those of the dynamic linker.
calls() {
	local files
	mapfile -t files < <(compgen -G "$2.*" | sort -t . -k 2n)
	[ ${#files[@]} -gt 0 ] || return 0
	awk -v below="$1/" '
		/^mmap\(/ && !/MAP_DENYWRITE/ && (at = index($0, below)) {
			split($0, part, ", ")
			match($0, /\) = .*$/)
			result = substr($0, RSTART)
			sub(/0x[0-9a-f]+/, "", result)
			kind = part[3] part[4] result
			if (!count[kind]++) {
				order[++kinds] = kind
				first[kind] = substr($0, 1, at - 1) substr($0, at + length(below))
			}
		}
		END {
			for (n = 1; n <= kinds; n++)
				print first[order[n]] (count[order[n]] > 1 ? "   (" count[order[n]] " such)" : "")
		}' "${files[@]}"
}

# strace cannot trace a traced program as well; the log shows its mappings.
logged() {
	[ ! -s "$2" ] || awk -v below="$1/" '
		at = index($0, below) {
			$0 = substr($0, 1, at - 1) substr($0, at + length(below))
			if (!first)
				first = $0
			count++
		}
		END { if (count) print first (count > 1 ? "   (" count " such)" : "") }' "$2"
}

evidence() {
	local name=$1 TITLE column shown
	eval "$(described "$name")"
	printf '\n### %s\n\n' "$TITLE"
	for column in alone under; do
		shown=$(calls "$mount/$name" "$results/$name/calls-$column/calls")
		[ -n "$shown" ] || shown=$(logged "$mount/$name" "$results/$name/calls-$column/log")
		[ "$column" = alone ] && echo 'Alone:' || printf '\nUnder privmap:\n'
		printf '\n'
		printf '%s\n' "${shown:-no mapping of a file there}" | sed 's/^/    /'
	done
}

# Describes the system in its own words, if it has any.
machine() {
	local virtiofsd=''
	[ -z "$guest" ] || virtiofsd=$("$VIRTIOFSD" --version)
	# shellcheck source=/dev/null
	printf '%s, %s, Linux %s on %s, %s cores, %s; the disk is %s' "$(date +%F)" \
		"$(. /etc/os-release && echo "$PRETTY_NAME")" "$(uname -r)" "$(uname -m)" "$(nproc)" \
		"$(git --version)" "$(findmnt -n -o FSTYPE -T "$disk")"
	[ -z "$guest" ] || printf '; the guest has Linux %s, emulated by %s, and its share %s --cache=never' \
		"$(cat "$disk/share/results/kernel")" \
		"$(qemu-system-x86_64 --version | sed -n '1s/ (.*//p')" "$virtiofsd"
	echo .
}

in_group() {
	eval "$(described "$1")"
	[ "$GROUP" = "$2" ]
}

# write_table FILE
write_table() {
	local name group
	{
		cat <<-END
			# Tested programs

			Written by \`make matrix\`, which runs [a file for each client](../clients/matrix). The refusing mount
			is FUSE with direct I/O, which answers as virtiofs with \`--cache=never\`. Every mapping is refused by
			seccomp, as on Docker Desktop's file shares. Seccomp would answer before a tracer sees the call; for
			traced programs a rule makes copies at once on the refusing mount instead. A client works if it does
			its job, with the same result as git or as on a disk. Results in bold differ from what the client's
			file says. A \`-\` means that the guest was not tried, because its emulated processor is slow and old.
			Models, stores and logs are served by the rules of the example with that name (\`privmap --for\`),
			Lucene and tantivy by those of \`search\`.

			$(machine)
		END
		for group in git builds models stores logs 'must not change'; do
			cat <<-END

				## $group

				| client | version | maps | on a disk | refusing mount, alone | refusing mount, under privmap | every mapping refused, under privmap | guest on virtiofs, alone | guest on virtiofs, under privmap | note |
				|---|---|---|---|---|---|---|---|---|---|
			END
			for name in "${installed[@]}"; do
				! in_group "$name" "$group" || row "$name"
			done
		done
		printf '\n## Their system calls\n\n'
		echo 'Of each kind of mapping of a file on the refusing mount, the first, as strace shows it.'
		for name in "${installed[@]}"; do
			evidence "$name"
		done
	} >"$WORK/MATRIX.md"
	cp "$WORK/MATRIX.md" "$1"
}

# --- README.md's part ---

# short FILE: prints by group which clients need privmap, which need no help, and which it cannot
# help.
short() {
	awk -F ' [|] ' '
		/^## / { group = $0 == "## must not change" ? "others" : substr($0, 4) }
		/^[|] / && NR > 1 && $2 != "version" {
			works = $6 ~ /^works/
			kind = works && $5 ~ /^works/ ? "alone" : works ? "under" : "never"
			if (works && last[kind] != group)
				names[kind] = names[kind] (names[kind] ? ". " : "") "*" group ":* "
			else if (names[kind])
				names[kind] = names[kind] "; "
			names[kind] = names[kind] substr($1, 3)
			last[kind] = group
		}
		END {
			print "- **Fail alone, work with privmap.** " names["under"] "."
			print "- **Work without privmap**, and with it where private mappings are refused, too. " names["alone"] "."
			print "- **Fail with privmap, too.** " names["never"] "."
		}' "$1"
}

# quote_table FILE README
quote_table() {
	short "$1" >"$WORK/short"
	awk -v begin="$begin" -v end="$end" -v file="$WORK/short" '
		$0 == end { inside = 0 }
		!inside { print }
		$0 == begin {
			while ((getline line <file) > 0)
				print line
			inside = 1
		}' "$2" >"$WORK/README.md"
	cat "$WORK/README.md" >"$2"
}

# --- is it still true? ---

has_each_client() {
	local name TITLE MAPS NOTE status=0
	for name in $(clients); do
		eval "$(described "$name")"
		awk -F ' [|] ' -v title="| $(in_cell "$TITLE")" -v maps="$(in_cell "$MAPS")" \
			-v note="$(in_cell "$NOTE")" '
			$1 == title && $3 == maps { sub(/ ?[|]$/, "", $10); found = $10 == note }
			END { exit !found }' "$TOP/integration/results/MATRIX.md" || {
			echo "not in MATRIX.md, or not as its file says: $name"
			status=1
		}
	done
	return "$status"
}

has_nothing_else() {
	local rows files
	rows=$(grep '^| ' "$TOP/integration/results/MATRIX.md" | grep -vc '^| client |')
	files=$(clients | wc -l)
	echo "$rows rows, $files clients"
	[ "$rows" -eq "$files" ]
}

# A client that does not work under privmap has a note. One that fails has the refused call, or maps
# no file.
is_explained() {
	awk -F ' [|] ' '
		/^### / { title = substr($0, 5) }
		/^    / { calls[title]++ }
		/^    .* = -1 / { refused[title]++ }
		/^[|] / && $2 != "version" {
			name = substr($1, 3)
			sub(/ ?[|]$/, "", $10)
			failed[name] = /fails/ && $3 !~ /^no file/
			strange[name] = ($6 $7 $9) ~ /fails|wrong|unfinished|not run/ || /[*][*]/
			noted[name] = $10 != ""
		}
		END {
			for (name in failed)
				if (!calls[name] || failed[name] && !refused[name] || strange[name] && !noted[name]) {
					print name ": not explained"
					bad = 1
				}
			exit bad
		}' "$TOP/integration/results/MATRIX.md"
}

is_quoted() {
	cp "$TOP/README.md" "$WORK/quoted" && quote_table "$TOP/integration/results/MATRIX.md" "$WORK/quoted" &&
		grep -qxF -- "$begin" "$WORK/quoted" && diff "$TOP/README.md" "$WORK/quoted"
}

check_table() {
	check 'MATRIX.md has each client, as its file says' has_each_client
	check '  and no other' has_nothing_else
	check '  clients that do not work there have a note' is_explained
	check 'README.md quotes it' is_quoted
}
