# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# perf record writes samples there from the kernel's ring buffer. Judged by perf report.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='perf record'
GROUP='must not change'
MAPS='no file: it writes out of its ring buffer, and the kernel answers EFAULT where the write is direct I/O'
ALONE=fails
SAYS='failed to write perf data, error: Bad address'
UNDER=fails
ALL=works
TOUCHED=no
GUEST=none
OPTIONS=(--for logs)
NOTE='no mapping is refused, a write is: record elsewhere, and copy; perf report then works there'

install() {
	PROGRAM=$(command -v perf) && VERSION=$("$PROGRAM" --version | awk '{ print $3 }')
}

job() {
	run "$PROGRAM" record -e cpu-clock -F 999 -o perf.data -- \
		sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done' || return 1
}

judge() {
	"$PROGRAM" report --stdio -i perf.data 2>/dev/null | grep -q '%'
}
