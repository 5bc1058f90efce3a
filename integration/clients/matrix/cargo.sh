# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# cargo builds a crate with a git dependency, with CARGO_HOME and the target directory in the column:
# the database of the dependency, git/db/NAME, is a bare repository. Judged by git's own checkout of
# the dependency, git fsck, and what the program prints.
# shellcheck disable=SC2034,SC2317 # read and called by the runner
# shellcheck source-path=SCRIPTDIR/.. source=git-dependency.sh
. "$TOP/integration/clients/git-dependency.sh"

TITLE='cargo, git dependency (libgit2)'
GROUP=builds
MAPS='the new pack, piece by piece: PROT_READ, MAP_SHARED, O_RDWR; the pack and its index: O_RDONLY'
ALONE=fails
SAYS='failed to mmap\. Could not write data: No such device'
TOUCHED=yes
NOTE='cargo 1.95 with libgit2 1.9.2 does as this one'

install() {
	PROGRAM=$(client rust)/cargo &&
		VERSION=$("$PROGRAM" --version --verbose |
			sed -n 's/^release: //p; s/^libgit2: \([^ ]*\).*/(libgit2 \1)/p' | paste -s -d ' ')
}

job() {
	make_crate && make_program "$PWD" || return
	export RUSTC=${PROGRAM%/*}/rustc
	run "$PROGRAM" build --quiet --manifest-path program/Cargo.toml
}

judge() {
	local databases=(home/git/db/*) checkouts=(home/git/checkouts/*/*)
	git -C "${databases[0]}" fsck --full --strict --no-dangling refs/remotes/origin/HEAD 2>&1 |
		diff /dev/null - &&
		diff <(git -C "$SCRATCH/crate" rev-list --objects HEAD) \
			<(git -C "${databases[0]}" rev-list --objects --all) &&
		diff -r --no-dereference --exclude=.git --exclude=.cargo-ok \
			"$SCRATCH/crate" "${checkouts[0]}" &&
		[ "$(program/target/debug/program)" = 42 ]
}
