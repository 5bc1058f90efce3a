# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For tests of traced programs: a disk, a refusing mount of the same files, rules for both, and
# programs in the background.
# shellcheck disable=SC2034 # for those who source this

# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

tools=$BUILD/integration
disk=$WORK/disk mount=$WORK/mount

mkdir "$disk"
for letter in a b c; do
	head -c 20000 /dev/zero | tr '\0' "$letter" >"$disk/file-$letter"
	cp "$disk/file-$letter" "$disk/copy-$letter"
done
cp "$disk/copy-c" "$disk/copy-slow-c"
mount_refusing "$disk" "$mount" --timeout=1 --delay=700 --only='*slow*'
# The environment of both runs must be the same: privmap adds this option.
export PRIVMAP_CONFIG=$WORK/rules LSAN_OPTIONS=detect_leaks=0
cat >"$PRIVMAP_CONFIG" <<-END
	rules = ( { path = "$WORK/*/copy-*"; action = "buffer" },
		{ path = "$WORK/*"; action = "private" } );
END

limited() { timeout -k 1 120 "$@"; }
privmap() { limited "$BUILD/privmap" -e trace -- "$@"; }
trace=("$BUILD/privmap" -e trace --)

# ended STATUS COMMAND...
ended() {
	local want=$1 status=0
	shift
	"$@" || status=$?
	echo "exit status $status, wanted $want"
	[ "$status" -eq "$want" ]
}

soon() {
	local try
	for try in {1..3000}; do
		! "$@" || return 0
		sleep 0.02
	done
	echo "not within a minute (tried $try times): $*"
	return 1
}

# ours NAME: prints the processes of this build and this script, with that name or (NAME empty) any;
# other tests may run at the same time.
ours() {
	local process
	for process in /proc/[0-9]*; do
		[ -z "$1" ] || [ "$(cat "$process/comm")" = "$1" ] || continue
		case $(readlink "$process/exe") in
		"$BUILD/privmap" | "$tools/traced/"*) ! grep -qzxF "WORK=$WORK" "$process/environ" || echo "${process#/proc/}" ;;
		esac
	done 2>/dev/null
}

nothing_left() {
	[ -z "$(ours '')" ]
}

# started COMMAND...: starts it in the background; sets pid and tracer.
started() {
	: >"$out"
	"$@" >"$out" 2>"$err" &
	pid=$!
	soon grep -q running "$out" || return
	tracer=$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$pid/status")
	[ "$tracer" -gt 0 ]
}
# Kills a process that hangs.
wait_for() {
	timeout 90 tail --pid="$1" -f /dev/null || kill -KILL "$1"
	wait "$1"
}
