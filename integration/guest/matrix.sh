#!/bin/bash
# SPDX-License-Identifier: MIT
# matrix.sh SETTINGS: the job of the guest for the matrix; init starts it. It runs the cells of its
# columns, client by client, on its only share. It writes the results to the same share, and the
# host judges them. SETTINGS is a shell file that sets BUILD, SERVED (a directory with x.git),
# CLIENTS and WHERE (arrays of clients and of columns), SETTINGS (the directory with the settings of
# each client), LIMIT (the seconds for each cell) and XDG_CACHE_HOME.
set -uo pipefail
exec 8>/dev/ttyS1
# shellcheck source=/dev/null
. "$1"
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

uname -r >&8
serve_repositories "$SERVED"
export URL=$GITURL/x.git SERVED XDG_CACHE_HOME
share=$WORK/share
mkdir "$share"
mount -t virtiofs never "$share"
mkdir "$share/results"
uname -r >"$share/results/kernel"
for client in "${CLIENTS[@]}"; do
	for column in "${WHERE[@]}"; do
		results=$share/results/$client/$column start=$SECONDS
		mkdir -p "$results" "$share/$client" "$WORK/scratch"
		timeout -k 10 "$LIMIT" "$TOP/integration/clients/matrix-cell.sh" "$client" "$column" \
			"$share/$client" "$WORK/scratch" "$results" "$SETTINGS/$client" \
			>"$results/cell" 2>&1 </dev/null
		rm -rf "${share:?}/$client" "$WORK/scratch"
		echo "$client, $column: $((SECONDS - start)) s" >&8
	done
done
cd /
umount "$share"
