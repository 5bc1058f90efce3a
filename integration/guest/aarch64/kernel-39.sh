#!/bin/bash
# SPDX-License-Identifier: MIT
# kernel-39.sh: prints the path of a directory with a kernel for aarch64 whose programs have addresses
# of 39 bits, vmlinuz. Debian has none, so this builds Linux 6.1 from Debian 12's source, with little
# more than the guest needs (kernel-39.config). Built once, in 6 minutes on two cores. Takes --cached
# (lib/cache.sh). Exits with 3, and prints the reason, if it cannot get one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=bookworm.sh
. "$here/bookworm.sh"

place=$CACHE/cross-kernel-39-$(recipe_key "$(cat "$here/kernel-39.config")")
work=$CACHE/cross-kernel-39-build

usable() {
	[ -s "$place/vmlinuz" ]
}

# made TARGET: makes a part of the kernel.
made() {
	make -C "$work/linux" -j "$(nproc)" ARCH=arm64 CROSS_COMPILE="$work/aarch64-" \
		KCONFIG_ALLCONFIG="$here/kernel-39.config" "$1" 2>&1
}

build() {
	local cross tool line
	cross=$("$here/toolchain.sh") || none "$cross"
	for tool in flex bison bc; do
		command -v "$tool" >/dev/null || none "there is no $tool"
	done
	rm -rf "$work" "$place"
	progress 'building a kernel for aarch64 with addresses of 39 bits, once: 6 minutes on two cores (140 MB)'
	bookworm "$work" amd64
	download "$work/debs" linux-source-6.1
	unpack "$work/tree" "$work/debs"
	mkdir "$work/linux"
	tar -xf "$work/tree/usr/src"/linux-source-6.1.tar.xz -C "$work/linux" --strip-components=1
	# The compiler finds its own tools; make asks for the others by this prefix.
	for tool in "$cross/gcc/usr/bin"/aarch64-linux-gnu-*; do
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %q "$@"\n' "$cross/gcc/usr/lib/x86_64-linux-gnu" "$tool" \
			>"$work/aarch64-${tool##*/aarch64-linux-gnu-}"
	done
	ln -sf "$cross/bin/aarch64-linux-gnu-gcc" "$work/aarch64-gcc"
	chmod +x "$work"/aarch64-*
	made allnoconfig >"$work/log" || {
		cat "$work/log" >&2
		return 1
	}
	# make drops an option that another one forbids, and prints nothing.
	while IFS= read -r line; do
		grep -qx "$line" "$work/linux/.config" || {
			progress "this kernel does not take $line"
			return 1
		}
	done < <(grep ^CONFIG "$here/kernel-39.config")
	if ! made Image | tee -a "$work/log" | counted 'CC *' 724 files 'building a kernel'; then
		tail -n 20 "$work/log" >&2
		progress "it could not be built; the whole log: $work/log"
		return 1
	fi
	mkdir -p "$place/modules"
	cp "$work/linux/arch/arm64/boot/Image" "$place/vmlinuz"
	rm -rf "$work"
}

once cross-kernel-39 usable build "${1:-}"
printf '%s\n' "$place"
