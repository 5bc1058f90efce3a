#compdef privmap
# Completion of privmap for zsh; its name in the function path is _privmap.

_privmap_examples() {
	local examples
	examples=(list ${${(f)"$(_call_program examples privmap --for list 2>/dev/null)"}%% *})
	compadd -a examples
}

_privmap_engines() {
	local -a engines
	engines=('auto:the one that works for the command' 'preload:a library in the command, which must be dynamic'
		'trace:from outside, by ptrace')
	_describe engine engines
}

_arguments -S \
	'*'{-p+,--path=}'[serve files matching a glob, too]:glob: ' \
	'(-c --config)'{-c+,--config=}'[use the rules in a file only]:rule file:_files' \
	'(-c --config)--for=[use the rules of a shipped example]:example:_privmap_examples' \
	'(-r --report)'{-r-,--report=-}'[say at the end what was done]::report file:_files' \
	'*'{-v,--verbose}'[log what is done; twice: how it was decided]' \
	'(-e --engine)'{-e+,--engine=}'[how the command is served]:engine:_privmap_engines' \
	'(-a --argv0)'{-a+,--argv0=}'[the argument 0 that the command gets]:name: ' \
	'(- *)'{-h,--help}'[print the options]' \
	'(- *)'{-V,--version}'[print the version]' \
	'(-):command: _command_names -e' \
	'*::argument: _normal'
