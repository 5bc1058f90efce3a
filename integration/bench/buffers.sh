# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The cost of copies: filling, sharing and reading them, and forking with them. A topic of bench.sh.

# buffering NAME MEMORY: rules that copy files called NAME, into memory up to MEMORY, else into the
# spool.
buffering() {
	cat >"$WORK/$1.conf" <<-END_OF_RULES
		rules = ( { path = "*/buffered-*"; when = "always"; action = "buffer" } );
		buffer = { memory = "$2"; spool = "$WORK/spool"; limit = "4G" };
	END_OF_RULES
}

# Megabytes of the file: a gigabyte if it fits into memory three times.
large=1024 ordinary=256
room=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
[ "$room" -gt 3500 ] || large=256
[ -z "$QUICK" ] || large=64 ordinary=64

topic buffers 'Copies'
text <<-END
	Filling is one mmap of $ordinary MiB that makes a copy. It is compared with what git does without
	mmap (malloc, then pread to the end), and with a loop of pread that keeps nothing; the figure says
	how many times as fast it is. A copy in the spool is written to a disk. A second row also reads all
	of it once: a mapped copy has page faults then, which git's memory had before.
	Of 90 ms of the processor that git takes on a mount, 80 are for pages that the kernel clears. Those
	of a new file need no clearing, but take as much (write(2) of one piece again and again: 82 ms), and
	the reading 10. What was tried: pieces from 64 KiB (115 ms) over 512 KiB (98) to 2 MiB (97); the
	piece in a huge page, 5 less, which large copies use; writes of 1 MiB, the same; to read into the
	mapped copy, 170 to 205, touched or allocated before or not, because the pages of a new file are
	cleared first. What is read in the first 60 ms is read again, so that the copy may be shared:
	a large copy is allocated meanwhile (6 more than without), which saves 60 ms of the clock.
END
text <<-END
	The plot and its table: a pack of $large MiB on a mount that refuses is mapped as a whole, then 512
	bytes are read at random places; the time includes mmap. The last column names the fastest choice.
END
mkdir -p "$WORK/source/x.git" "$WORK/spool"
refusing_mount
buffering memory 2G
buffering spool 0
head -c "${large}M" /dev/urandom >"$WORK/source/x.git/pack"
ln "$WORK/source/x.git/pack" "$WORK/source/x.git/buffered-pack"
head -c "${ordinary}M" "$WORK/source/x.git/pack" >"$WORK/source/buffered-file"
sync -f "$WORK/source"

program=$BUILD/integration/bench/fill
for place in source mount; do
	file=$WORK/$place/buffered-file
	for kind in memory spool; do
		ours privmap LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG="$WORK/$kind.conf" "$program" again "$file"
		variant git "$program" git "$file"
		variant loop "$program" loop "$file"
		[ "$kind" = spool ] || variant memfd "$program" memfd "$file"
		run 8 reports rounds=15 "$kind-$place"
	done
done
file=$WORK/source/buffered-file
ours privmap LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG="$WORK/memory.conf" "$program" again "$file" cold
variant git "$program" git "$file" cold
variant loop "$program" loop "$file" cold
run 5 reports rounds=9 cold

program=$BUILD/integration/bench/reads
ours privmap LD_PRELOAD=@/libprivmap.so "$program" "$WORK/mount/x.git/pack"
ours memory LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG="$WORK/memory.conf" \
	"$program" "$WORK/mount/x.git/buffered-pack"
ours spool LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG="$WORK/spool.conf" \
	"$program" "$WORK/mount/x.git/buffered-pack"
run 16 reports rounds=7 reads

program=$BUILD/integration/bench/fork
file=$WORK/source/buffered-file
for shape in whole windows; do
	variant mapped "$program" "$shape" "$file"
	ours privmap LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG="$WORK/memory.conf" "$program" "$shape" "$file"
	[ "$shape" = windows ] || variant memory "$program" memory "$file"
	run 3 reports rounds=15 "$shape"
done

plot choices 'places read at random in a file of 1 GiB; seconds, from mmap to the last read' 'When is a copy faster than a private mapping?'
for place in source mount; do
	where='on a disk'
	[ "$place" = source ] || where='on a mount that refuses'
	for kind in memory spool; do
		measure=$kind-$place goal=0.95
		[ "$measure" != memory-mount ] || goal=1
		speed "filling in $kind, $where / git's malloc and pread" "$measure.fill/privmap" "$measure.fill/git" "$goal"
		speed "  the same, and reading all of it once" "$measure.read/privmap" "$measure.read/git" ''
		speed "  filling / pread that keeps nothing" "$measure.fill/privmap" "$measure.fill/loop" ''
		[ "$kind" = spool ] ||
			speed '  filling / a program that copies it to a memfd' "$measure.fill/privmap" "$measure.fill/memfd" ''
		ratio "the second mapping / the first, in $kind, $where" "$measure.second/privmap" "$measure.fill/privmap" 0.001
	done
done
speed "filling in memory, from a cold disk / git's malloc and pread" cold.fill/privmap cold.fill/git 0.95
for series in 'private mapping:privmap' 'copy in memory:memory' 'copy in the spool:spool'; do
	for places in 1 10 100 1000 10000 100000; do
		point "${series%:*}" "$places" "reads.$places/${series#*:}" s
	done
done
ratio "fork with $ordinary MiB buffered / with as much of a file mapped" whole.fork/privmap whole.fork/mapped ''
ratio '  the same in windows of 8 MiB' windows.fork/privmap windows.fork/mapped ''
ratio "fork with $ordinary MiB of private memory / with as much of a file mapped" whole.fork/memory whole.fork/mapped ''
