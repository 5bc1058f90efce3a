#!/bin/bash
# SPDX-License-Identifier: MIT
# Takes away each kernel feature that an engine uses. The program is served without it, or gets the
# first errno; or privmap says what it needs and ends with 125. No program hangs, dies, or gets
# wrong bytes. privmap(1) lists the kernels.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

tools=$BUILD/integration
mount=$WORK/mount
mount_refusing "$WORK/source" "$mount"
mkdir "$WORK/spool"
head -c 20000 /dev/urandom >"$mount/file"
head -c 5000 /dev/urandom >"$mount/other.o"
case $(stat -f -c %T "$WORK/spool") in
tmpfs | ramfs) spool=/var/tmp ;;
*) spool=$WORK/spool ;;
esac
rules() {
	echo "rules = ( { action = \"$1\"; } ); buffer : { memory = \"$2\"; spool = \"$spool\"; };" >"$WORK/$3"
}
rules private 64M converted
rules buffer 64M buffered
rules buffer 0 spooled

# maps ENGINE MODE RULE [WRAPPER...]: maps twice, in a thread and in a child; $out gets the results.
maps() {
	local engine=$1 mode=$2 rule=$3 program=$tools/programs/mapsteps status=0
	[ "$engine" = preload ] || program=$tools/programs/mapsteps-static
	shift 3
	timeout -k 1 120 "$tools/programs/deny" "$rule" "$BUILD/privmap" -e "$engine" -c "$WORK/$mode" -- "$program" \
		map "$mount/file" map "$mount/other.o" protect thread map "$mount/file" protect \
		fork map "$mount/file" map "$mount/other.o" protect >"$out" 2>"$err" || status=$?
	echo "status $status"
	cat "$out" "$err"
	return "$status"
}

# Every mapping is of that kind, and none became writable.
served() {
	maps "$@" || return
	[ ! -s "$err" ] && [ "$(grep -cE ": ($want), right$" "$out")" -eq 5 ] &&
		[ "$(grep -c '^protect: EACCES$' "$out")" -eq 3 ]
}

# The program cannot be served, and privmap says so in one line before it would start.
said() {
	local status=0
	maps "$@" || status=$?
	[ "$status" -eq 125 ] && [ ! -s "$out" ] && [ "$(wc -l <"$err")" -eq 1 ] &&
		grep -qE "^privmap: .* cannot be served: .*$want" "$err"
}

# missing TEXT RULE [MODE=KINDS]: both engines serve without it, in all three modes. KINDS are the
# mappings of MODE, if they differ.
missing() {
	local text=$1 rule=$2 mode want engine
	shift 2
	for engine in ${engines:-preload trace}; do
		for mode in converted buffered spooled; do
			case $mode in
			converted) want=private ;;
			buffered) want='a copy in memory' ;;
			spooled) want='a copy in a file' ;;
			esac
			for way; do
				[ "${way%%=*}" != "$mode" ] || want=${way#*=}
			done
			check "without $text: $engine, $mode" served "$engine" "$mode" "$rule"
		done
	done
}

# needed TEXT RULE PATTERN: the tracer needs it; the library does not.
needed() {
	local want=$3
	check "without $1: one line and 125" said trace converted "$2"
	want=private
	check '  the library does not care' served preload converted "$2"
}

# --- files and their copies ---

missing 'statx (Linux 4.11)' statx:ENOSYS
missing 'statx, which a container forbids' statx:EPERM
missing 'AT_STATX_DONT_SYNC (Linux 4.11)' 'newfstatat:3&0x4000:EINVAL'
missing 'memfd_create (3.17)' memfd_create:ENOSYS buffered='a copy in a file'
missing 'memfd_create, forbidden' memfd_create:EPERM buffered='a copy in a file'
missing 'MFD_NOEXEC_SEAL (6.3)' 'memfd_create:1&8:EINVAL'
missing 'O_TMPFILE (3.11)' 'openat:2&0x400000:EISDIR' spooled=private
missing 'O_TMPFILE on this filesystem' 'openat:2&0x400000:EOPNOTSUPP' spooled=private
for error in ENOSYS EOPNOTSUPP; do
	missing "fallocate ($error)" "fallocate:$error"
done
missing 'F_DUPFD_CLOEXEC (2.6.24)' fcntl:1=1030:EINVAL
missing 'prlimit64 (2.6.36)' prlimit64:ENOSYS
missing 'fstatfs, forbidden' fstatfs:EPERM
missing 'faccessat, forbidden' faccessat:EPERM

# --- memory ---

missing 'MADV_WIPEONFORK (4.14)' madvise:2=18:EINVAL
missing 'MADV_POPULATE_READ (5.14)' madvise:2=22:EINVAL
missing 'MADV_DONTFORK (2.6.16)' madvise:2=10:EINVAL
missing 'madvise' madvise:ENOSYS
missing 'MAP_FIXED_NOREPLACE (4.17)' 'mmap:3&0x100000:EINVAL'
missing 'pkey_mprotect (4.9)' pkey_mprotect:ENOSYS
missing 'PROCMAP_QUERY (6.11)' ioctl:1=0xc0686611:ENOTTY
# Changing the protection of one mapping among thousands does not read all lines of maps each time.
few_reads() {
	local program=$tools/programs/mapsteps
	[ "$1" = preload ] || program=$tools/programs/mapsteps-static
	timeout -k 1 120 "$tools/programs/deny" ioctl:1=0xc0686611:ENOTTY "$BUILD/privmap" -e "$1" -c "$WORK/converted" -- \
		"$program" map "$mount/file" crowd "$mount/file" protect-counted >"$out" 2>"$err" || return
	cat "$out" "$err"
	awk '/^protect: EACCES, [0-9]+ reads$/ { few = $3 < 30 } END { exit !few }' "$out"
}
for engine in preload trace; do
	check "  and not all of maps is read each time: $engine" few_reads "$engine"
done
missing 'PROCMAP_QUERY, forbidden' ioctl:1=0xc0686611:EPERM
missing 'PROCMAP_QUERY, as an unknown call' ioctl:1=0xc0686611:EINVAL

# --- signals, locks, time ---

missing 'rt_sigtimedwait, forbidden' rt_sigtimedwait:EPERM
missing 'ppoll (2.6.16)' ppoll:ENOSYS
missing 'tkill, forbidden' tkill:EPERM
missing 'clock_gettime, forbidden' clock_gettime:EPERM

# --- the tracer ---

engines=trace
missing 'PTRACE_GET_SYSCALL_INFO (5.3), as in gVisor' ptrace:0=0x420e:EIO
missing 'PTRACE_GET_SYSCALL_INFO, forbidden' ptrace:0=0x420e:EPERM
missing 'PTRACE_GETSIGMASK (3.11)' ptrace:0=0x420a:EIO
missing 'PTRACE_SETSIGMASK (3.11)' ptrace:0=0x420b:EIO
missing 'pidfd_open (5.3)' pidfd_open:ENOSYS
missing 'pidfd_getfd (5.6)' pidfd_getfd:ENOSYS
# A file that the tracer opens again has no more rights than the program's descriptor.
same_descriptors() {
	local program=$tools/conform-static
	mkdir -p "$WORK/disk/alone" "$WORK/disk/traced"
	echo "when = \"always\"; $(cat "$WORK/buffered")" >"$WORK/always"
	timeout -k 1 120 "$program" --only errors.descriptors "$WORK/disk/alone" >"$WORK/alone" &&
		timeout -k 1 120 "$tools/programs/deny" "$1" "$BUILD/privmap" -e trace -c "$WORK/always" "$program" \
			--only errors.descriptors "$WORK/disk/traced" >"$WORK/traced" || return
	diff -u "$WORK/alone" "$WORK/traced" && [ -s "$WORK/alone" ]
}
check '  and a descriptor that is good for nothing stays so' same_descriptors pidfd_getfd:ENOSYS
missing 'kcmp (3.5)' kcmp:ENOSYS
missing 'process_vm_writev (3.2)' process_vm_writev:ENOSYS
missing 'close_range (5.9)' close_range:ENOSYS
missing 'SECCOMP_FILTER_FLAG_SPEC_ALLOW (4.17)' 'seccomp:1&4:EINVAL'
missing 'SECCOMP_FILTER_FLAG_TSYNC (3.17)' 'seccomp:1&1:EINVAL'
missing 'PR_SET_PTRACER (3.4, Yama)' prctl:0=0x59616d61:EINVAL
missing 'PR_SET_NAME' prctl:0=15:EINVAL
missing 'all that Linux 5.3 brought and later ones' \
	'ptrace:0=0x420e:EIO,pidfd_open:ENOSYS,pidfd_getfd:ENOSYS,close_range:ENOSYS,ioctl:1=0xc0686611:ENOTTY,memfd_create:1&8:EINVAL,madvise:2=22:EINVAL'
missing 'all that gVisor lacks' \
	'ptrace:0=0x420e:EIO,pidfd_open:ENOSYS,pidfd_getfd:ENOSYS,kcmp:ENOSYS,seccomp:1&4:EINVAL,ioctl:1=0xc0686611:ENOTTY,memfd_create:1&8:EINVAL,madvise:2=18:EINVAL,madvise:2=22:EINVAL,pkey_mprotect:ENOSYS'

needed 'ptrace' ptrace:EPERM 'tracing is (not permitted|forbidden) here'
needed 'ptrace, built without' ptrace:ENOSYS 'Function not implemented'
needed 'PTRACE_SEIZE (3.4)' ptrace:0=0x4206:EIO 'PTRACE_SEIZE'
needed 'seccomp (3.17)' seccomp:ENOSYS 'seccomp'
needed 'SECCOMP_SET_MODE_FILTER' seccomp:0=1:EINVAL 'seccomp'
needed 'PTRACE_GET_SYSCALL_INFO and PTRACE_GETREGS' ptrace:0=0x420e:EIO,ptrace:0=12:EIO 'PTRACE_GET_SYSCALL_INFO'
needed 'PTRACE_GET_SYSCALL_INFO and PTRACE_GETEVENTMSG' ptrace:0=0x420e:EIO,ptrace:0=0x4201:EIO 'PTRACE_GET_SYSCALL_INFO'
needed 'socketpair' socketpair:EPERM 'permitted'
needed 'eventfd (2.6.27)' eventfd2:ENOSYS 'Function not implemented'
t_end
