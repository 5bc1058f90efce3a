#!/bin/bash
# SPDX-License-Identifier: MIT
# ImageMagick's pixel cache on disk, where it is not mapped: which operation it is decides whether a row
# of pixels is read at once, or each pixel by itself, and several times. The result is the same.
#
# Seen with Debian 12's ImageMagick 6.9.11.60+dfsg-1.6+deb12u15, of a picture of 200 x 200 pixels, with one thread. System
# calls pread64 and pwrite64 together:
#                     mapped (-limit map 100MiB)    not mapped (-limit map 0)
#     -flip                        4                        1604
#     -resize 50%                  5                       21305
#     -blur 0x2                    5                      128205
#     -rotate 30                   4                      163958    about 4 for each pixel of the picture
# So a filesystem that refuses shared mappings makes it some hundred times slower, and it says nothing.
#
# Needs apt-get and strace, and no root. Exits with 1 if any of this has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

version=8:6.9.11.60+dfsg-1.6
mkdir debs cache
(
	cd debs
	imagemagick=(imagemagick-6.q16 imagemagick-6-common libmagickcore-6.q16-6 libmagickwand-6.q16-6)
	for package in "${imagemagick[@]}"; do
		found=$(apt-cache madison "$package" | awk -v wanted="$version" 'index($3, wanted) == 1 { print $3; exit }')
		apt-get -qq -o APT::Sandbox::User=root download "$package=${found:?}"
	done
	apt-get -qq -o APT::Sandbox::User=root download liblqr-1-0 libfftw3-double3 liblcms2-2 libltdl7
	for deb in *.deb; do
		dpkg-deb -x "$deb" ..
	done
)
libraries=$(dirname "$work"/usr/lib/*/libMagickCore-6.Q16.so.6)
export LD_LIBRARY_PATH=$libraries MAGICK_CONFIGURE_PATH=$work/etc/ImageMagick-6 MAGICK_THREAD_LIMIT=1
MAGICK_CODER_MODULE_PATH=$(echo "$libraries"/ImageMagick-*/modules-*/coders)
export MAGICK_CODER_MODULE_PATH MAGICK_TEMPORARY_PATH=$work/cache
usr/bin/convert-im6.q16 -version | head -n 1

# calls MAP OPERATION...: how often the cache is read or written; what comes of it is in $work/MAP.
calls() {
	local map=$1
	shift
	strace -f -qq -o "$work/trace" -e trace=pread64,pwrite64 usr/bin/convert-im6.q16 \
		-limit memory 0 -limit map "$map" -limit area 1GiB -size 200x200 gradient: "$@" \
		-format '%#' info: >"$work/$map"
	grep -cE 'p(read|write)64\(' "$work/trace"
}

status=0
# expect MOST LEAST OPERATION...: mapped at most, not mapped at least so many calls; the same picture.
expect() {
	local most=$1 least=$2 mapped unmapped
	shift 2
	mapped=$(calls 100MiB "$@")
	unmapped=$(calls 0 "$@")
	printf '%-14s %6d mapped %8d not mapped\n' "$*" "$mapped" "$unmapped"
	if [ "$mapped" -gt "$most" ] || [ "$unmapped" -lt "$least" ] || ! cmp "$work/100MiB" "$work/0"; then
		echo "expected: at most $most mapped, at least $least not mapped, and the same picture"
		status=1
	fi
}
expect 20 1000 -flip
expect 20 15000 -resize 50%
expect 20 100000 -blur 0x2
expect 20 150000 -rotate 30
exit "$status"
