#!/bin/bash
# SPDX-License-Identifier: MIT
# job.sh SETTINGS: the job of the guest; init starts it. It judges nothing. It writes the status,
# stdout and stderr of each step to files on the share itself, and guest.sh compares them on the
# host. SETTINGS is a shell file that sets BUILD, SERVED and GROWN (directories with x.git before
# and after it has grown), PYTHON, GIX (an array of programs, a dynamic and a static one), and
# SHARES (an array of tags). Only the first share gets the steps with patched programs and with
# libraries for the whole system. On the share slow, copies are kept. p9 is a 9p share; the others
# are virtiofs shares.
set -uo pipefail
exec 8>/dev/ttyS1
# shellcheck source=/dev/null
. "$1"
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
jobs=$TOP/integration/clients/pygit2-jobs.py

# step NAME COMMAND...
step() {
	local name=$1 status=0 start=${EPOCHREALTIME/[.,]/}
	shift
	"$@" >"results/$name.out" 2>"results/$name.err" </dev/null || status=$?
	echo "$status" >"results/$name.status"
	echo "$((${EPOCHREALTIME/[.,]/} - start))" >"results/$name.microseconds"
	echo "$share: $name: $((${EPOCHREALTIME/[.,]/} / 1000000 - start / 1000000)) s" >&8
}

# Installs the libraries for the whole system, as the README says: by a snippet for login shells, or
# for all programs.
library=/usr/local/lib/libprivmap.so exec_library=/usr/local/lib/libprivmap-exec.so
install -m 644 "$BUILD/libprivmap.so" "$library"
install -m 644 "$BUILD/libprivmap-exec.so" "$exec_library"
install -m 755 "$BUILD/privmap" /usr/local/bin
by_profile() {
	local name status=0
	for name in privmap privmap-exec; do
		sed "s|@LIBDIR@|${library%/*}|; s|@PRELOAD@|$library|g; s|@PRELOAD_EXEC@|$exec_library|g" \
			"$TOP/config/system/profile.d/$name.sh" >"/etc/profile.d/$name.sh"
	done
	bash -l -c '"$@"' - "$@" || status=$?
	rm /etc/profile.d/privmap*.sh
	return "$status"
}
patched() {
	mkdir -p "$WORK/patched" && cp "${GIX[1]}" "$WORK/patched/gix" &&
		"$BUILD/privmapctl" patch "$WORK/patched/gix" && "$WORK/patched/gix" "$@"
}
by_ld_so_preload() {
	printf '%s\n' "$library" "$exec_library" >/etc/ld.so.preload
	"$@"
	local status=$?
	rm /etc/ld.so.preload
	return "$status"
}

mount_share() {
	mkdir -p "$2"
	case $1 in
	p9) mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=131072 "$1" "$2" ;;
	*) mount -t virtiofs "$1" "$2" ;;
	esac
}

refused_shared() {
	local n
	step gix-alone "$gix" --no-verbose clone "$url" gix-alone
	for n in "${!GIX[@]}"; do
		step "gix-$n" "$BUILD/privmap" --report="$PWD/results/gix-$n.report" -- \
			"${GIX[n]}" --no-verbose clone "$url" "gix-$n"
	done
	step pygit2-alone "$PYTHON" "$jobs" log git
	step pygit2 "$BUILD/privmap" -- "$PYTHON" "$jobs" log git
	if [ "$share" = "${SHARES[0]}" ]; then
		step patched patched --no-verbose clone "$url" patched
		for n in "${!GIX[@]}"; do
			step "by-profile-$n" by_profile "${GIX[n]}" --no-verbose clone "$url" "by-profile-$n"
			step "by-ld-so-preload-$n" by_ld_so_preload \
				env "${GIX[n]}" --no-verbose clone "$url" "by-ld-so-preload-$n"
		done
	fi

	ln -sfn "$GROWN" "$WORK/served"
	for n in "${!GIX[@]}"; do
		step "fetch-$n" "$BUILD/privmap" -- "${GIX[n]}" --no-verbose -r "gix-$n" fetch
		step "verify-$n" "$BUILD/privmap" -- "${GIX[n]}" --no-verbose -r "gix-$n" \
			--format json verify --statistics
	done
	ln -sfn "$SERVED" "$WORK/served"
}

# Nothing can undo this before the next boot, so it comes after all steps that need a tracer.
yama_3() {
	echo 3 >/proc/sys/kernel/yama/ptrace_scope && "$BUILD/privmap" --engine trace true
}

# 9p only refuses to map files that are open for writing. gix maps none of these; libgit2 does when
# it clones.
refused_writable() {
	local n
	for n in "${!GIX[@]}"; do
		step "gix-$n" "$BUILD/privmap" -- "${GIX[n]}" --no-verbose clone "$url" "gix-$n"
	done
	step pygit2-alone "$PYTHON" "$jobs" clone "$url" pygit2-alone
	step pygit2 "$BUILD/privmap" -- "$PYTHON" "$jobs" clone "$url" pygit2
}

# marked NAME COMMAND...: makes a directory before COMMAND and one after it. In the server's log,
# they show where the step begins and ends.
marked() {
	local status=0
	mkdir "begin-$1"
	"${@:2}" || status=$?
	mkdir "end-$1"
	return "$status"
}
# Reads all objects of a large pack: first from mappings, then from copies, once these are kept.
slow_share() {
	local try
	mkdir "$WORK/spool"
	mount -t tmpfs -o mode=1777 tmpfs "$WORK/spool"
	sed "s|/var/tmp|$WORK/spool|" "$TOP/config/examples/slow.conf" >"$WORK/slow.conf"
	step mapped marked mapped "$BUILD/privmap" -- "$PYTHON" "$jobs" objects x.git
	for try in {1..20}; do
		step first "$BUILD/privmap" --config "$WORK/slow.conf" -- "$PYTHON" "$jobs" objects x.git
		[ "$(find "$WORK/spool" -name 'copy-*' | wc -l)" -lt 2 ] || break
		sleep 0.1
	done
	step kept marked kept "$BUILD/privmap" --config "$WORK/slow.conf" -- "$PYTHON" "$jobs" objects x.git
	cp -R x.git "$WORK/spool"
	step verified-disk "$BUILD/privmap" --config "$WORK/slow.conf" -- "$gix" --no-verbose -r "$WORK/spool/x.git" verify
	step verified marked verified "$BUILD/privmap" --config "$WORK/slow.conf" -- "$gix" --no-verbose -r x.git verify
}

uname -r >&8
ln -s "$SERVED" "$WORK/served"
serve_repositories "$WORK/served"
url=$GITURL/x.git
gix=${GIX[0]}

for share in "${SHARES[@]}"; do
	mount_share "$share" "$WORK/$share/mount" || continue
	cd "$WORK/$share/mount" || continue
	mkdir results
	uname -r >results/kernel
	if [ "$share" = slow ]; then
		slow_share
		cd /
		umount "$WORK/$share/mount"
		continue
	fi
	head -c 10000 /dev/urandom >file

	step kinds "$BUILD/integration/programs/mapkinds" file
	step git git clone --quiet "$url" git
	case $share in
	p9) refused_writable ;;
	*) refused_shared ;;
	esac
	[ "$share" != "${SHARES[-1]}" ] || step yama-3 yama_3
	cd /
	umount "$WORK/$share/mount"
done

# A patched program needs no tracer. None can start any more.
share=${SHARES[0]}
mount_share "$share" "$WORK/$share/mount" && cd "$WORK/$share/mount" &&
	step patched-yama-3 "$WORK/patched/gix" --no-verbose clone "$url" patched-yama-3
cd / && umount "$WORK/$share/mount"
