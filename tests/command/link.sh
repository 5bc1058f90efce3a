#!/bin/bash
# SPDX-License-Identifier: MIT
# A symbolic link to privmap runs the next program in PATH with the link's name, and never itself.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cd "$WORK"
mkdir first second third
for name in first/tool second/tool first/missing first/privmap-again; do
	ln -s "$BUILD/privmap" "$name"
done
printf '#!/bin/sh\necho "$0" "$#" "$1" "$LD_PRELOAD"\nexit 7\n' >third/tool
chmod +x third/tool
PATH=$WORK/first:$WORK/second:$WORK/third:$PATH
libraries=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so

# runs NAME: privmap serves the third one, with its arguments and status.
runs() {
	ends 7 '' "$1" 'a b' && prints "$WORK/third/tool 1 a b $libraries" sh -c '"$0" "a b" || :' "$1"
}
check 'a link runs the next program of its name, past another link' runs tool
check '  by its path, too' runs "$WORK/second/tool"
check '  through a link to the link' eval 'mkdir fourth && ln -s ../first/tool fourth/tool && runs fourth/tool'
check 'argument 0 is unchanged' prints given bash -c 'ln -s "$0" first/bash && exec -a given first/bash -c "echo \$0"' "$BUILD/privmap"
check 'no other program: 127, and one line' \
	ends 127 "privmap: '.*/first/missing' is a link to privmap, and no later .*" missing
check 'a program before the link is not taken' ends 127 'privmap: .*' env PATH="$WORK/third:$WORK/first" first/tool
check 'a link whose name begins with privmap is privmap' prints ok privmap-again echo ok
check 'the name that a caller gives does not make a link' \
	prints ok bash -c 'exec -a tool "$0" echo ok' "$BUILD/privmap"
t_end
