#!/bin/bash
# SPDX-License-Identifier: MIT
# Calls that do half their work and fail lose no write, whatever other threads do meanwhile
# (mapstorm.c): with each engine, where the kernel stops them, and, for the library, where the next
# library does all calls by halves (halves.c). HALFWAY_ROUNDS: the number of rounds.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

storm=$BUILD/integration/programs/mapstorm
rounds=${HALFWAY_ROUNDS:-1000}
mkdir "$WORK/disk" "$WORK/source"
mount_refusing "$WORK/source" "$WORK/mount"
echo 'rules = ( { database = true; action = "private" } );' >"$WORK/rules"
export PRIVMAP_CONFIG=$WORK/rules

# storm LIBRARIES: runs mapstorm on the refusing mount, with these preloaded.
storm() {
	env LD_PRELOAD="$1" "$storm" "$WORK/mount/file" "$rounds"
}
traced() {
	"$BUILD/privmap" --engine trace "$storm" "$WORK/mount/file" "$rounds"
}

check 'on a disk' "$storm" "$WORK/disk/file" "$rounds"
check 'preloaded' storm "$BUILD/libprivmap.so"
check 'preloaded, and the next library does calls by halves' storm \
	"$BUILD/libprivmap.so $BUILD/integration/refusers/preload/halves.so"
check 'traced' traced
t_end
