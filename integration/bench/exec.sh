# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of starting children, which are served as well. A topic of bench.sh.

topic exec 'Starting children'
text <<-'END'
	With libprivmap-exec.so preloaded beside the library, as a profile has it and as privmap has it:
	the start of /bin/true, a thousand of them by one shell, and a static gix that a shell starts to
	clone on a disk, where it is handed over to the tracer but needs no help. What any second library
	costs is told by two empty ones.
END
empty=$BUILD/integration/bench/empty.so
cp "$empty" "$WORK/empty-too.so"
libraries=@/libprivmap.so:@/libprivmap-exec.so
variant empty LD_PRELOAD="$empty" /bin/true
variant empty-again LD_PRELOAD="$empty" /bin/true
variant two-empty LD_PRELOAD="$empty:$WORK/empty-too.so" /bin/true
ours one LD_PRELOAD=@/libprivmap.so /bin/true
ours both LD_PRELOAD="$libraries" /bin/true
ours children PRIVMAP_CHILDREN=1 LD_PRELOAD="$libraries" /bin/true
run 20 pin start-both

# shellcheck disable=SC2016 # that shell's
thousand=(sh -c 'n=1000; while [ $n -gt 0 ]; do /bin/true; n=$((n - 1)); done')
[ -z "$QUICK" ] || thousand[2]=${thousand[2]/1000/100}
variant empty LD_PRELOAD="$empty" "${thousand[@]}"
variant empty-again LD_PRELOAD="$empty" "${thousand[@]}"
variant two-empty LD_PRELOAD="$empty:$WORK/empty-too.so" "${thousand[@]}"
ours one LD_PRELOAD=@/libprivmap.so "${thousand[@]}"
ours both LD_PRELOAD="$libraries" "${thousand[@]}"
ours children PRIVMAP_CHILDREN=1 LD_PRELOAD="$libraries" "${thousand[@]}"
run 60 pin thousand

served_repository
# shellcheck disable=SC2016 # that shell's
child=(sh -c '"$@"; exit $?' sh "${clients[gix-static]}" --no-verbose clone "$GITURL/x.git")
variant alone "${child[@]}" "$WORK/clone"
variant alone-again "${child[@]}" "$WORK/clone"
ours disk @/privmap "${child[@]}" "$WORK/clone"
run 20 remove="$WORK/clone" child

plot ratio 'times as long' 'How much longer do children take that are served?'
ratio '/bin/true, both libraries / an empty one' start-both/both start-both/empty 1.03
ratio '/bin/true, both libraries / two empty ones' start-both/both start-both/two-empty 1.03
ratio '/bin/true, two empty libraries / one' start-both/two-empty start-both/empty ''
ratio '/bin/true, one library / an empty one' start-both/one start-both/empty ''
ratio '/bin/true, under privmap / an empty library' start-both/children start-both/empty ''
ratio '  noise: an empty library / the same' start-both/empty-again start-both/empty ''
ratio 'a thousand by a shell, both libraries / one' thousand/both thousand/one 1.02
ratio 'a thousand by a shell, under privmap / one library' thousand/children thousand/one 1.02
ratio 'a thousand by a shell, both libraries / two empty ones' thousand/both thousand/two-empty 1.02
ratio 'a thousand by a shell, both libraries / an empty one' thousand/both thousand/empty ''
ratio '  noise: an empty library / the same' thousand/empty-again thousand/empty ''
ratio 'a static gix as a child on a disk, under privmap / alone' child/disk child/alone 1.05
ratio '  noise: alone / the same' child/alone-again child/alone ''
