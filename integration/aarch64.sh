#!/bin/bash
# SPDX-License-Identifier: MIT
# aarch64.sh [16k|39]: the engines on aarch64, in a QEMU guest, because qemu-aarch64 alone cannot trace.
# The kernel is Debian 12's; with 16k, Debian 13's with pages of 16 KiB; with 39, one that is built with
# addresses of 39 bits. The tests: their work on the refusing mount, a clone by gix in each of the ways to
# use privmap, and the cases of the conformance suite, except long ones. AARCH64_BUT: cases to leave out in
# place of those below, separated by commas; AARCH64_SECONDS: the time limit of each.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=conform/differences.sh
. "$TOP/integration/conform/differences.sh"

# Cases that take a minute there: many rounds, many threads, clocks that must tick, core dumps.
slow=contents.sizes,core.default,core.do-dump,core.dont-dump,core.unlinked,core.with-files
slow+=,descriptors.none-left-open,executed.meanwhile,halfway.moved-by-the-thousand
slow+=,limits.data-and-many,limits.mappings,names.odd-names
slow+=,processes.fork-while-mapping,races.moved,races.protected-meanwhile,raw.many
slow+=,rewritten.at-once,rewritten.by-another,rewritten.live,rewritten.recreated
slow+=,rewritten.recreated-set-back,rewritten.renamed-over,rewritten.renamed-over-set-back
slow+=,rewritten.set-back,signals.all-delivered,signals.in-handler
slow+=,signals.in-handler-restarting,signals.in-profiler,signals.interrupted
slow+=,signals.jump-from-calls,signals.jump-from-fault,threads.cancel-asynchronously
slow+=,threads.same-file,unmap.again-and-again,unmap.many-come-and-go
but=${AARCH64_BUT-$slow}
limit=${GUEST_SECONDS:-6000}
pages='' bits=48
case ${1:-} in
39) bits=39 ;;
*) pages=${1:-} ;;
esac

# Debian 12's kernel is Linux 6.1: there, a private mapping may show the older page, as README.md says;
# and shared mappings of FUSE, which serves as the disk, stay separate where others become one. For these
# cases, the answers on a disk of this machine count as well.
older=changes.written,remap.grow-two-in-a-row,threads.cancel-deferred,threads.main-ends

# --- requirements ---

none() {
	skip 'a guest for aarch64' "$1"
	t_end
}
if ! command -v qemu-system-aarch64 >/dev/null; then
	none 'there is no qemu-system-aarch64'
fi
prepared "$TOP/integration/guest/aarch64/toolchain.sh" || none "$answer"
cross=$answer
if [ "$bits" = 48 ]; then
	prepared "$TOP/integration/guest/aarch64/kernel.sh" "$pages" || none "$answer"
else
	prepared "$TOP/integration/guest/aarch64/kernel-$bits.sh" || none "$answer"
fi
kernel=$answer
prepared "$TOP/integration/guest/aarch64/git.sh" || none "$answer"
git=$answer
prepared "$TOP/integration/clients/gix-aarch64.sh" || none "$answer"
gix_static=$answer
gix=$(at_home "$TOP/integration/clients/gix.sh" --aarch64)

# --- the guest ---

unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS CFLAGS
made=$BUILD/aarch64${pages:+-$pages}
root=$WORK/root
progress 'compiling for aarch64'
PKG_CONFIG_SYSROOT_DIR=$cross/aarch64 \
	PKG_CONFIG_LIBDIR=$cross/aarch64/usr/lib/aarch64-linux-gnu/pkgconfig \
	make -s -j2 -C "$TOP" BUILD="$made" CPPFLAGS="${pages:+-DCONFORM_PAGE=16384}" \
	CC="$cross/bin/aarch64-linux-gnu-gcc" CFLAGS=-O2 all \
	"$made/integration/"{conform,conform-static,refusers/refusefs} >"$WORK/make" 2>&1 || {
	cat "$WORK/make" >&2
	exit 1
}

# library NAME: copies it and its dependencies, to the paths where the loader looks for them.
library() {
	cp -L "$(find "$cross/aarch64" "$git" -name "$1" -print -quit)" "$root/lib/aarch64-linux-gnu/"
}
mkdir -p "$root"/{bin,dev,proc,sys,work,build/integration,lib/aarch64-linux-gnu,usr/{lib/git-core,share/git-core/templates}}
cp -R "$TOP/integration/guest/aarch64/init" "$kernel/modules" "$root"
cp "$cross/aarch64/bin/busybox" "$root/bin"
cp -L "$cross/aarch64/lib/ld-linux-aarch64.so.1" "$root/lib"
for name in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 libgcc_s.so.1 libconfig.so.9 libfuse3.so.3 \
	libz.so.1 libpcre2-8.so.0; do
	library "$name"
done
cp "$git"/usr/bin/git "$git"/bin/dash "$gix" "$root/bin"
cp "$gix_static" "$root/bin/gix-static"
cp "$git/usr/lib/git-core/git-daemon" "$root/usr/lib/git-core"
"$TOP/integration/lib/repository.sh" --tiny "$root/served"
git clone --quiet "$root/served/x.git" "$WORK/clone"
cp "$made"/{privmap,privmapctl,libprivmap.so,libprivmap-exec.so,privmap-config.so} "$root/build"
cp "$made"/integration/{conform,conform-static,refusers/refusefs} "$root/build/integration"
for program in programs/{mapkinds,mapkinds-static,started} traced/around; do
	static=
	case $program in *-static | traced/*) static=-static ;; esac
	# shellcheck disable=SC2086 # none, or one
	"$cross/bin/aarch64-linux-gnu-gcc" -D_GNU_SOURCE -O2 $static -o "$root/build/integration/${program#*/}" \
		"$TOP/integration/${program%-static}.c"
done
echo "$but" >"$root/but"
echo "${AARCH64_SECONDS:-300}" >"$root/seconds"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$WORK/initrd"

# QEMU emulates pointer authentication in software, which would take half of the time.
progress 'booting the guest'
timeout -k 5 "$limit" qemu-system-aarch64 -machine virt -cpu max,pauth-impdef=on \
	-accel tcg,thread=multi -smp 2 -m 1G -nodefaults -no-user-config -nographic -no-reboot \
	-kernel "$kernel/vmlinuz" -initrd "$WORK/initrd" -append 'console=ttyAMA0 quiet panic=-1' \
	-serial "file:$WORK/console" >"$WORK/qemu.log" 2>&1 &
guest=$!
told=0
while kill -0 "$guest" 2>/dev/null; do
	sleep 0.5
	steps=$(grep -ac '^step: .* at ' "$WORK/console" 2>/dev/null || :)
	if [ "${steps:-0}" -gt "$told" ]; then
		told=$steps
		progress "guest: $(grep -a '^step: .* at ' "$WORK/console" | tail -n 1 | tr -d '\r' | cut -c7-)"
	fi
done
wait "$guest" || echo "the guest ended with status $?; it may take $limit s" >>"$WORK/qemu.log"
# Its output is between lines of ours.
tr -d '\r' <"$WORK/console" | sed -n '/^H4sI/,/^step: /p' | while IFS= read -r line; do
	case $line in
	step:*)
		base64 -d <"$WORK/packed" | tar -xzf - -C "$WORK" 2>>"$WORK/qemu.log" || :
		: >"$WORK/packed"
		;;
	*) printf '%s\n' "$line" >>"$WORK/packed" ;;
	esac
done
if ! grep -aq '^step: end' "$WORK/console"; then
	{
		echo 'the guest did not come to its end'
		tail -n 30 "$WORK/console" "$WORK/qemu.log"
	} >&2
fi

# --- the results ---

results=$WORK/results
# said NAME STATUS PATTERN: the step ended with STATUS, and each line of its stderr matches PATTERN.
said() {
	cat "$results/$1".{out,err,status} || return 1
	[ "$(cat "$results/$1.status")" -eq "$2" ] && ! grep -vxE "$3" "$results/$1.err"
}
# gives NAME KIND PATTERN: the three shared read-only mappings are of that kind.
gives() {
	said "$1" 0 "$3" &&
		[ "$(grep -cE "^[a-z ]*shared read, O_RD(ONLY|WR): $2\$" "$results/$1.out")" -eq 3 ] &&
		[ "$(grep -c '^[a-z ]*shared write: ENODEV$' "$results/$1.out")" -eq 2 ]
}
runs() {
	said "$1" 0 '' && [ -s "$results/$1.out" ]
}
# refused_alone NAME: the clone fails as the issue says, and leaves none.
refused_alone() {
	cat "$results/$1".{out,err} || return 1
	[ "$(cat "$results/$1.status")" -ne 0 ] && [ "$(cat "$results/$1.status")" -lt 128 ] &&
		grep -q 'No such device' "$results/$1.err"
}
# clones NAME: that clone printed nothing, and equals git's own clone on this machine.
clones() {
	cat "$results/$1".{err,status} || return 1
	[ "$(cat "$results/$1.status")" -eq 0 ] && [ ! -s "$results/$1.err" ] &&
		whole "$results/$1" "$WORK/clone"
}
converts() {
	cat "$results/$1.json"
	grep -q '"converted":[1-9]' "$results/$1.json"
}
shows() {
	# shellcheck disable=SC2254 # a pattern is what is wanted
	runs "$1-kind" && case $(cat "$results/$1-kind.out") in $2) ;; *) return 1 ;; esac
}
# judge_older MODE CASE
judge_older() {
	local mode=$1 name=$2 got
	got=$(answers "$mode" "$name")
	if [ -n "$got" ] && [ "$got" = "$(answers here "$name")" ]; then
		ok "$mode: $name: as on a disk here"
	elif [ -n "$got" ] && [ "$got" = "$(expected "$mode" "$name")" ]; then
		ok "$mode: $name: differs as documented"
	elif [ "${mode/converted/traced} $name" = 'traced changes.written' ] && [ "$got" = "$(known buffered "$name")" ]; then
		ok "$mode: $name: the older page, as documented"
	else
		judge "$mode" "$name"
	fi
}
converted_three() {
	cat "$results/report.json"
	[ "$(wc -l <"$results/report.json")" -eq 1 ] &&
		grep -q '"converted":3[,}]' "$results/report.json"
}

check "the guest is aarch64 ($(cat "$results/kernel.out"))" \
	grep -q 'aarch64$' "$results/kernel.out"
check '  its pages have the size that they should' grep -qx "KernelPageSize: *${pages:-4k}B" \
	<(sed 's/ kB/kB/' "$results/kernel.out")
# has_bits NUMBER: the stack is just below the end of the addresses.
has_bits() {
	local stack
	stack=$(sed -n 's/^\([0-9a-f]*\)-.*\[stack\]$/\1/p' "$results/kernel.out")
	[ $((0x$stack >> ($1 - 1))) -eq 1 ]
}
check "  and its programs addresses of $bits bits" has_bits "$bits"
check 'a program alone is refused' gives alone ENODEV ''
check 'a dynamic program is served' gives preload private ''
check 'a static one is traced' gives auto private \
	'privmap: (engine trace for .*|converted /work/mount/file, [0-9]* bytes at 0, line 1|left .*: mapped to be written, .*)'
check '  and said to be' grep -q 'engine trace' "$results/auto.err"
check '  as the child of a dynamic one' gives child private ''
check '  in a profile' gives profile private ''
check '    unless the rule file does not name it' gives profile-unnamed ENODEV ''
check '  by copies, too' gives copies shared ''
check '  and reported' converted_three
# With the second filter, each munmap would stop the program.
check '  in the window, where the first filter looks' grep -qx 1 "$results/window.out"
check 'a traced program ends with its own status' said status 7 ''
check '  and by its own signal' said killed 137 '.*'
check 'git clones from the server in the guest' clones git
for name in gix gix-static; do
	check "$name alone is refused" refused_alone "$name-alone"
	for way in privmap sh profile; do
		check "  $way: it clones" clones "$name-$way"
	done
	check '  privmap: by converted mappings' converts "$name-privmap"
	check '  sh: by converted mappings' converts "$name-sh"
done
check 'gix-static is patched' said patch 0 ''
check '  with a launcher' grep -q launcher "$results"/{patch,doctor}.out
check '  it clones' clones patched
check '  undone, it is the same to the byte' said undone 0 ''
check 'disk: the mapping is of the file, shared' shows disk 'r--s file, twice the same'
for mode in converted traced; do
	check "$mode: it is of the file, private" shows "$mode" 'r--p file, twice the same'
done
for mode in buffered traced-buffered; do
	check "$mode: two mappings share a copy" shows "$mode" 'r--s /memfd:*, twice the same'
done
modes='converted buffered traced traced-buffered'
for mode in disk $modes; do
	cp "$results/$mode.out" "$WORK"
done
check 'disk: the suite runs' runs disk
mkdir "$WORK/here"
for name in ${older//,/ }; do
	"$BUILD/integration/conform" --only "$name" "$WORK/here"
done >"$WORK/here.out"
"$BUILD/integration/conform" --list >"$WORK/cases"
for mode in $modes; do
	check "$mode: the suite runs, and nothing on stderr" runs "$mode"
	while read -r name; do
		case ,$but, in
		*,"$name",*) continue ;;
		esac
		case ,$older, in
		*,"$name",*) judge_older "$mode" "$name" ;;
		*) judge "$mode" "$name" ;;
		esac
	done <"$WORK/cases"
done
[ -z "$but" ] || skip 'long cases' "${but//,/ }"
t_end
