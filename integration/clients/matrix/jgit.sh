# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# JGit with core.packedGitMMAP, as Gerrit runs it: reads the log, a tree, every object, packs in
# windows of 8 KiB. Judged by git's log, ls-tree and cat-file.
# shellcheck disable=SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='JGit, core.packedGitMMAP'
GROUP=git
MAPS='each pack, one mapping for 8 KiB of it (core.packedGitWindowSize), PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=fails
SAYS='Missing unknown [0-9a-f]{40}'
TOUCHED=yes

install() {
	PROGRAM=$("$TOP/integration/clients/jgit.sh") &&
		VERSION=$(basename "$PROGRAM"/org.eclipse.jgit-*.jar | sed 's/^[^-]*-//; s/\.20.*//')
}

# With little memory, for a guest; user.home is where it looks for .gitconfig.
job() {
	git config --file "$SCRATCH/.gitconfig" core.packedGitMMAP true &&
		git clone --quiet "$URL" clone &&
		run java -Xmx64m -XX:TieredStopAtLevel=1 -Duser.home="$SCRATCH" -cp "$PROGRAM:$PROGRAM/*" \
			Reads clone >got
}

judge() {
	reads_as_git clone got
}
