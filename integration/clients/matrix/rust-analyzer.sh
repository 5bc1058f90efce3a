# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# An editor opens a crate with a git dependency, with CARGO_HOME in the column, and asks rust-analyzer
# about a name of the dependency. rust-analyzer starts cargo, which clones the dependency. Judged by
# the answers on a disk. PROGRAM is cargo, because that is what a user would patch.
# shellcheck disable=SC2034,SC2153,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR/.. source=git-dependency.sh
. "$TOP/integration/clients/git-dependency.sh"

TITLE='rust-analyzer in an editor, git dependency (cargo, libgit2)'
GROUP=builds
MAPS='as cargo, which it starts'
ALONE=fails
SAYS='failed to mmap\. Could not write data: No such device'
TOUCHED=yes
GUEST=none
WAYS='patched child'
NOTE='alone the editor knows nothing about the dependency'

install() {
	local rust
	rust=$(client rust) && PROGRAM=${rust%/bin}/usr/bin/cargo &&
		VERSION=$("$("$TOP/integration/clients/trixie.sh")/usr/bin/rust-analyzer" --version | awk '{ print $2 }')
}

# It knows no Rust newer than this one, and shall not compile.
options='{ "cargo": { "sysroot": null, "buildScripts": { "enable": false } }, "procMacro": { "enable": false },
	"checkOnSave": false }'

# edit PLACE [RUN]: the editor's work in the directory PLACE; RUN starts the server. cargo finds its
# libraries by LD_LIBRARY_PATH.
edit() {
	local rust pid server=("${@:2}")
	rust=$(client rust) && rust=${rust%/bin} && server+=("$(client trixie)/usr/bin/rust-analyzer") &&
		make_program "$1" || return
	export CARGO=$SCRATCH/cargo RUSTC=$rust/bin/rustc
	printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec "%s" "$@"\n' \
		"$rust/usr/lib/x86_64-linux-gnu:$rust/lib/x86_64-linux-gnu" "$PROGRAM" >"$CARGO" && chmod +x "$CARGO" || return
	coproc "${server[@]}"
	pid=$!
	python3 "$TOP/integration/clients/editor.py" "$1/program" src/main.rs answer "$options" "$SCRATCH/answers" \
		<&"${COPROC[0]}" >&"${COPROC[1]}" && wait "$pid" && cat "$SCRATCH/answers"
}

job() {
	make_crate && edit "$PWD" run
}

judge() {
	edit "$SCRATCH" | diff - "$results/out" && [ -s "$results/out" ]
}
