# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# hg-git, through dulwich: Mercurial clones a git repository, which is on the same filesystem.
# Judged by git log.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR source=../by-dulwich.sh
. "$TOP/integration/clients/by-dulwich.sh" mercurial hg-git hg
TITLE='hg-git (dulwich)'

hg() {
	HGRCPATH='' "$@" --config extensions.hggit=
}

job() {
	git clone --quiet --bare "$URL" x.git && hg run "${PROGRAM[@]}" clone -q -U x.git clone || return 1
}

judge() {
	[ "$(hg "${PROGRAM[@]}" -R clone log -T '.' -r 'all()' | wc -c)" -eq "$(git -C x.git rev-list --all | wc -l)" ]
}
