# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The cost of converting a mapping, where shared ones are refused. A topic of bench.sh.

topic converted 'A mapping that is converted'
text <<-'END'
	On a mount that refuses, a program maps 8 KiB shared with privmap, and a client that needs no help
	maps them privately: 64 times, of one file or of 64 files, then again and again. The first mapping
	of a process is measured separately.
	Each mapping is first tried as the program asked, which takes nearly all of the 2 µs; the rows of a
	client that tries both itself show that. The row below them is what privmap also asks the kernel,
	which is what is short of the goal of a mapping again; for the first file, and elsewhere than on
	FUSE, it asks by the next two. The last two are requests to the server, where a file has another
	name than these packs. statx(2) would cost less than fstatat(2) of a name in /proc, but a seccomp
	filter of the program may kill it for that.
END
with_rules
refusing_mount
mkdir -p "$WORK/source/x.git/objects/pack"
git_files=("$WORK"/mount/x.git/objects/pack/pack-{1..64}.pack)
for file in "${git_files[@]}"; do
	head -c 64K /dev/urandom >"$file"
done
for files in one many; do
	programs=("$BUILD/integration/bench/converted")
	mapped=("${git_files[@]}")
	[ "$files" = many ] || mapped=("${git_files[0]}")
	variant fixed "${programs[@]}" private "${mapped[@]}"
	variant fixed-again "${programs[@]}" private "${mapped[@]}"
	variant by-hand "${programs[@]}" by-hand "${mapped[@]}"
	ours privmap LD_PRELOAD=@/libprivmap.so "${programs[@]}" shared "${mapped[@]}"
	ours compiled LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/compiled.conf \
		"${programs[@]}" shared "${mapped[@]}"
	[ "$files" = many ] || ours text LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/text.conf \
		"${programs[@]}" shared "${mapped[@]}"
	run 5 pin reports "$files"
done

# The same for a whole process that maps once.
program=$BUILD/integration/bench/once
file=${git_files[0]}
ours privmap LD_PRELOAD=@/libprivmap.so "$program" "$file"
ours compiled LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/compiled.conf "$program" "$file"
ours text LD_PRELOAD=@/libprivmap.so PRIVMAP_CONFIG=%/text.conf "$program" "$file"
run 4 pin process

plot extra 'microseconds more than a private mapping' 'How much longer does a converted mapping take than a private one?'
extra 'one file, again: privmap - private' one.map/privmap one.map/fixed 2e-6 µs
extra '64 files, again: privmap - private' many.map/privmap many.map/fixed 2e-6 µs
extra 'one file, the second time: privmap - private' one.new/privmap one.new/fixed 2e-6 µs
extra '64 files, each for the first time: privmap - private' many.new/privmap many.new/fixed 8e-6 µs
extra 'a client that tries shared, then private: one file, again' one.map/by-hand one.map/fixed '' µs
extra '  64 files, again' many.map/by-hand many.map/fixed '' µs
extra '  64 files, each for the first time' many.new/by-hand many.new/fixed '' µs
value '  and what privmap asks besides: PROCMAP_QUERY of /proc/self/maps' one.maps/fixed '' µs
value '  in its place for the first file: the path, readlink(2) of /proc/thread-self/fd' one.readlink/fixed '' µs
value '  which file it is, fstatat(2) of the same name' one.fstatat/fixed '' µs
value '  fstat(2) in its place where the name tells nothing: a request to the server' one.fstat/fixed '' µs
value '  then the header, another one, until it is known' one.pread/fixed '' µs
extra 'munmap: privmap - private' one.unmap/privmap one.unmap/fixed '' µs
extra 'with 100 rules, compiled, 64 files again' many.map/compiled many.map/fixed '' µs
extra 'noise: private - the same' one.map/fixed-again one.map/fixed '' µs
value 'the first of a process, built-in rules' one.first/privmap '' µs
value 'the first of a process, private, without privmap' one.first/fixed '' µs
value 'the first of a process, 100 rules, compiled' one.first/compiled 1e-3 ms
value 'the first of a process, 100 rules as text' one.first/text 1e-3 ms
extra 'a whole process that maps once: 100 rules, compiled - built-in ones' process/compiled process/privmap 1e-3 ms
extra 'a whole process that maps once: 100 rules as text - built-in ones' process/text process/privmap 1e-3 ms
