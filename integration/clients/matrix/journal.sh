# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# journalctl shows a journal, as a file and by its directory. Judged by what it shows on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='journalctl --file and -D (systemd)'
GROUP=logs
MAPS='the journal, in windows of up to 8 MiB: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=wrong
TOUCHED=yes
OPTIONS=(--for logs)
NOTE='alone -D shows "-- No entries --" and ends with status 0; --file alone fails with status 1'

install() {
	local place
	place=$("$TOP/integration/clients/deb.sh" systemd-journal-remote libmicrohttpd12 libcurl3-gnutls) &&
		PROGRAM=("$(command -v journalctl)" "$place") &&
		VERSION=$(journalctl --version | awk 'NR == 1 { print $2 }')
}

entries() {
	local n
	for n in {10..99}; do
		printf '__REALTIME_TIMESTAMP=17000000%d000000\n__MONOTONIC_TIMESTAMP=%d000\n' "$n" "$n"
		printf 'MESSAGE=entry %d\n' "$n"
		printf '_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=6\nSYSLOG_IDENTIFIER=maker\n\n'
	done
}

shown() {
	"$@" -q --no-pager -o cat
}

job() {
	mkdir "$SCRATCH/made" && entries >"$SCRATCH/entries" &&
		LD_LIBRARY_PATH=${PROGRAM[1]}/usr/lib/x86_64-linux-gnu \
			"${PROGRAM[1]}/lib/systemd/systemd-journal-remote" -o "$SCRATCH/made/x.journal" \
			"$SCRATCH/entries" 2>"$SCRATCH/log" &&
		cp -R "$SCRATCH/made" . || return
	shown run "${PROGRAM[0]}" -D made
	shown run "${PROGRAM[0]}" --file made/x.journal || :
}

judge() {
	{
		shown "${PROGRAM[0]}" -D "$SCRATCH/made"
		shown "${PROGRAM[0]}" --file "$SCRATCH/made/x.journal"
	} >"$SCRATCH/read" &&
		[ "$(wc -l <"$SCRATCH/read")" -eq 180 ] && diff "$SCRATCH/read" "$results/out"
}
