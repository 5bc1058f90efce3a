# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Mercurial with its experimental option that maps indexes: the log with its changes, in a
# repository whose changelog has a separate index. Judged by the same on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Mercurial 6.3, experimental.mmapindexthreshold'
GROUP=git
MAPS='`.hg/store/00changelog.i` and other indexes: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='abort: No such device'
TOUCHED=yes
GUEST=none
NOTE='version 7 reads what it cannot map'

install() {
	local python
	python=$("$TOP/integration/clients/pypi.sh" mercurial) && PROGRAM=("$python" "${python%/*}/hg") &&
		VERSION=$("${PROGRAM[@]}" --version -q | sed -n 's/.*version \([^)]*\)).*/\1/p')
}

hg() {
	HGRCPATH='' "$@" --config experimental.mmapindexthreshold=1 --config ui.username=a
}

# Long messages split the changelog into data and index.
job() {
	local n
	hg "${PROGRAM[@]}" init "$SCRATCH/made" || return
	for n in {1..8}; do
		echo "$n" >"$SCRATCH/made/file" && seq "$n" 4000 | sha512sum | cut -c 1-60 >"$SCRATCH/message" &&
			head -c 16000 /dev/urandom | base64 -w 0 >>"$SCRATCH/message" &&
			hg "${PROGRAM[@]}" -R "$SCRATCH/made" commit -q -A -l "$SCRATCH/message" "$SCRATCH/made/file" || return
	done
	cp -a "$SCRATCH/made" . && hg run "${PROGRAM[@]}" -R made log -p || return 1
}

judge() {
	hg "${PROGRAM[@]}" -R "$SCRATCH/made" log -p >"$SCRATCH/log" && [ -s "$SCRATCH/log" ] &&
		diff "$SCRATCH/log" "$results/out"
}
