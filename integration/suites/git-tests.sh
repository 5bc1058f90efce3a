#!/bin/bash
# SPDX-License-Identifier: MIT
# git's own test suite, where no file can be mapped: under privmap, each test ends as on a disk.
#	git-tests.sh		the scripts that make most of packs, indexes and configuration
#	git-tests.sh NAME...	these, by their beginning: t5300, t5; t: all, which takes hours
# TESTS_DONE, if set, is a file with a line for each finished script: its name, "equal" or "differs"
# or "none" (no test of it runs on a disk), and its number of tests. Scripts that are equal or none
# do not run again, and new results are added, so that a run of all can be interrupted and
# continued. FILE.SCRIPT has the differences.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

git=$(client git-source)
names=(t0008 t0410 t1006 t1050 t1300 t1400 t1450 t1600 t1700 t2400 t3200 t3400 t3600 t3700 t4013 t4045 t5300
	t5302 t5303 t5304 t5308 t5310 t5316 t5318 t5319 t5324 t5326 t5400 t5500 t5510 t5516 t5547 t5600 t5601
	t5604 t5605 t6500 t7001 t7400 t7508 t7519 t7700)
[ $# -eq 0 ] || names=("$@")
mkdir "$WORK/source" "$WORK/disk" "$WORK/out"
mount_refusing "$WORK/source" "$WORK/mount" --timeout=1

# ends_in DIRECTORY SCRIPT COMMAND...: prints the results of git's tests, without their progress,
# and without DIRECTORY, which is in some names.
ends_in() {
	local place=$1 script=$2
	shift 2
	# In a separate session, because it stops daemons; without its check of malloc, which sets LD_PRELOAD.
	(cd "$git/t" && TEST_OUTPUT_DIRECTORY=$place/output GIT_TEST_CHAIN_LINT=0 TEST_NO_MALLOC_CHECK=1 \
		setsid timeout -k 10 3600 "$@" sh "./$script" --root="$place/trash" \
		</dev/null 2>"$WORK/out/err") >"$WORK/out/tap" || :
	sed -n "s|$place|PLACE|g;"' /^\(not \)\{0,1\}ok /p; /^1\.\./p' "$WORK/out/tap"
	rm -rf "$place/trash" "$place/output"
}
nothing_maps=("$BUILD/integration/refusers/mmapworld" --refuse private --below "$WORK/mount" --)
# A script that ends differently runs again, because some of git's tests depend on timing.
compare() {
	local try
	for try in 1 2; do
		ends_in "$WORK/disk" "$1" >"$WORK/out/disk"
		grep -q '^ok [0-9]* - ' "$WORK/out/disk" || return 3
		ends_in "$WORK/mount" "$1" "${nothing_maps[@]}" "$BUILD/privmap" >"$WORK/out/mount"
		! cmp -s "$WORK/out/disk" "$WORK/out/mount" || return 0
		echo "try $try:"
		diff "$WORK/out/disk" "$WORK/out/mount" || :
		tail -n 5 "$WORK/out/err"
	done
	return 1
}
found_before() {
	[ -n "${TESTS_DONE:-}" ] && grep -qsP "^$1\t(equal|none)\t" "$TESTS_DONE"
}
# Adds the result to $TESTS_DONE.
the_same() {
	local script=$1 status=0 found
	compare "$script.sh" >"$WORK/out/how" || status=$?
	cat "$WORK/out/how"
	case $status in
	0) found=equal ;;
	3) found=none ;;
	*) found=differs ;;
	esac
	if [ -n "${TESTS_DONE:-}" ]; then
		printf '%s\t%s\t%d\n' "$script" "$found" "$(grep -c '^ok' "$WORK/out/disk")" >>"$TESTS_DONE"
		[ "$found" != differs ] || cp "$WORK/out/how" "$TESTS_DONE.$script"
	fi
	[ "$found" != differs ]
}
for name in "${names[@]}"; do
	for script in "$git/t/$name"*.sh; do
		script=${script##*/}
		script=${script%.sh}
		[[ $script == t[0-9]* ]] || continue # t/test-lib.sh
		found_before "$script" || check "$script: as on a disk" the_same "$script"
	done
done
t_end
