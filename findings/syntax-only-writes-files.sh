#!/bin/bash
# SPDX-License-Identifier: MIT
# gcc -fsyntax-only checks a source and, as its manual says, does nothing beyond that. With an option
# that asks for notes about functions it leaves a file in the current directory all the same, named
# after an output a.out that nobody makes:
#     gcc -fsyntax-only -fstack-usage x.c           a-x.su, empty
#     gcc -fsyntax-only -ftest-coverage x.c         a-x.gcno
#     gcc -fsyntax-only -fcallgraph-info x.c        a-x.ci
#     ... | gcc -fsyntax-only -fstack-usage -x c -  a--.su
# So a build that asks its compiler such a question with the user's CFLAGS litters the source's
# directory, or fails where that may not be written. clang leaves nothing.
#
# Seen with Debian 12's gcc 12.2.0-14+deb12u1 and clang 14.0.6. Needs apt-get of Debian 12. Exits
# with 1 if this has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
cd "$work"
(
	mkdir debs
	cd debs
	apt-get -qq -o APT::Sandbox::User=root download gcc-12=12.2.0-14+deb12u1 cpp-12=12.2.0-14+deb12u1 \
		libisl23=0.25-1.1 libmpc3=1.3.1-1 libmpfr6=4.2.0-1 libgmp10=2:6.2.1+dfsg1-1.1 \
		clang-14=1:14.0.6-12 libclang-cpp14=1:14.0.6-12 libclang-common-14-dev=1:14.0.6-12 \
		libllvm14=1:14.0.6-12
	for deb in *.deb; do
		dpkg-deb -x "$deb" ..
	done
)
below() { find "$work" -name "$1" -printf '%h\n' | head -n 1; }
LD_LIBRARY_PATH=$(below libisl.so.23):$(below libLLVM-14.so.1)
export LD_LIBRARY_PATH
mkdir here
cd here
echo 'int three(void) { return 3; }' >x.c

status=0
# expect FILES COMMAND...: those it leaves, beside the source.
expect() {
	local wanted=$1 left
	shift
	"$@" <x.c
	left=$(find . -type f ! -name x.c -printf '%f %s\n' | sed 's/ 0$/ (empty)/; s/ [0-9]*$//')
	find . -type f ! -name x.c -delete
	echo "${1##*/} ${*:2}: ${left:-nothing}"
	[ "$left" = "$wanted" ] || { echo "  seen before: ${wanted:-nothing}" && status=1; }
}
gcc=$work/usr/bin/gcc-12 clang=$work/usr/bin/clang-14
expect '' "$gcc" -fsyntax-only x.c
expect 'a-x.su (empty)' "$gcc" -fsyntax-only -fstack-usage x.c
expect a-x.gcno "$gcc" -fsyntax-only -ftest-coverage x.c
expect a-x.ci "$gcc" -fsyntax-only -fcallgraph-info x.c
expect 'a--.su (empty)' "$gcc" -fsyntax-only -fstack-usage -x c -
expect '' "$clang" -fsyntax-only -fstack-usage x.c
exit $status
