# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# ImageMagick rotates a picture, with its pixel cache on the filesystem, which it uses for pictures
# that are too large for memory. Judged by the picture.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='ImageMagick, pixel cache'
GROUP='must not change'
MAPS='its cache, `magick-*`: PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR'
ALONE=works
UNCHANGED=yes
TOUCHED=no
GUEST=none
NOTE='it writes through a shared mapping, which is never touched: it says nothing, and reads and writes pixel by pixel, 390,000 calls for 200 × 200 of them where 2,000 do; with MAGICK_TEMPORARY_PATH elsewhere it is fast'

install() {
	local root files
	root=$("$TOP/integration/clients/deb.sh" imagemagick-6.q16 imagemagick-6-common libmagickcore-6.q16-6 \
		libmagickwand-6.q16-6 liblqr-1-0 libfftw3-double3 liblcms2-2 libltdl7) || return
	files=$(dirname "$root"/usr/lib/*/libMagickCore-*.so.6)
	PROGRAM=(env "LD_LIBRARY_PATH=$files" "MAGICK_CONFIGURE_PATH=$root/etc/ImageMagick-6"
		"MAGICK_CODER_MODULE_PATH=$(echo "$files"/ImageMagick-*/modules-*/coders)"
		"$root/usr/bin/convert-im6.q16")
	VERSION=$("${PROGRAM[@]}" -version | awk 'NR == 1 { print $3 }')
}

# turn DIRECTORY [RUN]: with the cache in that directory.
turn() {
	MAGICK_TEMPORARY_PATH=$1 "${@:2}" "${PROGRAM[@]}" -limit memory 0 -limit map 100MiB -limit area 0 \
		-size 50x50 gradient: -rotate 30 -blur 0x2 txt:-
}

job() {
	turn "$PWD" run
}

judge() {
	turn "$SCRATCH" >"$SCRATCH/picture" && [ -s "$SCRATCH/picture" ] && diff "$SCRATCH/picture" "$results/out"
}
