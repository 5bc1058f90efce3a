# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Poetry locks a dependency in git, through dulwich. Judged by the locked commit.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
# shellcheck source-path=SCRIPTDIR source=../by-dulwich.sh
. "$TOP/integration/clients/by-dulwich.sh" poetry poetry poetry
TITLE='Poetry (dulwich)'

project() {
	printf '[project]\nname = "%s"\nversion = "1"\nrequires-python = ">=3.8"\n' "$1"
}

job() {
	git clone --quiet "$SERVED/x.git" "$SCRATCH/dep" && project dep >"$SCRATCH/dep/pyproject.toml" &&
		git -C "$SCRATCH/dep" add -A && git -C "$SCRATCH/dep" commit --quiet -m project && mkdir top cache || return
	{
		project top
		echo "dependencies = [ \"dep @ git+file://$SCRATCH/dep\" ]"
	} >top/pyproject.toml
	export POETRY_CACHE_DIR=$PWD/cache POETRY_CONFIG_DIR=$SCRATCH/config
	run "${PROGRAM[@]}" -n -C top lock
}

judge() {
	grep -qF "$(git -C "$SCRATCH/dep" rev-parse HEAD)" top/poetry.lock
}
