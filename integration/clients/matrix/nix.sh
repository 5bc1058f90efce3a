# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Nix evaluates a flake in git, through libgit2. Judged by the result on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Nix 2.26, a flake in git (libgit2)'
GROUP=builds
MAPS='packs, indexes, files: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='failed to mmap. Could not write data: No such device'
TOUCHED=yes
GUEST=none

install() {
	PROGRAM=$("$TOP/integration/clients/trixie.sh")/usr/bin/nix &&
		VERSION=$("$PROGRAM" --version | awk '{ print $NF }')
}

# evaluate PLACE STORE [RUN]: Nix's own store and cache are on a disk, because both use SQLite.
evaluate() {
	mkdir -p "$2" && HOME=$2 NIX_CONF_DIR=$2 "${@:3}" "$PROGRAM" --store "$2/store" --offline \
		--extra-experimental-features 'nix-command flakes' eval --json "git+file://$1#answer"
}

job() {
	git clone --quiet "$SERVED/x.git" "$SCRATCH/made" || return
	echo '{ outputs = { self }: { answer = [ self.rev self.revCount (builtins.readDir ./.) ]; }; }' \
		>"$SCRATCH/made/flake.nix"
	git -C "$SCRATCH/made" add -A && git -C "$SCRATCH/made" commit --quiet -m flake &&
		git -C "$SCRATCH/made" gc --quiet && cp -a "$SCRATCH/made" . && evaluate "$PWD/made" "$SCRATCH/nix" run
}

judge() {
	evaluate "$SCRATCH/made" "$SCRATCH/nix2" >"$SCRATCH/read" && [ -s "$SCRATCH/read" ] &&
		diff "$SCRATCH/read" "$results/out"
}
