#!/bin/bash
# initramfs.sh TREE FILE: makes FILE, the initrd of the guest's kernel: busybox, the script init,
# and the modules that are not built into the kernel in TREE.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$1 file=$2
# Each module comes after those that it needs.
modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci fuse virtiofs
	overlay netfs fscache 9pnet 9pnet_virtio 9p virtio_blk crc16 crc32c_generic libcrc32c mbcache jbd2
	ext4)

root=$(mktemp -d "${TMPDIR:-/tmp}/privmap-initramfs.XXXXXX")
trap 'rm -rf "$root"' EXIT
mkdir "$root"/{bin,dev,proc,modules,host,changes}
cp "$here/init" "$root/init"
cp "$(find "$tree" -path '*/bin/busybox' -print -quit)" "$root/bin/busybox"

n=10
for module in "${modules[@]}"; do
	found=$(find "$tree" -name "$module.ko*" -print -quit)
	unpacked=$root/modules/$n-$module.ko
	case $found in
	'') ;;
	*.ko.xz) xz -dc "$found" >"$unpacked" ;;
	*.ko.zst) zstd -qdc "$found" >"$unpacked" ;;
	*) cp "$found" "$unpacked" ;;
	esac
	n=$((n + 1))
done
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc | gzip -1) >"$file"
