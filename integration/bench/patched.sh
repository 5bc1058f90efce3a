# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# The cost of a patched static program, which serves itself. A topic of bench.sh.

topic patched 'A static program that is patched'
text <<-'END'
	The program that starts does nothing; the same one is also traced. The calls that are passed on
	are those of the topic before: mmap and munmap, of anonymous memory or of a file (private), or
	two mprotect. With a mapping that is converted the engine looks at each address that is unmapped.
END
# patched_copy CTL NAME COPY: patches a copy of a static program of integration/bench.
patched_copy() {
	cp "$BUILD/integration/bench/$2-static" "$3" && "$1" patch "$3" >"$out"
}
for name in nothing calls; do
	prepare patched_copy @/privmapctl "$name" "%/$name"
done
plain=$BUILD/integration/bench/nothing-static
variant plain "$plain"
variant plain-again "$plain"
ours patched %/nothing
ours traced @/privmap "$plain"
run 10 pin start

head -c 64K /dev/urandom >"$WORK/file"
converted_always() {
	printf 'rules = ( { path = "%s"; action = "private"; when = "always"; } );\n' "$WORK/file" >"$2" &&
		"$1" compile "$2" >"$out"
}
prepare converted_always @/privmapctl %/always.conf
for operation in anonymous private protect live; do
	for threads in 1 8; do
		command=("$operation" "$threads" "$WORK/file") rules=()
		[ "$operation" != live ] || rules=(PRIVMAP_CONFIG=%/always.conf)
		variant plain "$BUILD/integration/bench/calls-static" "${command[@]}"
		variant plain-again "$BUILD/integration/bench/calls-static" "${command[@]}"
		ours patched "${rules[@]}" %/calls "${command[@]}"
		run_calls "$operation" "$threads"
	done
done

plot ratio 'times as long as the same program before' 'How much slower is a patched program?'
ratio 'start: patched / unpatched' start/patched start/plain 1.35
ratio '  traced / unpatched' start/traced start/plain ''
ratio '  noise: unpatched / the same' start/plain-again start/plain ''
for operation in anonymous private protect live; do
	for threads in 1 8; do
		measure=$operation-$threads by="$threads threads"
		[ "$threads" != 1 ] || by='one thread'
		goal=1.02
		[ "$operation" != protect ] || goal=
		label=$operation
		[ "$operation" != live ] || label='anonymous, with a converted mapping'
		ratio "$label, $by: patched / unpatched" "$measure.call/patched" "$measure.call/plain" "$goal"
		ratio '  noise: unpatched / the same' "$measure.call/plain-again" "$measure.call/plain" ''
	done
done
