# Completion of privmap for fish.

# The command it is to run has not begun.
function __privmap_has_no_command
    set -l words (commandline -opc)
    set -e words[1]
    set -l value no
    for word in $words
        if test $value = yes
            set value no
            continue
        end
        switch $word
            case -a --argv0 -p --path -c --config -e --engine --for
                set value yes
            case --
                return 1
            case '-*'
            case '*'
                return 1
        end
    end
    return 0
end

complete -c privmap -f
complete -c privmap -n 'not __fish_prev_arg_in -a --argv0 -p --path -c --config -e --engine --for' \
    -xa '(__fish_complete_subcommand -a --argv0 -p --path -c --config -e --engine --for)'
complete -c privmap -n __privmap_has_no_command -s p -l path -x -d 'Serve files matching a glob, too'
complete -c privmap -n __privmap_has_no_command -s c -l config -rF -d 'Use the rules in a file only'
complete -c privmap -n __privmap_has_no_command -l for -xa 'list (privmap --for list 2>/dev/null | string replace -r " .*" "")' -d 'Use the rules of a shipped example'
complete -c privmap -n __privmap_has_no_command -s r -l report -d 'Say at the end what was done'
complete -c privmap -n __privmap_has_no_command -s v -l verbose -d 'Log what is done; twice: how it was decided'
complete -c privmap -n __privmap_has_no_command -s e -l engine -xa "
auto\t'The one that works for the command'
preload\t'A library in the command, which must be dynamic'
trace\t'From outside, by ptrace'" -d 'How the command is served'
complete -c privmap -n __privmap_has_no_command -s a -l argv0 -x -d 'The argument 0 that the command gets'
complete -c privmap -n __privmap_has_no_command -s h -l help -d 'Print the options'
complete -c privmap -n __privmap_has_no_command -s V -l version -d 'Print the version'
