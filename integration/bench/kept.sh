# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What kept copies save, where every mapping is refused. A topic of bench.sh, measured only when
# named.

# shellcheck disable=SC2154 # lib.sh and bench.sh set them
# shellcheck disable=SC2034 # arrays that are named
world=$BUILD/integration/refusers/mmapworld megabytes=324
[ -z "$QUICK" ] || megabytes=32

topic kept 'Copies that are kept'
text <<-END
	A pack of $megabytes MB where every mapping is refused (mmapworld): git log -1 -p and git status of
	10,000 files, against the same on a disk. The first time is with nothing kept; the second finds
	the copies of the first. The rules are compiled.
END
text <<-'END'
	The first time is a copy of all that git maps. Under privmap it maps windows of 4 MiB, and so what it
	touches; smaller ones are so many that a program that reads the whole pack takes longer still. A
	mapping that is filled where it is touched (userfaultfd) is no way: the kernel's own accesses need
	rights that users do not have, and without these a write from such a mapping fails with EFAULT.
	A larger pack has three files of 2 GB. What git log -1 -p of it needs is as much as privmap copies;
	it is compared with a command that reads so much of the pack, and becomes git on a disk.
END
mkdir -p "$WORK/kept" "$WORK/kept-spool" "$WORK/nowhere"
git init -q "$WORK/kept/pack"
for ((n = 0; n < megabytes; n += 4)); do
	head -c 4M /dev/urandom >"$WORK/kept/pack/$n"
done
git -C "$WORK/kept/pack" add -A
git -C "$WORK/kept/pack" -c core.compression=0 commit -qm large
date >"$WORK/kept/pack/small"
git -C "$WORK/kept/pack" add -A
git -C "$WORK/kept/pack" commit -qm small
git -C "$WORK/kept/pack" -c core.compression=0 -c pack.window=0 repack -adq
git init -q "$WORK/kept/files"
(
	cd "$WORK/kept/files" || exit
	for ((n = 0; n < 100; n++)); do
		mkdir "$n"
		for ((m = 0; m < 100; m++)); do
			echo "$n $m" >"$n/$m"
		done
	done
	git add -A
	git commit -qm files
	git repack -adq
)
large_file=2000M
[ -z "$QUICK" ] || large_file=20M
git init -q "$WORK/kept/larger"
for n in 1 2 3; do
	head -c "$large_file" /dev/urandom >"$WORK/kept/larger/$n"
done
git -C "$WORK/kept/larger" -c core.bigFileThreshold=1m -c core.compression=0 add -A
git -C "$WORK/kept/larger" commit -qm large
rm "$WORK/kept/larger"/?
date >"$WORK/kept/larger/small"
git -C "$WORK/kept/larger" add small
git -C "$WORK/kept/larger" commit -qm small
git -C "$WORK/kept/larger" -c core.bigFileThreshold=1m -c core.compression=0 -c pack.window=0 repack -adq
sync -f "$WORK/kept"
for name in kept plain; do
	keep=4G
	[ "$name" = kept ] || keep=0
	echo "builtin = true; buffer = { spool = \"$WORK/kept-spool\"; keep = \"$keep\"; };" >"$WORK/$name.conf"
	"$BUILD/privmapctl" compile "$WORK/$name.conf" >"$out"
done

# in_the_world NAME RULES GIT-ARGUMENT...
in_the_world() {
	ours "$1" "$world" --refuse private --below "$WORK/kept" -- env PRIVMAP_CONFIG="$WORK/$2.conf" \
		LD_PRELOAD=@/libprivmap.so git --no-pager "${@:3}"
}
# by_privmap NAME REPOSITORY GIT-ARGUMENT...: git under the command privmap, in the repository, with
# the windows that privmap offers.
by_privmap() {
	ours "$1" env -C "$WORK/kept/$2" "$world" --refuse private --below "$WORK/kept" -- \
		@/privmap --config "$WORK/kept.conf" git --no-pager "${@:3}"
}
# The same cost without refusals: mmapworld that refuses nothing, and env(1).
nothing=("$world" --refuse private --below "$WORK/nowhere" -- env NOTHING=1)
log=(-C "$WORK/kept/pack" log -1 -p)
status=(-C "$WORK/kept/files" status)

# One more time than all files need to settle.
for pause in 0.1 0.1 0.1; do
	for what in log status; do
		declare -n arguments=$what
		"$world" --refuse private --below "$WORK/kept" -- env PRIVMAP_CONFIG="$WORK/kept.conf" \
			LD_PRELOAD="$BUILD/libprivmap.so" git --no-pager "${arguments[@]}" >"$out"
	done
	sleep "$pause"
done
for what in log status; do
	declare -n arguments=$what
	in_the_world second kept "${arguments[@]}"
	in_the_world copied plain "${arguments[@]}"
	variant disk "${nothing[@]}" git --no-pager "${arguments[@]}"
	run 5 rounds=11 "$what"
done
by_privmap first pack log -1 -p
variant disk "${nothing[@]}" git --no-pager "${log[@]}"
run 5 rounds=7 remove="$WORK/kept-spool/privmap-$(id -u)" first
in_the_world whole kept "${log[@]}"
variant disk "${nothing[@]}" git --no-pager "${log[@]}"
run 5 rounds=7 remove="$WORK/kept-spool/privmap-$(id -u)" whole
by_privmap windows pack log --stat
in_the_world whole kept -C "$WORK/kept/pack" log --stat
variant disk "${nothing[@]}" git --no-pager -C "$WORK/kept/pack" log --stat
run 8 rounds=5 remove="$WORK/kept-spool/privmap-$(id -u)" all

repository=$WORK/kept/larger
copied=$(cd "$repository" && "$world" --refuse private --below "$WORK/kept" -- "$BUILD/privmap" \
	--config "$WORK/kept.conf" --report=/dev/stderr git --no-pager log -1 -p 2>&1 >"$out" |
	sed -n 's/.*"buffered_bytes":\([0-9]*\).*/\1/p')
packs=("$repository"/.git/objects/pack/*.pack)
by_privmap first larger log -1 -p
variant ahead env -C "$repository" "${nothing[@]}" "$BUILD/integration/bench/ahead" "$copied" "${packs[0]}" \
	git --no-pager log -1 -p
variant disk env -C "$repository" "${nothing[@]}" git --no-pager log -1 -p
run 5 rounds=101 remove="$WORK/kept-spool/privmap-$(id -u)" larger

ratio "git log -1 -p, the second time / on a disk" log/second log/disk 1.5
ratio "  the same where none is kept" log/copied log/disk ''
ratio "git log -1 -p, the first time / on a disk" first/first first/disk 4
ratio "  the same with windows of 1 GiB" whole/whole whole/disk ''
ratio "git log --stat, which reads the whole pack, the first time / on a disk" all/windows all/disk ''
ratio "  the same with windows of 1 GiB" all/whole all/disk ''
ratio "git status of 10,000 files, the second time / on a disk" status/second status/disk 1.2
ratio "  the same where none is kept" status/copied status/disk ''
ratio "git log -1 -p of a pack of 6 GB, the first time / reading as much, and git on a disk" larger/first larger/ahead 1.3
ratio '  the same / git on a disk' larger/first larger/disk ''
