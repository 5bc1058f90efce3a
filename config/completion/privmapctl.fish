# Completion of privmapctl for fish.
set -l subcommands doctor check compile why patch env clean help
set -l first "not __fish_seen_subcommand_from $subcommands"

complete -c privmapctl -n $first -f
complete -c privmapctl -n $first -a doctor -d 'What a directory refuses, or whether a program can be served'
complete -c privmapctl -n $first -a check -d 'Whether a rule file is valid'
complete -c privmapctl -n $first -a compile -d 'Compile a rule file, so that programs start faster'
complete -c privmapctl -n $first -a why -d 'Which rule applies to a file'
complete -c privmapctl -n $first -a patch -d 'Have a program served however it is started'
complete -c privmapctl -n $first -a env -d 'Print the commands that turn privmap on in this shell'
complete -c privmapctl -n $first -a clean -d 'Remove the copies that are kept'
complete -c privmapctl -n $first -a help -d 'Print the help of a subcommand'
complete -c privmapctl -n $first -s V -l version -d 'Print the version'
complete -c privmapctl -s h -l help -d 'Print the options'
complete -c privmapctl -n 'not __fish_seen_subcommand_from help' -l json -d 'Print JSON'
complete -c privmapctl -n '__fish_seen_subcommand_from doctor' -a '(__fish_complete_command)'
complete -c privmapctl -n '__fish_seen_subcommand_from why' -l program -xa '(__fish_complete_command)' -d 'As if a program mapped it'
complete -c privmapctl -n '__fish_seen_subcommand_from why' -l private -d 'As if it were mapped privately'
complete -c privmapctl -n '__fish_seen_subcommand_from why' -l read-write -d 'As if it were opened for writing, too'
complete -c privmapctl -n '__fish_seen_subcommand_from patch' -l undo -d 'Put the original back'
complete -c privmapctl -n '__fish_seen_subcommand_from patch' -l dry-run -d 'Say what would be done'
complete -c privmapctl -n '__fish_seen_subcommand_from patch' -l launcher -d 'Use a launcher for a static program'
complete -c privmapctl -n '__fish_seen_subcommand_from patch' -l no-start -d 'Do not start it with --version'
complete -c privmapctl -n '__fish_seen_subcommand_from env' -l trace -d 'Also serve the static programs that the rule file names'
complete -c privmapctl -n '__fish_seen_subcommand_from env' -l off -d 'Turn privmap off again'
complete -c privmapctl -n '__fish_seen_subcommand_from env clean help' -f
complete -c privmapctl -n '__fish_seen_subcommand_from help' -a 'doctor check compile why patch env clean'
