# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# systemd-hwdb queries a hardware database, which is linked to systemd's place for it, in a new
# mount namespace. Judged by the answer from a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='systemd-hwdb query'
GROUP=logs
MAPS='`hwdb.bin`, whole: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS=nothing
TOUCHED=yes
OPTIONS=(--for logs)

install() {
	PROGRAM=$(command -v systemd-hwdb) && command -v unshare &&
		VERSION=$("$PROGRAM" --version | awk 'NR == 1 { print $2 }')
}

# query FILE [RUN]
query() {
	"${@:2}" unshare -m sh -c 'mount -t tmpfs none /etc/udev && ln -s "$1" /etc/udev &&
		"$2" query evdev:name:Thing' sh "$1" "$PROGRAM"
}

job() {
	mkdir -p "$SCRATCH/root/etc/udev/hwdb.d" &&
		printf 'evdev:name:Thing*\n COLOUR=blue\n SIZE=2\n' >"$SCRATCH/root/etc/udev/hwdb.d/1.hwdb" &&
		"$PROGRAM" --root="$SCRATCH/root" update && cp "$SCRATCH/root/etc/udev/hwdb.bin" . &&
		query "$PWD/hwdb.bin" run
}

judge() {
	query "$SCRATCH/root/etc/udev/hwdb.bin" >"$SCRATCH/read" && [ -s "$SCRATCH/read" ] &&
		diff "$SCRATCH/read" "$results/out"
}
