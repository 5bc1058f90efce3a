#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual pages and the completions. Pages are well-formed for mandoc and groff, and name exactly
# the existing options, subcommands, keys and variables; so do completions, in the shells
# themselves. The examples in the pages work.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

man=$TOP/config/man
completion=$TOP/config/completion
PATH=$BUILD:$PATH
subcommands='check clean compile doctor env help patch why'
cd "$WORK"

# same WANTED GOT: two lists have the same words, in any order, and are not empty.
same() {
	[ -n "${1//[[:space:]]/}" ] && diff -u --label wanted --label got <(words "$1") <(words "$2")
}
words() {
	# shellcheck disable=SC2086 # words
	printf '%s\n' $1 | sort -u
}

# --- the pages ---

lint() {
	# Other manuals may be missing here.
	mandoc -T lint -W style "$1" 2>"$err" | grep -vE 'referenced manual not found' >"$out" || :
	groff -ww -mdoc -T ascii "$1" 2>&1 >"$WORK/formatted" | tee -a "$out"
	cat "$out"
	[ -s "$WORK/formatted" ] && [ ! -s "$out" ]
}
for page in "$man"/*; do
	check "${page##*/} is well-formed" lint "$page"
done

# Prints the options in --help, which begin its lines.
of_help() {
	"$@" --help | grep -oE '^ +(-[a-zA-Z], )?-[a-z0-9-]+' | grep -oE -- '-[a-zA-Z0-9-]+'
}
# The options in mdoc(7): "Fl p" is -p, "Fl -path" is --path.
flags() {
	grep -E '(^|[ .])Fl ' | grep -oE '(Fl|\|) -?[a-zA-Z][a-z0-9-]*' | sed -E 's/^(Fl|\|) /-/'
}
# lists PAGE MACRO: prints what its lists explain by ".It MACRO".
lists() {
	grep -E "^\.It $2 " "$man/$1" | sed "s/^\.It $2 //; s/ .*//"
}
options_of_page() {
	same "$(of_help "$1")" "$(sed -n '/^\.It/p' "$man/$1.1" | flags)"
}
check 'privmap(1) explains the options of --help, and no others' options_of_page privmap
# Prints the synopsis of one subcommand.
synopsis() {
	sed -n "/^\.Sh SYNOPSIS/,/^\.Sh DESC/p" "$man/privmapctl.1" | sed -n "/^\.Cm $1\$/,/^\.Nm/p"
}
for name in $subcommands; do
	check "privmapctl(1) has the options of $name" same \
		"x $(of_help privmapctl "$name" | grep -vxE -- '--help|-h')" "x $(synopsis "$name" | flags)"
done
all_options() {
	of_help privmapctl
	for name in $subcommands; do
		of_help privmapctl "$name"
	done
}
check 'privmapctl(1) names no other option' same "$(all_options)" "$(flags <"$man/privmapctl.1" | grep -vx -- -c)"
check 'privmapctl --help has the subcommands' same "$subcommands" \
	"$(privmapctl --help | sed -n 's/^  \([a-z]*\) .*/\1/p')"
check 'privmapctl(1) explains them' same "$subcommands" "$(lists privmapctl.1 Cm)"

# Keys of JSON: those that the code prints, and those that the section OUTPUT explains.
json_keys=$(grep -rhoE 'json_(string|number|bool|array|object|or_line)\("[a-z_]+"' "$TOP/shim/privmapctl" | grep -oE '"[a-z_]+"' | tr -d '"')
of_output() {
	sed -n '/^\.Sh OUTPUT/,/^\.Sh E/p' "$man/$1" | sed -n 's/^\.It //p' | tr -s ' ,' '\n' | grep -vx Ic
}
report_keys=$(sed -nE 's/.*REPORT_JSON "/{/; /\\":/p' "$TOP"/shim/engine/report/report.[ch] "$TOP/shim/privmap/sum.c" |
	grep -oE '\\"[a-z_]+\\":' | tr -d '\\":')
check 'privmap(1) explains the keys of JSON, and no others' same "$report_keys" "$(of_output privmap.1)"
check 'privmapctl(1) explains the keys of JSON, and no others' same "$json_keys" "$(of_output privmapctl.1)"
# Values of two keys.
of_key() {
	sed "1,/^\.It Ic $1\$/d" "$man/privmapctl.1" | sed -n '/^\.It/q; s/^\.Li \([a-z]*\).*/\1/p'
}
doctor=$TOP/shim/privmapctl/doctor/program.c
check '  the values of engine' same "null $(grep -oE 'engine = [^;]*"[a-z]+"' "$doctor" | grep -oE '"[a-z]+"' | tr -d '"')" \
	"$(of_key engine)"
check '  and of patched' same "$(sed -n 's/.* words\[\] = { NULL, \(.*\) };/\1/p' "$doctor" | tr -d '",')" "$(of_key patched)"

# The keys in the code.
keys=$(sed -n '/^static const struct key /,/^};/p' "$TOP/shim/rulefile/loader-keys.c" | grep -oE '\{ "[a-z]+"' | tr -d '{ "')
check 'privmap.conf(5) explains the keys of the loader, and no others' same "$keys" "$(lists privmap.conf.5 Ic)"
variables=$(grep -rhoE '(getenv|NAME)\("PRIVMAP_[A-Z]+"' "$TOP/shim" | grep -oE 'PRIVMAP_[A-Z]+')
check 'all variables are there' same "$variables" \
	'PRIVMAP_CONFIG PRIVMAP_FOR PRIVMAP_PATHS PRIVMAP_LOG PRIVMAP_REPORT PRIVMAP_DISABLE PRIVMAP_CHILDREN'
check 'privmap.1 explains them' same "$variables" "$(lists privmap.1 Ev | grep ^PRIVMAP)"
check 'libprivmap.so.8 explains them, but the one that is for the command' same \
	"$(grep -vx PRIVMAP_FOR <<<"$variables")" "$(lists libprivmap.so.8 Ev | grep ^PRIVMAP)"
has_words() {
	local word page=$1
	mandoc -T ascii "$man/$page" | col -bx >"$out"
	shift
	for word; do
		grep -qF -- "$word" "$out" || {
			echo "not there: $word"
			return 1
		}
	done
}
check 'privmap.conf(5) has every value' has_words privmap.conf.5 '"refused"' '"always"' '"private"' '"buffer"' \
	'"leave"' '"read-only"' '"any"' 'true' 'false' '"off"' '"error"' '"warn"' '"info"' '"debug"' '"stderr"' \
	'"syslog"' '%p' '"64M"' '"/var/tmp"' '"4G"' '@include'
mapfile -t globs < <(sed -n '/^rules = (/,/^);/p' "$TOP/config/privmap.conf" | grep -v '^ *#' |
	grep -oE '"[^" ]*[*_][^" ]*"' | tr -d '"')
check '  and the built-in globs' has_words privmap.conf.5 "${globs[@]:?}"
check 'privmap(1) has every engine and exit status' has_words privmap.1 auto preload trace 125 126 127
check 'privmapctl(1) has every suffix and exit status' has_words privmapctl.1 .compiled .privmap-original ' 0 ' ' 1 ' ' 2 '

# man -K searches the source of a page for a message, and a pager what the reader sees of it: mdoc
# takes a word such as No for a macro.
has_messages() {
	local message
	mandoc -T ascii -O width=200 "$man/privmap.1" | col -bx >page
	grep -oE '^\| `[^`]*`' "$TOP/README.md" | sed 's/^| `//; s/`$//; s/ \.\.\. .*//' >messages
	[ "$(wc -l <messages)" -gt 10 ] && while IFS= read -r message; do
		if ! grep -qF -- "$message" "$man/privmap.1" || ! grep -qF -- "$message" page; then
			echo "not there: $message"
			return 1
		fi
	done <messages
}
check 'privmap(1) has the messages of README.md' has_messages

# --- completions, by the shells themselves ---

# bash_offers WORD...: prints what bash offers for the last word.
bash_offers() {
	bash --norc -c '. "$0/privmap.bash" && . "$0/privmapctl.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		compopt() { :; } # the real one works only while bash completes
		"_$1"
		printf "%s\n" "${COMPREPLY[@]}"' "$completion" "$@"
}
fish_offers() {
	fish --no-config -c 'source $argv[1]/privmap.fish; source $argv[1]/privmapctl.fish; complete -C "$argv[2]"' \
		"$completion" "$*" | cut -f 1
}
# zsh cannot be asked for words, so this reads its file.
zsh_names() {
	zsh -n "$completion/$1.zsh" && grep -oE -- '--?[a-zA-Z0-9]+(-[a-z]+)*[-+=[,}]' "$completion/$1.zsh" | sed 's/.$//'
}
shells=()
for shell in bash fish; do
	if command -v "$shell" >"$out"; then
		shells+=("$shell")
	else
		skip "completion in $shell" 'it is not installed'
	fi
done
for shell in "${shells[@]}"; do
	check "$shell: the options of privmap" same "$(of_help privmap)" "$("${shell}_offers" privmap -)"
	check "$shell:   after another" same "$(of_help privmap)" "$("${shell}_offers" privmap -v -p x -)"
	check "$shell: engines" same 'auto preload trace' "$("${shell}_offers" privmap -e '')"
	check "$shell: a file of rules" same "$(bash -c 'compgen -f "$0/cl"' "$man/..") $(ls -d "$TOP/shim/rulefile/loader.c")" \
		"$("${shell}_offers" privmap -c "$TOP/shim/rulefile/loader.c")"
	check "$shell: a command" same printenv "$("${shell}_offers" privmap -v printen)"
	check "$shell: the subcommands" same "$subcommands" "$("${shell}_offers" privmapctl '' | grep -v '^-')"
	check "$shell:   after --json" same "$subcommands" "$("${shell}_offers" privmapctl --json '' | grep -v '^-')"
	for name in $subcommands; do
		check "$shell: the options of $name" same "$(of_help privmapctl "$name")" \
			"$("${shell}_offers" privmapctl "$name" -)"
	done
	check "$shell: a program" same printenv "$("${shell}_offers" privmapctl why --program printen)"
done
told_apart() {
	fish --no-config -c 'source $argv[1]/privmap.fish; complete -C "privmap -e "' "$completion" >"$out"
	cat "$out"
	[ "$(cut -f 2 "$out" | sort -u | wc -l)" -eq 3 ]
}
case " ${shells[*]} " in
*' fish '*) check 'fish: each engine has a description' told_apart ;;
esac
offers_commands() {
	bash_offers privmapctl doctor '' | grep -qx printenv
}
check 'bash: doctor, programs before a letter is typed' offers_commands
if command -v zsh >"$out"; then
	check 'zsh: the options of privmap' same "$(of_help privmap)" \
		"$(zsh_names privmap)"
	check 'zsh: the options of privmapctl' same "$(all_options)" "$(zsh_names privmapctl)"
	check 'zsh: the subcommands' same "$subcommands" \
		"$(sed -n "/^subcommands=(/,/^)/s/^\t[\"']\([a-z]*\):.*/\1/p" "$completion/privmapctl.zsh")"
else
	skip 'completion in zsh' 'it is not installed'
fi

# --- examples ---

# Prints the examples of a page, one in a line.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$man/$1" | sed -nE 's/^(\.Dl )?([$#] .*)/\2/p' | sed 's/\\(dq/"/g; s/\\&//g'
}
# Each example, and the function that runs it.
known() {
	cat <<-'END'
		privmap.1	$ privmap gix clone https://example.org/project.git	in_readme
		privmap.1	$ privmap --report cargo build	in_readme
		privmap.1	$ privmap --path '*.npy' python3 train.py	numbers
		privmap.1	$ privmap --report=/tmp/report.json sh script.sh	reports
		privmapctl.1	$ privmapctl doctor .	refusing
		privmapctl.1	$ privmapctl doctor git python3	engines
		privmapctl.1	$ privmapctl why --program gix project.git/objects/pack/p.pack	served
		privmapctl.1	$ privmapctl check /etc/privmap.conf && privmapctl compile /etc/privmap.conf	system
		privmapctl.1	$ eval "$(privmapctl env)"	shell
		privmapctl.1	$ privmapctl patch ./legacy-program	legacy
		privmapctl.1	$ privmapctl patch --undo ./legacy-program	modern
		privmapctl.1	$ privmapctl doctor --json . | python3 -m json.tool	refusing
		libprivmap.so.8	# ln -s @DATADIR@/profile.d/privmap.sh /etc/profile.d/	in_readme
		libprivmap.so.8	# ln -s @DATADIR@/profile.d/privmap-exec.sh /etc/profile.d/	in_readme
		libprivmap.so.8	$ PRIVMAP_DISABLE=1 git status	disabled
		libprivmap.so.8	$ PRIVMAP_LOG=info:/tmp/privmap.%p.log make	logged
	END
}
listed() {
	local page
	for page in "$man"/*.[18]; do
		examples "${page##*/}" | sed "s/^/${page##*/}\t/"
	done >"$out"
	diff -u --label 'in the pages' --label 'in this test' <(sort "$out") <(known | cut -f 1,2 | sort)
}
check 'every example is known here' listed

mount_refusing "$WORK/source" "$WORK/mount"
mkdir -p mount/project.git/objects/pack etc tmp
head -c 5000 /dev/zero | tee mount/project.git/objects/pack/p.pack >mount/a.npy
cp "$TOP/config/privmap.conf" etc
cp "$BUILD/integration/programs/mapkinds" legacy-program
cat >mount/train.py <<-'END'
	import mmap, os
	print(len(mmap.mmap(os.open("a.npy", os.O_RDONLY), 0, mmap.MAP_SHARED, mmap.PROT_READ)))
END
printf '%s\n' "'$BUILD/integration/programs/mapkinds' project.git/objects/pack/p.pack" >mount/script.sh
printf 'all:\n\t%s\n' "'$BUILD/integration/programs/mapkinds' project.git/objects/pack/p.pack" >mount/Makefile
git -C mount init -q .

# example TEXT: runs its command, with our own /etc and /tmp, in $WORK/mount.
example() {
	local text=${1:2}
	text=${text//\/tmp\//$WORK/tmp/} text=${text//\/etc\//$WORK/etc/}
	(cd "${DIRECTORY:-$WORK/mount}" && unset BUILD MAKEFLAGS MAKELEVEL MFLAGS && bash -c "$text${2:-}") >"$out" 2>"$err"
	set -- $?
	cat "$out" "$err"
	return "$1"
}
# This needs more than this test has: tests/packages/readme.sh runs it, in a clean root.
in_readme() {
	local text=${1:2}
	text=${text//@DATADIR@//usr/share/privmap}
	sed -n 's/^    //p' "$TOP/README.md" | sed 's/  *# .*//' | grep -xF -- "$text"
}
numbers() {
	example "$1" && [ "$(cat "$out")" = 5000 ] && ! example "$ python3 train.py"
}
reports() {
	example "$1" && [ "$(wc -l <tmp/report.json)" -eq 1 ] && grep -q '"converted":3\|"converted": 3' tmp/report.json
}
refusing() {
	if example "$1" '; exit ${PIPESTATUS[0]}'; then
		return 1
	fi
	grep -q ENODEV "$out"
}
engines() {
	example "$1" && [ "$(grep -c '  engine: preload' "$out")" -eq 2 ]
}
served() {
	example "$1" && grep -q '^served: ' "$out"
}
system() {
	example "$1" && [ -s etc/privmap.conf.compiled ]
}
shell() {
	example "$1" "; '$BUILD/integration/programs/mapkinds' project.git/objects/pack/p.pack" &&
		[ "$(grep -c ': private$' "$out")" -eq 5 ]
}
legacy() {
	DIRECTORY=$WORK example "$1" && [ "$(./legacy-program mount/project.git/objects/pack/p.pack | grep -c ': private$')" -eq 5 ]
}
modern() {
	DIRECTORY=$WORK example "$1" && cmp "$BUILD/integration/programs/mapkinds" legacy-program
}
disabled() {
	LD_PRELOAD=$BUILD/libprivmap.so PRIVMAP_LOG=info example "$1" && [ ! -s "$err" ]
}
logged() {
	LD_PRELOAD=$BUILD/libprivmap.so example "$1" && cat tmp/*.log && [ "$(cat tmp/*.log | grep -c converted)" -eq 3 ]
}
while IFS=$'\t' read -r page text how; do
	check "$page: $text" "$how" "$text"
done < <(known)

# The rule files of privmap.conf(5).
sed -n '/^\.Sh EXAMPLES/,$p' "$man/privmap.conf.5" | sed 's/\\(dq/"/g; s/\\e/\\/g' |
	awk '/^\.Bd/ { n++; inside = 1; next } /^\.Ed/ { inside = 0 } inside { print >"example-" n ".conf" }'
check 'privmap.conf(5) has two examples' [ "$(find . -maxdepth 1 -name 'example-*.conf' | wc -l)" -eq 2 ]
for file in example-*.conf; do
	check "  $file is valid" ends 0 '' privmapctl check "$file"
done
t_end
