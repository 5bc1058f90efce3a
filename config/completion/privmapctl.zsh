#compdef privmapctl
# Completion of privmapctl for zsh; its name in the function path is _privmapctl.

local curcontext=$curcontext state line
local -a subcommands common
subcommands=(
	'doctor:what a directory refuses, or whether a program can be served'
	'check:whether a rule file is right'
	"compile:make a rule file's compiled form"
	'why:what each rule says of a file'
	'patch:have a program served however it is started'
	'env:print what a shell evaluates to be served'
	'clean:remove the copies that are kept'
	'help:print the help of a subcommand'
)
common=('--json[print JSON]' '(- *)'{-h,--help}'[print what it does]')

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
	env) _arguments $common '--trace[static programs that trace names, too]' \
			'--off[turn privmap off again]' ;;
	clean) _arguments $common ;;
	help) _arguments '(- *)'{-h,--help}'[print what it does]' '1:subcommand:(doctor check compile why patch env clean)' ;;
	esac
	;;
esac
