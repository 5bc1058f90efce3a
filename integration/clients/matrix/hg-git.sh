# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# hg-git, by way of dulwich: Mercurial clones a git repository, which lies there, too. Judged by git log.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='hg-git (dulwich)'
GROUP=git
MAPS='packs and their indexes: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=works
TOUCHED=yes
GUEST=none
NOTE='dulwich reads what it cannot map'

install() {
	local python
	python=$("$TOP/integration/clients/pypi.sh" mercurial) && PROGRAM=("$python" "${python%/*}/hg") &&
		VERSION=$("$python" -c "from importlib.metadata import version
print(version('hg-git'), 'dulwich', version('dulwich'))")
}

hg() {
	HGRCPATH='' "$@" --config extensions.hggit=
}

job() {
	git clone --quiet --bare "$URL" x.git && hg run "${PROGRAM[@]}" clone -q -U x.git clone || return 1
}

judge() {
	[ "$(hg "${PROGRAM[@]}" -R clone log -T '.' -r 'all()' | wc -c)" -eq "$(git -C x.git rev-list --all | wc -l)" ]
}
