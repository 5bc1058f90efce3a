#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.sh [TOPIC...]: measures, never judges. Each topic is a file in bench/, together with its
# programs. The values go to $BUILD/bench/TOPIC.tsv, and make the report:
# integration/results/BENCH.md with its plots, BENCH.tsv (all figures) and README.md's short form.
# With QUICK=1, AGAINST=REVISION or single topics, the report stays in $BUILD/bench. The topics
# around, exec and kept are measured only when named.
# shellcheck disable=SC2034 # topics read what is set here
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=bench/topic.sh
. "$TOP/integration/bench/topic.sh"

QUICK=${QUICK:-} AGAINST=${AGAINST:-} OTHER=
RESULTS=$BUILD/bench
bench=$TOP/integration/bench
topics=(start prefix calls patched converted clone trace buffers ranges size)

# --- libraries, clients and revisions to compare with ---

# Libraries of other projects, if they are installed.
declare -A yardsticks
find_yardsticks() {
	local name file
	for name in libeatmydata.so faketime/libfaketime.so.1 torsocks/libtorsocks.so; do
		for file in /usr/lib/*/"$name" /usr/lib/"$name" /usr/lib64/"$name"; do
			[ -e "$file" ] || continue
			name=${name##*/lib} name=${name#lib}
			yardsticks[${name%%.*}]=$file
			break
		done
	done
}

# The clients, built once; missing ones are not measured.
declare -A clients
find_clients() {
	local name
	case " ${topics[*]} " in
	*' clone '* | *' trace '* | *' exec '*) ;;
	*) return 0 ;;
	esac
	for name in gix gix-fixed gix-static pygit2; do
		clients[$name]=$(client "$name") || {
			progress "no $name: whole clones are not measured"
			failed=1
			mapfile -t topics < <(printf '%s\n' "${topics[@]}" | grep -vxE 'clone|trace|exec')
			return 0
		}
	done
}

# Another revision of privmap, built like this one, only from git.
build_against() {
	local commit dir
	commit=$(git -C "$TOP" rev-parse --verify --quiet "$AGAINST^{commit}") || {
		echo "bench: AGAINST=$AGAINST: no such revision" >&2
		return 1
	}
	dir=$RESULTS/against/$commit
	OTHER=$dir/build
	if [ ! -x "$OTHER/privmapctl" ]; then
		progress "building ${commit:0:12}"
		rm -rf "$RESULTS/against"
		mkdir -p "$dir"
		git -C "$TOP" archive "$commit" | tar -x -C "$dir"
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$dir" BUILD="$OTHER" all \
			>"$RESULTS/against/log" 2>&1 || {
			tail -n 20 "$RESULTS/against/log" >&2
			return 1
		}
	fi
	fact 'Compared with' "$(git -C "$TOP" log -1 --format='%h %s' "$commit")"
}

# --- the machine ---

fact() {
	printf 'fact\t%s\t%s\n' "$1" "$2" >>"$RESULTS/facts.tsv"
}

# Debian's version of a package whose program prints none.
package_version() {
	local version
	version=$(dpkg-query -W -f '${Version}' "$1" 2>/dev/null) || version='not installed'
	printf '%s' "$version"
}

facts() {
	local revision name
	: >"$RESULTS/facts.tsv"
	revision=$(git -C "$TOP" log -1 --format='%h of %cs' 2>/dev/null) || revision=unknown
	[ -z "$(git -C "$TOP" status --porcelain --untracked-files=no 2>/dev/null)" ] ||
		revision+=', changed'
	fact Date "$(date -u '+%Y-%m-%d %H:%M') UTC"
	fact privmap "$revision"
	fact Processor "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo), $(nproc) cores, $(uname -m)"
	fact Memory "$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
	fact Machine "$(systemd-detect-virt 2>/dev/null | sed 's/^none$/no virtual machine/' || :)"
	fact Kernel "$(uname -sr)"
	fact libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || echo unknown)"
	fact Compiler "$("${CC:-cc}" --version | head -n 1)"
	fact 'Filesystem of the disk' "$(stat -f -c %T "$WORK")"
	fact 'Load before' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
	for name in libeatmydata1 libfaketime torsocks strace proot git; do
		fact "$name" "$(package_version "$name")"
	done
}

# --- all of it ---

whole=1 failed=0
if [ $# -gt 0 ]; then
	topics=("$@") whole=
fi
mkdir -p "$RESULTS"
find_clients
find_yardsticks
facts
[ -z "$AGAINST" ] || build_against
began=$SECONDS
for name in "${topics[@]}"; do
	# shellcheck source=/dev/null
	. "$bench/$name.sh"
done
fact Duration "$((SECONDS - began)) s${QUICK:+, as QUICK=1, too short to be quoted}"

place=$RESULTS
[ -z "$whole" ] || [ -n "$QUICK$AGAINST" ] || [ "$failed" -ne 0 ] || place=$TOP/integration/results
python3 -B "$bench/figures.py" "$RESULTS" "${topics[@]}" >"$WORK/BENCH.tsv"
cp "$WORK/BENCH.tsv" "$place/BENCH.tsv"
python3 -B "$bench/report.py" "$place/BENCH.tsv" "$place/BENCH.md" "$place/plots"
if [ "$place" != "$RESULTS" ]; then
	python3 -B "$bench/readme.py" "$place/BENCH.tsv" "$TOP/README.md"
fi
grep -F '**slower**' "$place/BENCH.md" || :
progress "the report: $place/BENCH.md"
exit "$failed"
