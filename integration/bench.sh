#!/bin/bash
# Measures, never judges: ratios of medians, both sides in turn in one process. Run by make bench.
set -eu
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

printf '%s, Linux %s, %s cores\n\n' "$(uname -m)" "$(uname -r)" "$(nproc)"
mkdir -p "$WORK/source/x.git"
head -c 65536 /dev/urandom >"$WORK/source/x.git/pack"
mount_refusing "$WORK/source" "$WORK/mount"
LD_PRELOAD=$BUILD/libprivmap.so "$BUILD/integration/bench-ranges" "$WORK/mount/x.git/pack"
