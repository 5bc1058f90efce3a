#!/bin/bash
# SPDX-License-Identifier: MIT
# The real case that privmap is made for: a QEMU guest with a share from virtiofsd --cache=never, on
# a ZFS pool. gix fails there alone, and works under privmap, with the results of git. The same with
# QEMU's own virtiofsd, and, for libgit2, with 9p; with each available kernel. Also counts, in the
# server's log, the requests that a kept copy saves. The CPU is emulated: needs no KVM.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest/host.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/host.sh"
# shellcheck source-path=SCRIPTDIR source=../guest/pool.sh
. "$guests/pool.sh"

# Users of the pool end before the pool, and the pool ends before the rest.
trap 'finish end_pool; cleanup' EXIT

# --- requirements ---

has_qemu || t_end
kernels=()
declare -A directory
for which in current newer; do
	if prepared "$guests/kernel.sh" "$which"; then
		kernels+=("$which")
		directory[$which]=$answer
	else
		skip "a guest with the $which kernel" "$answer"
	fi
done
prepared "$guests/virtiofsd.sh"
export VIRTIOFSD=$answer QEMU_VIRTIOFSD=/usr/lib/qemu/virtiofsd
gix=("$(client gix)" "$(client gix-static)") # the programs: each does the whole job
python=$(client pygit2)

tags=(never)
declare -A label=([never]='virtiofsd --cache=never' [none]="QEMU's virtiofsd cache=none"
	[p9]='9p cache=none')
declare -A server=([never]=virtiofsd [none]=qemu [p9]=9p)
if [ ! -x "$QEMU_VIRTIOFSD" ]; then
	skip "${label[none]}" 'QEMU has none any more in this release'
elif [ "$ISOLATED" != yes ]; then
	skip "${label[none]}" 'only root can run it'
else
	tags+=(none)
fi
tags+=(slow p9)
label[slow]='virtiofsd --cache=never, by the example "slow"' server[slow]=logged

pool=$WORK/pool
mkdir "$pool"
if [ "$ISOLATED" != yes ]; then
	skip 'the share is on a ZFS pool' 'only root can make one; it is on a plain directory'
elif ! prepared "$guests/zfs.sh"; then
	skip 'the share is on a ZFS pool' "$answer; it is on a plain directory"
else
	mount -t tmpfs tmpfs /run
	check 'the share is on a ZFS pool' make_pool "$answer" "$WORK/image" "$pool"
fi

# --- the guests, all at once ---

progress 'making repositories to clone'
"$TOP/integration/lib/repository.sh" --tiny "$WORK/served"
cp -R "$WORK/served" "$WORK/grown"
"$TOP/integration/lib/repository.sh" --tiny --grow "$WORK/grown"
git clone --quiet "$WORK/served/x.git" "$WORK/git"
cp -R "$WORK/git" "$WORK/git-fetched"
git -C "$WORK/git-fetched" remote set-url origin "$WORK/grown/x.git"
git -C "$WORK/git-fetched" fetch --quiet

# A large pack, of LARGE megabytes: some hundred requests.
git init --quiet --bare "$WORK/large"
for ((megabytes = 0; megabytes < ${LARGE:-32}; megabytes += 4)); do
	head -c 4M /dev/urandom | git -C "$WORK/large" -c core.compression=0 hash-object -w --stdin
done | git -C "$WORK/large" -c core.compression=0 pack-objects -q "$WORK/large/objects/pack/pack" >"$WORK/packed"
git -C "$WORK/large" prune-packed --quiet

SERVED=$WORK/served GROWN=$WORK/grown PYTHON=$python GIX=("${gix[@]}") SHARES=("${tags[@]}")
declare -p BUILD SERVED GROWN PYTHON GIX SHARES >"$WORK/settings"

start_guest() {
	local dir=$BUILD/guest/$1 tag
	progress "booting a guest with the $1 kernel"
	rm -rf "$dir"
	mkdir -p "$dir"
	for tag in "${tags[@]}"; do
		mkdir -p "$pool/$1-$tag"
		[ "$tag" != slow ] || cp -R "$WORK/large" "$pool/$1-$tag/x.git"
		printf '%s\t%s\t%s\n' "$tag" "${server[$tag]}" "$pool/$1-$tag"
	done >"$dir/shares"
	boot_guest "the guest with the $1 kernel" "${directory[$1]}" "$dir" "$guests/job.sh" "$WORK/settings"
}

start=$SECONDS
for which in "${kernels[@]}"; do
	start_guest "$which"
done
wait_for_guests
progress "the guests took $((SECONDS - start)) s"

# --- the results ---

# step NAME: $code, $out and $err get the results of the guest's step.
step() {
	console_kept "$BUILD/guest/$which"
	out=$results/$1.out err=$results/$1.err
	if ! code=$(cat "$results/$1.status"); then
		echo "the guest has not come to the end of $1"
		return 1
	fi
	echo "exit status $code"
	cat "$err"
}
step_quiet() {
	step "$1" && [ "$code" -eq 0 ] && [ ! -s "$err" ]
}
step_says() {
	step "$1" && [ "$code" -gt 0 ] && [ "$code" -le 128 ] && grep -qE "$2" "$err"
}
step_prints() {
	step_quiet "$1" && diff - "$out"
}
# refuses ERRNO READ: shared mappings of files opened for writing fail with ERRNO; READ is the
# answer for others.
refuses() {
	step_prints kinds <<-END
		shared read, O_RDONLY: $2
		shared read, O_RDWR: $1
		validated shared read, O_RDONLY: $2
		shared write: $1
		validated shared write: $1
		private read: private
		private write: private
	END
}
# cloned NAME: the clone is whole, and equals git's own clone on the host.
cloned() {
	step_quiet "$1" && whole "$share/$1" "$WORK/git"
}
converted() {
	cat "$results/$1.report" && grep -q '"converted":[1-9]' "$results/$1.report"
}
# Every kind of object, in all packs: as many as git counts.
verifies_all() {
	step_quiet "$1" || return
	"$python" "$TOP/integration/clients/gix-verified.py" "$out" "$2"
}

forbids_tracing() {
	step yama-3 && [ "$code" -eq 125 ] && [ "$(wc -l <"$err")" -eq 1 ] &&
		grep -qF 'tracing is forbidden here (kernel.yama.ptrace_scope = 3)' "$err"
}

judge_virtiofs() {
	local n program
	check "$name: shared mappings are refused with ENODEV, private ones work" refuses ENODEV ENODEV
	check '  git clones' cloned git
	check '  gix alone cannot clone' step_says gix-alone 'No such device \(os error 19\)'
	for n in "${!gix[@]}"; do
		program=$(basename "$(dirname "${gix[n]}")")
		check "  privmap ${program%-*} clones" step_quiet "gix-$n"
		check '    the report lists converted mappings' converted "gix-$n"
		check '    it fetches new commits' step_quiet "fetch-$n"
		check '    and has the contents of the clone of git' whole "$share/gix-$n" "$WORK/git-fetched"
		check '    it verifies every object' verifies_all "verify-$n" "$share/gix-$n"
	done
	check '  pygit2 alone cannot read' step_says pygit2-alone 'No such device|NotFoundError'
	check '  privmap pygit2 has the log' step_prints pygit2 < <(git -C "$WORK/git" log --format=raw)
	[ "$tag" = "${tags[0]}" ] || return 0
	check '  a static gix clones that is patched' cloned patched
	check '    also where nothing can be traced' cloned patched-yama-3
	for n in "${!gix[@]}"; do
		program=$(basename "$(dirname "${gix[n]}")")
		check "  ${program%-*} clones in a login shell, by a snippet in profile.d" cloned "by-profile-$n"
		check '    and by /etc/ld.so.preload' cloned "by-ld-so-preload-$n"
	done
}

# reads STEP: prints how many read requests of a marked step are in the server's log.
reads() {
	awk -v step="$1" '/opcode=Mkdir / { made++ }
		/opcode=Read / && made == at[step] { count++ } END { print count + 0 }
		BEGIN { at["mapped"] = 2; at["kept"] = 4; at["verified"] = 6 }' \
		"$BUILD/guest/$which/slow.log"
}
reads_objects() {
	step_prints "$1" < <(git -C "$WORK/large" cat-file --batch-all-objects --batch-check)
}
# privmap reads the first page and the last of pack and index; the rest are reads of small files by
# libgit2.
reads_little() {
	echo "mapped: $(reads mapped) requests; kept: $(reads kept)"
	[ "$(reads mapped)" -ge 200 ] && [ "$(reads kept)" -ge 1 ] && [ "$(reads kept)" -le 40 ]
}
# times STEP STEP: how many times as long the first took.
times() {
	awk 'NR == FNR { one = $1; next } { printf "%.3f", one / $1 }' \
		"$results/$1.microseconds" "$results/$2.microseconds"
}
judge_slow() {
	check "$name: libgit2 reads all objects" reads_objects mapped
	check '  from copies that are kept' reads_objects kept
	check '    the server is not asked for the pack any more' reads_little
	check '  gix verifies all' step_quiet verified
	check '    as on the disk of the guest' step_quiet verified-disk
	# gix reads pack and index by itself, for their checksums: these requests stay.
	echo "# gix verify from copies that are kept: $(times verified verified-disk) times as long as on the disk" \
		"of the guest, $(reads verified) requests; libgit2 $(reads mapped), from copies $(reads kept)"
}

judge_9p() {
	local n program
	check "$name: those of files opened for writing are refused with EINVAL" refuses EINVAL shared
	check '  git clones' cloned git
	for n in "${!gix[@]}"; do
		program=$(basename "$(dirname "${gix[n]}")")
		check "  privmap ${program%-*} clones" cloned "gix-$n"
	done
	check '  pygit2 alone cannot clone' step_says pygit2-alone 'Invalid argument'
	check '  privmap pygit2 clones' cloned pygit2
}

n=0
for which in "${kernels[@]}"; do
	check "a guest with the $which kernel boots, and powers off" \
		powered_off "$BUILD/guest/$which" "${ended[n]}" 'powering off'
	n=$((n + 1))
	for tag in "${tags[@]}"; do
		share=$pool/$which-$tag results=$pool/$which-$tag/results
		name="${label[$tag]}, Linux $(cat "$results/kernel" 2>/dev/null || echo "($which)")"
		case ${server[$tag]} in
		9p) judge_9p ;;
		logged) judge_slow ;;
		*) judge_virtiofs ;;
		esac
		[ "$tag" != "${tags[-1]}" ] ||
			check '  where Yama forbids tracing: one line, and 125' forbids_tracing
	done
done
t_end
