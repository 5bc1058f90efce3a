#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes each system call of the library fail: once, and each time, under real clones and under a
# long-lived program; with every possible errno, or, where STRESS_ROUNDS is below 10,000, with the
# first one. The client gets a whole clone, or the errno of the filesystem; never a crash, a hang, a
# wrong byte or a leak. A run finds the calls of the library (mmapworld --record, fault.c), so that a
# new call is tested as well.
# shellcheck disable=SC2317,SC2016,SC2034,SC2154 # check calls the functions; eval expands
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

gix=$(client gix)
mmapworld=$BUILD/integration/refusers/mmapworld
mapleaks=$BUILD/integration/programs/mapleaks
library=$BUILD/libprivmap.so
workers=2 limit=30 # workers at once; seconds for each run
# Equal addresses in each run make equal sizes; some containers forbid this.
fixed=(setarch -R)
"${fixed[@]}" true 2>/dev/null || fixed=()
cp "$BUILD/integration/refusers/preload/fault.so" "$WORK/front.so"

# Prints the possible errnos of a call, by the manuals and the kernel; short: it does half its work.
every_errno_of() {
	case $1 in
	openat) echo EMFILE EACCES ENOENT ;;
	memfd_create) echo ENOSYS EMFILE ENOMEM ;;
	fallocate) echo ENOSPC EOPNOTSUPP EINTR ;;
	read | pread64) echo EIO EINTR short ;;
	write | pwrite64) echo ENOSPC EIO EINTR short ;;
	ftruncate) echo EIO EINTR ;;
	mmap | mremap | munmap | mprotect) echo ENOMEM ;;
	pkey_mprotect) echo ENOSYS ENOMEM ;;
	statx | fstat | fstatfs) echo ENOSYS EIO ;;
	fcntl) echo EMFILE EINVAL ;;
	readlinkat | faccessat) echo ENOENT EACCES ;;
	ioctl) echo ENOTTY ENOENT ;;
	madvise) echo EINVAL EAGAIN ;;
	close) echo EIO EINTR ;;
	futex) echo EINTR EAGAIN ;;
	*) echo ENOSYS EPERM EINTR ;; # as a container's filter may answer
	esac
}
errnos_of() {
	local errnos
	read -ra errnos < <(every_errno_of "$1")
	[ "${STRESS_ROUNDS:-10000}" -ge 10000 ] || errnos=("${errnos[0]}")
	echo "${errnos[*]}"
}
declare -A number=([ENOMEM]=12 [ENOSYS]=38) # for the errnos that the next library fails with

# --- scenarios ---

# The disk is for the last two scenarios.
mount=$WORK/mount
mkdir "$WORK/source" "$WORK/spool" "$WORK/kept"
mount_refusing "$WORK/source" "$mount" --timeout=1
make_disk

rule_file() {
	printf 'rules = ( { action = "buffer" } );\nbuffer : { memory = "%s"; spool = "%s"; };\n' \
		"$1" "$WORK/spool"
}
rule_file 64M >"$WORK/memory.conf"
rule_file 0 >"$WORK/spool.conf"
sed 's/"buffer" /"buffer"; keep = true /; s/spool"/kept"/' "$WORK/memory.conf" >"$WORK/kept.conf"

# scenario NAME: sets PLACE, CLIENT, WORLD (options of mmapworld), RULES, KIND (for mapleaks).
scenario() {
	place=$mount client=gix world=() rules='' kind=shared
	case $1 in
	'converted') ;;
	'buffered in memory') rules=$WORK/memory.conf ;;
	'buffered in the spool') rules=$WORK/spool.conf ;;
	'buffered and kept') rules=$WORK/kept.conf ;;
	'all maps refused') place=$disk world=(--refuse private) ;;
	'private maps of git') place=$disk client=git world=(--refuse private) kind=private ;;
	esac
}
scenarios=('converted' 'buffered in memory' 'buffered in the spool' 'buffered and kept' 'all maps refused'
	'private maps of git')

clone_command() {
	case $client in
	gix) command=("$gix" --no-verbose clone "$url" "$1") ;;
	git) command=(git clone --quiet "$url" "$1") ;;
	esac
}

# run_faulty BY FAULT COMMAND...: runs it with a fault in a call of the library (BY is own), or of
# the library after it (next). FAULT: "CALL:ERRNO:N", "record:FILE", or "". Call scenario before.
run_faulty() {
	local by=$1 fault=$2 options=("${world[@]}") preload=$library set=()
	shift 2
	case $by,$fault in
	own,record:*) options+=(--record "${fault#*:}") ;;
	own,?*) options+=(--fault "$fault") ;;
	next,record:*) set=(FAULT_RECORD="${fault#*:}") ;;
	next,?*) set=(FAULT="$fault") ;;
	esac
	[ "$by" = own ] || preload=$WORK/front.so:$library:$BUILD/integration/refusers/preload/fault.so
	[ -z "$rules" ] || set+=(PRIVMAP_CONFIG="$rules")
	set=(env "${set[@]}" LD_PRELOAD="$preload")
	[ ${#options[@]} -eq 0 ] || set=("$mmapworld" "${options[@]}" -- "${set[@]}")
	PRIVMAP_LOG=info:$WORK/log PRIVMAP_REPORT=$WORK/report timeout -k 1 "$limit" \
		"${fixed[@]}" "${set[@]}" "$@"
}

# failed_by_itself STATUS: not by a signal, not by timeout(1) or by what runs it.
failed_by_itself() {
	[ "$1" -gt 0 ] && [ "$1" -le 128 ] && { [ "$1" -lt 124 ] || [ "$1" -eq 128 ]; }
}

# A clone under a fault is whole, or there is none and the client says why. Only times differ
# between the files of two clones.
clones() {
	local by=$1 fault=$2 dir=$place/$3 say=$WORK/say.$3 status=0 command
	clone_command "$dir"
	run_faulty "$by" "$fault" "${command[@]}" >"$say" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		diff -r -q --no-dereference --exclude=index --exclude=logs "$WORK/$client.whole" "$dir" &&
			[ -z "$(git -C "$dir" status --porcelain)" ] && echo whole >>"$WORK/outcomes.$3"
	else
		failed_by_itself "$status" && grep -q 'No such device' "$say" &&
			echo refused >>"$WORK/outcomes.$3"
	fi || {
		echo "clone with $fault: status $status"
		head -n 5 "$say"
		return 1
	}
	rm -rf "$dir"
}

# leak_test BY FAULT ROUNDS: prints the output of mapleaks, or why there is none.
leak_test() {
	local status=0
	run_faulty "$1" "$2" "$mapleaks" "$place/leaks.git/file" "$3" "$kind" 2>/dev/null || status=$?
	[ "$status" -eq 0 ] || echo "status $status"
}

# A program that goes on after a fault has as many fds, mappings and memory as without it. A close
# or munmap that the fault itself prevents is no leak of the library.
leaks_nothing() {
	local by=$1 fault=$2 rounds=$3 apart=0 now=() before=()
	read -ra now < <(leak_test "$by" "$fault" "$rounds")
	read -ra before <<<"${leaks[$rounds]}"
	# If memory cannot be wiped at fork, data that a child must not see is in separate mappings:
	# so many KiB, for any number of rounds. A leak of a page in each round would be 320 KiB.
	case $fault in madvise:*) apart=96 ;; esac
	# mapped 8 refused 0 errno 0 fds 9 more 0 size 9999 shared 0
	if [ "${before[3]:-}" = 0 ] && [ "${#now[@]}" -eq 14 ] && [ "$((now[1] + now[3]))" -eq $((4 * rounds)) ] &&
		case ${now[5]} in 0 | 19) ;; *) false ;; esac &&
		case $fault in
		close:* | munmap:*) ;;
		*) [ "${now[7]}" -le "${before[7]}" ] && [ "${now[9]}" -le "${before[9]}" ] &&
			[ "${now[11]}" -le $((before[11] + apart)) ] && [ "${now[13]}" -le "${before[13]}" ] ;;
		esac; then
		return 0
	fi
	echo "mapleaks with $fault, $rounds rounds: ${now[*]}"
	echo "without: ${before[*]}"
	return 1
}

# all_faults BY CALL COUNT WORKER: tries every errno. A clone meets it once and each time, a
# long-lived program also at each single one of COUNT calls.
all_faults() {
	local by=$1 call=$2 count=$3 error which n status=0
	for error in $(errnos_of "$call"); do
		[ "$by" = own ] || error=${number[$error]}
		for which in :1 ''; do
			clones "$by" "$call:$error$which" "$4" || status=1
		done
		for ((n = 1; n <= count; n++)); do
			leaks_nothing "$by" "$call:$error:$n" 2 || status=1
			# A single EINTR is retried. This one never ends.
			[ "$error" != EINTR ] || leaks_nothing "$by" "$call:$error:$n+" 2 || status=1
		done
		leaks_nothing "$by" "$call:$error" 20 || status=1
	done
	return "$status"
}

# --- the repository, a whole clone by each client, a file ---

# Its pack and its index have many pages: the text compresses badly.
git init --quiet "$WORK/made"
for n in {1..30}; do
	head -c 6000 /dev/urandom | base64 >"$WORK/made/file-$n"
	git -C "$WORK/made" add -A
	git -C "$WORK/made" commit --quiet -m "commit $n"
done
git clone --quiet --bare "$WORK/made" "$WORK/served/x.git"
git -C "$WORK/served/x.git" config pack.threads 1
git -C "$WORK/served/x.git" repack --quiet -a -d
serve_repositories "$WORK/served"
url=$GITURL/x.git
for client in gix git; do
	clone_command "$WORK/$client.whole"
	"${command[@]}" >"$out" 2>&1
	check "$client without privmap: its clone on a disk is whole" fsck_clean "$WORK/$client.whole"
done
mkdir "$mount/leaks.git" "$disk/leaks.git"
head -c 300001 /dev/urandom | tee "$mount/leaks.git/file" >"$disk/leaks.git/file"

# --- the calls in each scenario ---

cases=()
for name in "${scenarios[@]}"; do
	scenario "$name"
	for by in own next; do
		rm -f "$WORK"/calls*
		check "$name: a clone, its calls recorded" clones "$by" "record:$WORK/calls" recorded
		leak_test "$by" "record:$WORK/calls.leaks" 2 >/dev/null
		mapfile -t calls < <(cat "$WORK"/calls* | sort -u)
		echo "# $name, $by: ${calls[*]}"
		for call in "${calls[@]}"; do
			cases+=("$name|$by|$call|$(grep -cx "$call" "$WORK/calls.leaks" || :)")
		done
	done
done
check 'the calls of a conversion and of both buffers are among them' \
	eval 'case "${cases[*]}" in
	*own*fstat*next*mmap*memory*own*pread64*next*mmap*spool*own*fallocate*) ;;
	*) false ;; esac'

# --- each of them fails ---

# Workers take the cases in turn; each uses separate files.
work() {
	local worker=$1 leaks=() i name by call count rounds
	for ((i = worker; i < ${#cases[@]}; i += workers)); do
		IFS='|' read -r name by call count <<<"${cases[i]}"
		scenario "$name"
		for rounds in 2 20; do
			leaks[rounds]=$(leak_test "$by" '' "$rounds")
		done
		if all_faults "$by" "$call" "$count" "$worker" >"$WORK/case.$i.out" 2>&1; then
			: >"$WORK/case.$i.ok"
		fi
		: >"$WORK/case.$i.done"
	done
}
pids=()
for ((worker = 0; worker < workers; worker++)); do
	work "$worker" &
	pids+=("$!")
done
wait "${pids[@]}"
for ((i = 0; i < ${#cases[@]}; i++)); do
	IFS='|' read -r name by call count <<<"${cases[i]}"
	text="$name: $([ "$by" = own ] || echo 'the next ')$call fails"
	check "$text ($(errnos_of "$call"))" eval 'cat "$WORK/case.$i.out"; [ -e "$WORK/case.$i.ok" ]'
done
sort "$WORK"/outcomes.* | uniq -c | sed 's/^ */# clones: /'
check 'nothing is left in the spool directory' eval '[ -z "$(ls -A "$WORK/spool")" ]'

t_end
