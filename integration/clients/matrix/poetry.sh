# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Poetry, by way of dulwich, locks a dependency that is in git. Judged by the commit that it has locked.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Poetry (dulwich)'
GROUP=git
MAPS='packs and their indexes: PROT_READ, MAP_SHARED, O_RDONLY'
ALONE=works
TOUCHED=yes
GUEST=none
NOTE='dulwich reads what it cannot map'

install() {
	local python
	python=$("$TOP/integration/clients/pypi.sh" poetry) && PROGRAM=("$python" "${python%/*}/poetry") &&
		VERSION=$("$python" -c "from importlib.metadata import version
print(version('poetry'), 'dulwich', version('dulwich'))")
}

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
