# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Shared by the tests of privmapctl: two rule files in $WORK, and checks of its output. Source it in
# place of lib.sh.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# shellcheck disable=SC2034 # for those who source this
version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
ctl=$BUILD/privmapctl
library=$BUILD/libprivmap.so
exec_library=$BUILD/libprivmap-exec.so
printf 'rules = (\n  { path = "*"; action = "publish"; }\n);\n' >"$WORK/wrong.conf"
echo 'rules = ( { path = "*.dat"; action = "private"; } );' >"$WORK/good.conf"

# json STATUS PYTHON COMMAND...: ends with STATUS, prints only JSON, and PYTHON is true for it as r.
json() {
	local status=$1 test=$2
	shift 2
	ends "$status" '' "$@" && "$python" -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$out" "$test" && [ "$(wc -l <"$out")" -eq 1 ]
}
# has PATTERN...: $out has whole lines that match, in this order.
has() {
	local line n=0 patterns=("$@")
	while IFS= read -r line; do
		if [ "$n" -lt $# ] && grep -qxE -- "${patterns[n]}" <<<"$line"; then
			n=$((n + 1))
		fi
	done <"$out"
	[ "$n" -eq $# ] || echo "not found: ${patterns[n]}"
	[ "$n" -eq $# ]
}
# parts DIR: copies all parts of privmap into one directory.
parts() {
	mkdir -p "$1" && cp "$ctl" "$BUILD/privmap" "$library" "$exec_library" "$BUILD/privmap-config.so" "$1"
}
# The command leaves no temporary file.
no_leftover() {
	! find . -name '.*privmap.*' | grep .
}
