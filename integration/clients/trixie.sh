#!/bin/bash
# SPDX-License-Identifier: MIT
# Prints a directory with programs of Debian 13 that an older release lacks, and their libraries:
# usr/bin/eza, lsd, starship, nix, git and rust-analyzer. They contain the path of Debian 13's dynamic
# linker, so that they run here. Made once, in 2 minutes; needs root.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/root.sh
. "$TOP/integration/lib/root.sh"

packages=(eza lsd starship nix-bin git rust-analyzer)
place=$CACHE/trixie-$(recipe_key "${packages[@]}" 1)

usable() {
	"$place/usr/bin/eza" --version 2>/dev/null | grep -q eza && "$place/usr/bin/git" --version >/dev/null 2>&1
}

# The programs contain the path of the linker, so they must be in place before the trial.
build() {
	local root=$WORK/trixie name libraries
	progress "installing ${packages[*]} of Debian 13 aside, once: about 2 minutes"
	bare_root "$root" trixie >&2
	in_root "$root" sh -c "apt-get -q update && apt-get -q -y install --no-install-recommends ${packages[*]}" \
		>"$WORK/log" 2>&1 || {
		tail -n 20 "$WORK/log" >&2
		return 1
	}
	unmount_root "$root"
	rm -rf "$place"
	mkdir -p "$place/usr/bin"
	cp -a "$root/usr/lib" "$place/usr"
	libraries=$place/usr/lib/$(uname -m)-linux-gnu
	for name in eza lsd starship nix git rust-analyzer; do
		cp "$root/usr/bin/$name" "$place/usr/bin"
		patchelf --set-interpreter "$(compgen -G "$libraries/ld-linux*.so.*")" \
			--force-rpath --set-rpath "$libraries" "$place/usr/bin/$name"
	done
}

once trixie usable build
printf '%s\n' "$place"
