# shellcheck shell=bash
# Completion of privmap for bash. Read by bash-completion, or by hand: source privmap.bash

# The place of COMMAND in COMP_WORDS, in _privmap_command; 0 if the cursor is before it.
_privmap_find_command() {
	local i
	_privmap_command=0
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-a | -p | -c | -e | -va | -vp | -vc | -ve | --argv0 | --path | --config | --engine | --for)
			# With "=" among the word breaks the value is two words on.
			[ "${COMP_WORDS[i + 1]}" != = ] || i=$((i + 1))
			i=$((i + 1))
			;;
		--report) [ "${COMP_WORDS[i + 1]}" != = ] || i=$((i + 2)) ;;
		--)
			_privmap_command=$((i + 1))
			return
			;;
		-*) ;;
		*)
			_privmap_command=$i
			return
			;;
		esac
	done
	[ "$i" -lt "$COMP_CWORD" ] || return 0
	_privmap_command=$((i < COMP_CWORD ? i : 0))
}

_privmap() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} _privmap_command
	COMPREPLY=()
	_privmap_find_command
	if [ "$_privmap_command" -gt 0 ]; then
		if [ "$COMP_CWORD" -eq "$_privmap_command" ]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
		elif declare -F _command_offset >/dev/null; then
			_command_offset "$_privmap_command"
		else
			compopt -o default
		fi
		return
	fi
	if [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [ "$word" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 1]} word=
	elif [ "$before" = --report ]; then
		before= # its file comes after "=" only
	fi
	case $before in
	-e | --engine) mapfile -t COMPREPLY < <(compgen -W 'auto preload trace' -- "$word") ;;
	--for)
		mapfile -t COMPREPLY < <(compgen -W "list $(privmap --for list 2>/dev/null | sed 's/ .*//')" -- "$word")
		;;
	-c | --config | --report)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	-a | --argv0 | -p | --path) ;;
	*)
		case $word in
		-*)
			mapfile -t COMPREPLY < <(compgen -W '-p --path -c --config --for -r --report -v --verbose -e --engine
				-a --argv0 -h --help -V --version' -- "$word")
			;;
		*) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
		esac
		;;
	esac
}
complete -F _privmap privmap
