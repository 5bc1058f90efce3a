#!/bin/bash
# SPDX-License-Identifier: MIT
# Copies where memory is short, or where the spool cannot be used: they never kill a program. The
# cgroups need root.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

mount_refusing "$WORK/source" "$WORK/mount"
truncate -s 60M "$WORK/source/large"
truncate -s 20M "$WORK/source/small"
# If private mappings work, files that are not copied are converted.
mapped_by() {
	PRIVMAP_LOG=info PRIVMAP_CONFIG=$WORK/rules.conf "$BUILD/privmap" -e "$engine" "$python" -c 'import mmap, sys
file = open(sys.argv[1], "rb")
map = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
map[len(map) - 1]
lines = open("/proc/self/maps").read()
print("memory" if "memfd:privmap" in lines else "spool" if "/#" in lines else "converted")' "$@"
}
# rules MEMORY SPOOL
rules() {
	printf 'rules = ( { path = "*"; action = "buffer"; } );\nbuffer : { memory = "%s"; spool = "%s"; };\n' \
		"$1" "$2" >"$WORK/rules.conf"
}

# --- memory cgroups ---

# make_group: makes a cgroup of either version with a limit of 32 MiB; $group is its directory.
make_group() {
	local own parent limit
	if own=$(grep -E '^[0-9]+:memory:' /proc/self/cgroup); then
		parent=/sys/fs/cgroup/memory/${own#*:*:} limit=memory.limit_in_bytes
	else
		own=$(grep '^0::' /proc/self/cgroup) || return
		# A group with processes cannot have groups with limits in it, so this one is next
		# to ours.
		parent=/sys/fs/cgroup${own#0::} limit=memory.max
		parent=${parent%/*}
	fi
	group=$parent/privmap-test.$$
	mkdir "$group" && echo 32M >"$group/$limit"
}
in_group() {
	(echo "$BASHPID" >"$group/cgroup.procs" && "$@")
}
# maps WHERE COMMAND...: the copy is there.
maps() {
	local where=$1
	shift
	"$@" >"$out" 2>"$err" || echo "exit status $?"
	cat "$out" "$err"
	[ "$(cat "$out")" = "$where" ]
}
reads_first() {
	cat "$WORK/filler" >/dev/null
	"$@"
}
end_group() {
	local try
	for try in {1..600}; do
		rmdir "$group" 2>/dev/null && return
		sleep 0.1 # the tracer may end a little later
	done
	echo "$group is still there after try $try"
	return 1
}

if make_group 2>"$WORK/group"; then
	head -c 40M /dev/urandom >"$WORK/filler"
	for engine in preload trace; do
		rules 512M /var/tmp
		check "$engine: a copy that memory has no room for is in the spool" \
			maps spool in_group mapped_by "$WORK/mount/large"
		check "$engine: where there is room it is in memory" maps memory mapped_by "$WORK/mount/large"
		check "$engine: files in the cache take no room" \
			maps memory in_group reads_first mapped_by "$WORK/mount/small"
		if [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
			rules 512M /dev/shm
			check "$engine: a spool that is memory has no more" \
				maps converted in_group mapped_by "$WORK/mount/large"
			check '  and the reason is printed' grep -qF 'could not be copied (ENOMEM)' "$err"
		fi
	done
	rm "$WORK/filler"
	check 'no process is left' end_group
else
	[ ! -d "${group:-/none}" ] || rmdir "$group"
	skip 'memory cgroups' "none can be made here: $(head -n 1 "$WORK/group")"
fi

# --- a spool that cannot be used ---

# without_spool COMMAND...: the copy is in memory instead of in the spool, and one line says so.
without_spool() {
	local why=$1
	shift
	maps memory "$@" && [ "$(grep -cxF "privmap: spool $spool: its filesystem $why; \
copies are made in memory, up to the limit" "$err")" -eq 1 ]
}
mkdir "$WORK/mount/spool" "$WORK/spool"
for engine in preload trace; do
	spool=$WORK/mount/spool
	rules 1M "$spool"
	check "$engine: a spool without O_TMPFILE" \
		without_spool 'has no nameless files (O_TMPFILE)' mapped_by "$WORK/mount/large"
	rules 0 "$spool"
	check "$engine:   nothing in memory is nothing in memory" maps converted mapped_by "$WORK/mount/large"
	[ "$engine" = preload ] || continue # it serves no program with filters
	spool=$WORK/spool
	rules 1M "$spool"
	export PRIVMAP_LOG=info PRIVMAP_CONFIG=$WORK/rules.conf
	check "$engine: a spool that refuses mappings" without_spool 'refuses mappings itself' \
		"$BUILD/integration/refusers/mmapworld" --below "$spool" -- "$BUILD/privmap" -e preload "$python" -c 'import mmap, sys
file = open(sys.argv[1], "rb")
x = [mmap.mmap(file.fileno(), 2 << 20, mmap.MAP_SHARED, mmap.PROT_READ, offset=n << 21) for n in range(3)]
print("memory" if open("/proc/self/maps").read().count("memfd:privmap") == 3 else "?")' "$WORK/mount/large"
done
t_end
