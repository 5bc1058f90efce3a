# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of a whole clone on a refusing mount: affected clients under privmap, and clients that
# need no help. A topic of bench.sh.

topic clone 'A whole clone'
text <<-'END'
	A small repository is cloned from a git server on the same machine to a mount that refuses
	shared mappings (FUSE with direct I/O). gix 0.33 is the newest affected release that is not
	yanked, and 0.35 the first fixed one. On a disk none of the clients needs help, so that
	differences there are not due to privmap.
END
served_repository
refusing_mount
gix=${clients[gix]} static=${clients[gix-static]} fixed=${clients[gix-fixed]}
pygit2=("${clients[pygit2]}" "$TOP/integration/clients/pygit2-jobs.py")
clone=(--no-verbose clone "$GITURL/x.git" "$WORK/mount/clone")
ours gix @/privmap "$gix" "${clone[@]}"
variant fixed "$fixed" "${clone[@]}"
variant fixed-again "$fixed" "${clone[@]}"
ours static @/privmap "$static" "${clone[@]}"
ours pygit2 @/privmap "${pygit2[@]}" "${clone[@]:1}"
variant git git clone --quiet "${clone[@]:2}"
run 58 remove="$WORK/mount/clone" clone

clone[3]=$WORK/clone
variant gix "$gix" "${clone[@]}"
variant fixed "$fixed" "${clone[@]}"
ours gix-privmap @/privmap "$gix" "${clone[@]}"
variant pygit2 "${pygit2[@]}" "${clone[@]:1}"
ours pygit2-privmap @/privmap "${pygit2[@]}" "${clone[@]:1}"
variant git git clone --quiet "${clone[@]:2}"
run 20 remove="$WORK/clone" disk

plot ratio 'times as long' 'How long does a clone take with privmap, compared with a client that needs no help?'
ratio 'gix 0.33 under privmap / gix 0.35 alone' clone/gix clone/fixed 1
ratio '  noise: gix 0.35 / the same' clone/fixed-again clone/fixed ''
ratio 'pygit2 under privmap / git' clone/pygit2 clone/git 1
ratio 'static gix 0.33 traced / dynamic one preloaded' clone/static clone/gix 1.03
ratio 'processor time, gix 0.33 under privmap / gix 0.35' clone.cpu/gix clone.cpu/fixed ''
ratio 'processor time, static gix traced / dynamic one preloaded' clone.cpu/static clone.cpu/gix ''
ratio 'on a disk, gix 0.33 / gix 0.35' disk/gix disk/fixed ''
ratio 'on a disk, pygit2 / git' disk/pygit2 disk/git ''
ratio 'on a disk, gix 0.33 under privmap / alone' disk/gix-privmap disk/gix ''
ratio 'on a disk, pygit2 under privmap / alone' disk/pygit2-privmap disk/pygit2 ''
