#!/bin/bash
# SPDX-License-Identifier: MIT
# The Python wheel, for a user without root: pip installs it in a new virtual environment, where
# privmap finds its libraries, reads a rule file and serves gix.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cd "$WORK"
if ! python3 -m venv pip >"$out" 2>&1; then
	echo '1..0 # SKIP python3 has no venv'
	exit 0
fi
gix=$(client gix)
version=$(sed -n 's/^VERSION = //p' "$TOP/Makefile")
# The tools of make wheel come from PyPI, with the user's settings.
do_make() {
	at_home env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP" BUILD="$WORK/build" wheel
}
check 'make wheel' do_make
tagged() {
	wheel=$(echo build/privmap-"$version"-py3-none-manylinux_*.whl)
	echo "$wheel" && [ -e "$wheel" ]
}
check '  its tag names the glibc that it needs' tagged
has_licenses() {
	python3 -m zipfile -l "$wheel" >"$out" && grep -q 'licenses/LICENSE ' "$out" &&
		grep -q 'licenses/libconfig.copyright ' "$out"
}
check '  it has the licences of privmap and of libconfig' has_licenses
check 'pip installs it, from nothing else' \
	pip/bin/pip --disable-pip-version-check -q install --no-index "$wheel"
# Neither the build nor an installed privmap may help.
mv build built
check 'privmap finds both libraries in the environment' \
	prints "$WORK/pip/lib/libprivmap.so:$WORK/pip/lib/libprivmap-exec.so" pip/bin/privmap printenv LD_PRELOAD
own_libconfig() {
	ldd pip/lib/privmap/privmap-config.so | grep "libconfig.* => $WORK/pip/lib/privmap/"
}
check '  the loader has its own libconfig' own_libconfig
echo 'rules = ( { path = "*"; action = "publish"; } );' >wrong.conf
check '  it reads a rule file' ends 125 'privmap: .*wrong\.conf:1: .*publish.*' \
	pip/bin/privmap -c wrong.conf true
check '  and the examples' pip/bin/privmap --for list
check 'privmapctl starts' prints "privmapctl $version" pip/bin/privmapctl --version
own_zydis() {
	! ldd pip/bin/privmapctl | grep libZydis | grep -vF "$WORK/pip/"
}
check '  it has its own Zydis, if it was built with one' own_zydis

"$TOP/integration/lib/repository.sh" "$WORK/served"
serve_repositories "$WORK/served"
mount_refusing "$WORK/source" "$WORK/mnt"
refused() {
	says 'No such device' "$gix" --no-verbose clone "$GITURL/x.git" mnt/refused
}
check 'without it, a clone is refused' refused
cloned() {
	ends 0 '' pip/bin/privmap "$gix" --no-verbose clone "$GITURL/x.git" mnt/clone && fsck_clean mnt/clone
}
check 'privmap gix clone works' cloned
check 'pip removes all of it' pip/bin/pip --disable-pip-version-check -q uninstall -y privmap
gone() {
	! find pip -name '*privmap*' | grep .
}
check '  no file is left' gone
t_end
