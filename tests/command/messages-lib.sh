# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Shared by the tests of what privmap prints: a mount that refuses shared mappings, with files that
# the built-in rules serve and one that they do not. Source it after lib.sh.
# shellcheck disable=SC2034,SC2154 # read and set by those who source this

privmap=$BUILD/privmap
mapkinds=$BUILD/integration/programs/mapkinds
mount_refusing "$WORK/source" "$WORK/mount"
cd "$WORK/mount" || exit
mkdir x.git
# Files that the built-in rules serve, and one that they do not.
in=$WORK/mount/x.git/in out_of=$WORK/mount/out
head -c 5000 /dev/zero | tee "$in" >"$out_of"
cd "$WORK" || exit

# What the report says of the one that they do not serve.
# Three of the seven mappings of mapkinds are candidates; two are writable.
written="mapped to be written, which is never served"
advice="served by --path '/.*/mount/\*'"
line_out="privmap: mapkinds\[[0-9]+\]: 0 converted \(0 bytes\), 5 left: $out_of"
line_out="$line_out \(no rule matches; $advice\), $out_of \($written\)"

preloaded() {
	LD_PRELOAD=$BUILD/libprivmap.so "$@"
}

# says PATTERN... -- COMMAND...: its stderr has exactly lines that match these, in order.
says() {
	local patterns=() line n=0
	while [ "$1" != -- ]; do
		patterns+=("$1")
		shift
	done
	shift
	"$@" >"$out" 2>"$err" || echo "exit status $?"
	cat "$err"
	while IFS= read -r line; do
		[ "$n" -lt ${#patterns[@]} ] || return 1
		grep -qxE -- "${patterns[n]}" <<<"$line" || return 1
		n=$((n + 1))
	done <"$err"
	[ "$n" -eq ${#patterns[@]} ]
}

# python TEXT can use shared(PATH), which maps a file as libgit2 does, and returns None if that is
# refused.
cat >maps.py <<-'END'
	import mmap, os, sys
	def shared(path):
	    fd = os.open(path, os.O_RDONLY)
	    try:
	        return mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
	    except OSError:
	        return None
	    finally:
	        os.close(fd)
END
export PYTHONPATH=$WORK PYTHONDONTWRITEBYTECODE=1 IN=$in OUT_OF=$out_of
python() {
	"${way[@]}" "$python" -c "from maps import *
IN, OUT_OF = os.environ['IN'], os.environ['OUT_OF']
$1"
}
