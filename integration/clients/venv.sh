# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Makes a python with some wheels. Source it after cache.sh.

# shellcheck disable=SC2034 # for who sources this
python_version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# make_venv NAME PLACE WHEEL...: makes it elsewhere, and moves it to PLACE when it is complete.
# (Only python itself runs from there, which finds its venv at any place.)
make_venv() {
	local work=$CACHE/$1-build place=$2
	shift 2
	rm -rf "$work" "$place"
	python3 -m venv "$work"
	"$work/bin/python" -m pip install --quiet --quiet --disable-pip-version-check \
		--only-binary :all: "$@" >&2
	mv -T "$work" "$place"
}
