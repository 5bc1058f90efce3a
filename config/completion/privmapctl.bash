# shellcheck shell=bash
# Completion of privmapctl for bash. Read by bash-completion, or by hand: source privmapctl.bash

_privmapctl() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local first=1 subcommand options='--json -h --help'
	COMPREPLY=()
	while [ "$first" -lt "$COMP_CWORD" ] && [ "${COMP_WORDS[first]}" = --json ]; do
		first=$((first + 1))
	done
	subcommand=${COMP_WORDS[first]}
	if [ "$COMP_CWORD" -eq "$first" ]; then
		mapfile -t COMPREPLY < <(compgen -W 'doctor check compile why patch env clean help
			--json -h --help -V --version' -- "$word")
		return
	fi
	case $subcommand in
	why) options='--program --private --read-write --json -h --help' ;;
	env) options='--trace --off --json -h --help' ;;
	patch) options='--dry-run --launcher --no-start --undo --json -h --help' ;;
	esac
	[ "$subcommand" != help ] || options='-h --help'
	case $subcommand:$before:$word in
	help:*:[!-]* | help:*:)
		mapfile -t COMPREPLY < <(compgen -W 'doctor check compile why patch env clean' -- "$word")
		;;
	why:--program:* | doctor:*: | doctor:*:[!-]*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -c -- "$word" && compgen -f -- "$word")
		;;
	*:*:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
	env:* | clean:*) ;;
	*)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}
complete -F _privmapctl privmapctl
