#compdef privmapctl
# Completion of privmapctl for zsh; its name in the function path is _privmapctl.

local curcontext=$curcontext state line
local -a subcommands common
subcommands=(
	'doctor:what a directory refuses, or whether a program can be served'
	'check:whether a rule file is valid'
	'compile:compile a rule file, so that programs start faster'
	'why:which rule applies to a file'
	'patch:have a program served however it is started'
	'env:print the commands that turn privmap on in this shell'
	'clean:remove the copies that are kept'
	'help:print the help of a subcommand'
)
common=('--json[print JSON]' '(- *)'{-h,--help}'[print the options]')

_arguments -C \
	'--json[print JSON]' \
	'(- *)'{-h,--help}'[print the subcommands]' \
	'(- *)'{-V,--version}'[print the version]' \
	'1:subcommand:->subcommand' \
	'*::operand:->operand'

case $state in
subcommand) _describe subcommand subcommands ;;
operand)
	case $line[1] in
	doctor) _arguments $common '*:directory or program:_alternative "f:file:_files" "c:command:_command_names -e"' ;;
	check | compile) _arguments $common '1:rule file:_files' ;;
	why)
		_arguments $common '--program=[as if a program mapped it]:program:_command_names -e' \
			'--private[as if it were mapped privately]' \
			'--read-write[as if it were opened for writing, too]' '1:file:_files'
		;;
	patch) _arguments $common '--dry-run[say what would be done]' '--launcher[use a launcher for a static program]' \
		'--no-start[do not start it with --version]' '--undo[put the original back]' '1:program:_files' ;;
	env) _arguments $common '--trace[also serve the static programs that the rule file names]' \
			'--off[turn privmap off again]' ;;
	clean) _arguments $common ;;
	help) _arguments '(- *)'{-h,--help}'[print the options]' '1:subcommand:(doctor check compile why patch env clean)' ;;
	esac
	;;
esac
