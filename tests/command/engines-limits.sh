#!/bin/bash
# SPDX-License-Identifier: MIT
# The limits of copies are the same for both engines (engines.sh): memory, the spool, and all
# together.
# shellcheck disable=SC2317,SC2119,SC2120,SC2016 # check calls the functions; COMMAND's shell expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=engines-lib.sh
. "$TOP/tests/command/engines-lib.sh"

# with_limits LIMITS -- STEP...
with_limits() {
	echo "rules = ( { action = \"buffer\"; } ); buffer : { $1 };" >"$WORK/rules.conf"
	shift
	PRIVMAP_LOG=info p -c "$WORK/rules.conf" "$@"
}
same 'memory' "$in: a copy in memory, right
$large: a copy in a file, right
$out_of: a copy in a file, right
stderr: privmap: buffered $in, 5000 bytes at 0, line 1" \
	with_limits 'memory = "6000"; spool = "/var/tmp";' -- map "$in" map "$large" map "$out_of"
too_much='because it could not be copied (EFBIG, more than the limits allow), line 1'
same 'limit' "$in: a copy in memory, right
$large: private, right
stderr: privmap: converted $large, 20000 bytes at 0, $too_much" \
	with_limits 'limit = "20K";' -- map "$in" map "$large"
# Not the first copy of a file: an engine that has not seen the file before does not share it.
same 'the same part is shared, and counted once' "$in: a copy in memory, right
$in: a copy in memory, right
$in: a copy in memory, right
$in: a copy in memory, right" with_limits 'limit = "11K";' -- map "$in" wait 150 map "$in" map "$in" map "$in"
same 'a child counts what it inherits' "$out_of: private, right" \
	with_limits 'limit = "6000";' -- map "$in" fork map "$out_of"
same 'spool: a missing directory' "$in: private, right
stderr: privmap: converted $in, 5000 bytes at 0, because it could not be copied (ENOENT), line 1" \
	with_limits "memory = \"0\"; spool = \"$WORK/none\";" -- map "$in"

t_end
