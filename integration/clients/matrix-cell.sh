#!/bin/bash
# SPDX-License-Identifier: MIT
# matrix-cell.sh CLIENT COLUMN DIR SCRATCH RESULTS SETTINGS: one cell of the matrix. Runs the
# client's job in the empty directory DIR, which is on the column's filesystem, and judges it.
# RESULTS gets status, seconds, out, err, report, judged (judge's status) and judge (its output); a
# missing file: the job did not get that far. SETTINGS has the variables that install set.
set -o pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

client=$1 column=$2 dir=$3 SCRATCH=$4 results=$5 settings=$6
export SCRATCH
OPTIONS=() TRACED=no COPIED=''
# shellcheck source=/dev/null
. "$TOP/integration/clients/matrix/$client.sh"
# shellcheck source=/dev/null
. "$settings"

# The commands before the client in this column: the world, strace, privmap.
world=() strace=() privmap=()
served=("$BUILD/privmap" "${OPTIONS[@]}" "--report=$results/report")
case $column in
under | guest) privmap=("${served[@]}" --) ;;
calls-alone | calls-under)
	strace=(strace -ff --seccomp-bpf -y -qq -e signal=none -e 'trace=mmap,mremap' -o "$results/calls")
	[ "$column" = calls-alone ] || privmap=("${served[@]}" --)
	;;
all)
	privmap=("${served[@]}" --)
	world=("$BUILD/integration/refusers/mmapworld" --refuse private --below "$dir" --)
	;;
esac
# Seccomp answers before a tracer sees the call, so traced clients have a rule that copies at once.
if [ "$column,$TRACED" = all,yes ]; then
	echo "rules = ( { $COPIED action = \"buffer\" } );" >"$WORK/buffer.conf"
	world=() privmap=("${served[@]}" --config="$WORK/buffer.conf" --)
fi
if [ "$column,$TRACED" = calls-under,yes ]; then
	strace=() # a traced client cannot be traced twice; the log shows its mappings
	export PRIVMAP_LOG=info:$results/log
fi

# Without a prefix.
case $column in
patched)
	mkdir "$SCRATCH/bin" && cp "$PROGRAM" "$SCRATCH/bin" && PROGRAM=$SCRATCH/bin/${PROGRAM##*/} &&
		"$BUILD/privmapctl" patch "$PROGRAM" || exit
	# The engine in a patched program of glibc does not notice the program's end.
	export PRIVMAP_LOG=info:$results/log
	;;
child)
	echo "builtin = true; trace = [ \"${PROGRAM##*/}\" ];" >"$WORK/child.conf"
	privmap=(env "LD_PRELOAD=$BUILD/libprivmap.so:$BUILD/libprivmap-exec.so" "PRIVMAP_CONFIG=$WORK/child.conf"
		"PRIVMAP_REPORT=$results/report" sh -c '"$@"; exit' sh)
	;;
esac

run() {
	"${world[@]}" "${strace[@]}" "${privmap[@]}" "$@"
}

ulimit -c 0
cd "$dir" || exit
start=${EPOCHREALTIME/[.,]/} status=0
job >"$results/out" 2>"$results/err" </dev/null || status=$?
tenths=$(((${EPOCHREALTIME/[.,]/} - start + 50000) / 100000))
echo "$((tenths / 10)).$((tenths % 10))" >"$results/seconds"
echo "$status" >"$results/status"
unset PRIVMAP_LOG PRIVMAP_REPORT

[ "$status" -eq 0 ] || exit 0
cd "$dir" || exit
judge >"$results/judge" 2>&1 </dev/null || status=$?
echo "$status" >"$results/judged"
