#!/bin/bash
# SPDX-License-Identifier: MIT
# How often a traced program stops, counted by the tracer's calls; and the tracer forgets what was
# unmapped.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../traced/traced-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../traced/traced-lib.sh"

# resumed COMMAND...: prints a letter for each time that the tracer resumed a thread.
resumed() {
	rm -f "$WORK/count"
	TRACED_COUNT=$WORK/count LD_PRELOAD=$tools/traced/count.so:${preload:-} \
		limited "${trace[@]}" "$@" >"$out" 2>&1 || return
	cat "$WORK/count"
}
stops() {
	local want=$1 got
	shift
	got=$(resumed "$@") || return
	echo "$got, wanted $want"
	[ "$got" = "$want" ]
}
check 'without shared mappings, there is one stop, that of exec' stops c "$tools/traced/map"
check '  with one, the mapping and its end are stopped for, too, but not its munmap' \
	stops csc "$tools/traced/map" "$mount/file-a"
check '  and so each time' stops cscscsc "$tools/traced/map" "$mount"/file-{a,b,a}
check '  on a disk: the mapping alone' stops cc "$tools/traced/map" "$disk/file-a"
# The stops of exec, then of each copy and of its munmap. The first copy in an address space maps a
# page for the path, which is kept; then open, mmap and close, each in one step (t). A copy that
# exists already takes the same: an mremap of its mapping could replace what another thread maps
# meanwhile, would not be locked as mlockall(2) demands, and would have the advice that the program
# gave for the old one.
copies() {
	stops cstttcscsttcscsttcsc "$tools/traced/map" "$@"
}
check '  with a copy: 4 stops, then 3 for each, and its munmap, too' copies "$mount"/copy-{a,b,a}
# A step waits for threads that change mappings, which may wait for a server that is traced, too.
# Without steps, each call after the first one stops twice. The stops of the new thread itself (c)
# may come at any time.
beside_a_thread() {
	local got
	got=$(resumed "$tools/traced/map" --thread "$@" | tr -d c) || return
	echo "got $got"
	[ "$got" = ssssssssssssss ]
}
check '  with another thread, no steps: 7 stops, then 5' beside_a_thread "$mount"/copy-{a,b}
# The SIGTRAP of a step would reset the handler.
ignoring() (
	trap '' TRAP
	stops cssssssscsc "$tools/traced/map" "$mount/copy-a"
)
check '  nor in a program that ignores SIGTRAP' ignoring
trap_is_its_own() {
	privmap "$tools/traced/trap" "$mount/copy-a" >"$out"
	cat "$out"
	[ "$(cat "$out")" = 'as it was' ]
}
check '  the SIGTRAP of steps changes nothing of the program, and takes none of its own' trap_is_its_own

# world FILESYSTEM COMMAND...: for privmap, the kernel has that filesystem, too.
world() {
	local -x WORLD_FILESYSTEM=$1
	preload=$tools/refusers/preload/private.so "${@:2}"
}
check 'private mappings: not stopped for, where no filesystem refuses them' \
	world fuse stops c "$tools/traced/map" --private "$disk"/file-{a,b,a}
check '  where one may, each is, once' \
	world selfowner stops cccc "$tools/traced/map" --private "$disk"/file-{a,b,a}
check '  but not those of a dynamic loader, in two programs' world selfowner stops cc env -i true
# The kernel has mapped the program itself from that mount, so the tracer does not ask; a trial
# would be refused.
of_its_own_mount() {
	cp "$tools/traced/map" "$disk/map" &&
		WORLD_REFUSES=1 world selfowner stops cccc "$disk/map" --private "$disk"/file-{a,b,a}
}
check '  one on the mount of the program is not tried by the tracer' of_its_own_mount
refused_copies() {
	WORLD_REFUSES=1 world selfowner copies --private "$mount"/copy-{a,b,a}
}
check '  refused: as many as for other copies' refused_copies

page_of_its_own() {
	privmap "$tools/traced/scratch" "$mount"/copy-{a,b} >"$out"
	cat "$out"
	[ "$(cat "$out")" = 'mapped, as it was' ]
}
check '  the tracer never writes to memory that replaces that page' page_of_its_own

# --- unmapped ranges ---

# kept TIMES FILE...: prints the tracer's memory in kB, and its copies, after mapping and unmapping
# these.
kept() {
	started "${trace[@]}" "$tools/traced/again" "$@" </dev/null || return
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$tracer/status" >"$WORK/memory"
	find "/proc/$tracer/fd" -type l -printf '%l\n' | grep -e memfd -e deleted >"$WORK/copies"
	kill "$pid" && ! wait "$pid" && soon nothing_left
}
few_ranges() {
	local few
	kept 100 "$mount/file-a" || return
	few=$(cat "$WORK/memory")
	kept 10000 "$mount/file-a" || return
	echo "after 100: $few kB, after 10000: $(cat "$WORK/memory") kB"
	# The table would need 56 bytes for each range, if it kept all.
	[ "$(cat "$WORK/memory")" -lt $((few + 250)) ]
}
check 'the tracer does not grow while mappings come and go' few_ranges
no_copies() {
	kept 3 "$mount"/copy-{a,b,c} || return
	cat "$WORK/copies"
	[ ! -s "$WORK/copies" ]
}
check '  and keeps no copy of it' no_copies
limits_hold_again() {
	cat >"$WORK/limited" <<-END
		rules = ( { action = "buffer" } );
		buffer = { memory = "48K"; limit = "48K"; };
	END
	rm -f "$WORK/report"
	limited "$BUILD/privmap" -c "$WORK/limited" --report="$WORK/report" -e trace -- \
		"$tools/traced/map" "$mount"/copy-{a,b,c} || return
	cat "$WORK/report"
	grep -q '"converted":0,.*"buffered":3,' "$WORK/report"
}
check '  whose limits count only existing copies' limits_hold_again
# With the second filter, each munmap would stop the program.
around_what_is_kept() {
	local filters
	filters=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)
	truncate -s 64G "$disk/long"
	privmap "$tools/traced/around" "$mount/long" 12 >"$out" || return
	rm "$disk/long"
	echo "filters: ${filters:-none told}, traced: $(cat "$out")"
	[ "$(cat "$out")" = "${filters:+$((filters + 1))}" ]
}
check 'when all addresses were used, they are used again' around_what_is_kept
t_end
