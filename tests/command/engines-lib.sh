# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # lib.sh sets some, the tests use others
# Shared by engines*.sh: the mounts, the files, the program in both forms, and the comparison of
# both engines. Source it after lib.sh.

privmap=$BUILD/privmap
mount=$WORK/mount cached=$WORK/cached
mount_refusing "$WORK/source" "$mount"
mount_refusing "$WORK/cached source" "$cached" --cached

# Both have the same name, because rules ask for it.
mkdir "$WORK/preload" "$WORK/trace"
cp "$BUILD/integration/programs/mapsteps" "$WORK/preload/mapsteps"
cp "$BUILD/integration/programs/mapsteps-static" "$WORK/trace/mapsteps"

cd "$mount" || exit
mkdir -p x.git tree/.git dotfiles/objects dotfiles/refs
echo ref: refs/heads/main >dotfiles/HEAD
head -c 5000 /dev/urandom | tee x.git/in tree/file tree/.git/in dotfiles/file >out
printf 'SQLite format 3\0' | cat - out | tee x.git/database >"$WORK/database"
head -c 20000 /dev/urandom >x.git/large
cp out "$cached/out"
in=$mount/x.git/in large=$mount/x.git/large out_of=$mount/out

# --- the table ---

# p [OPTION...] -- STEP...: runs the program under privmap, which chooses the engine itself.
p() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	"$privmap" ${options[@]+"${options[@]}"} "$program" "$@"
}

# by_engine TEXT: runs TEXT in a shell under the program's engine; $1 is the program, $2 a file.
by_engine() {
	local engine=${program%/*}
	"$privmap" -e "${engine##*/}" sh -c "$1" sh "$program" "$in"
}

# transcript ENGINE COMMAND...: runs it in a new directory, and prints all its output, with the same
# name and pid for both programs.
transcript() {
	local engine=$1 program=$WORK/$1/mapsteps here=$WORK/here status=0 file
	shift
	rm -rf "$here"
	mkdir "$here"
	(
		cd "$here"
		"$@" >"$WORK/transcript.out" 2>"$WORK/transcript.err"
	) || status=$?
	{
		echo "status $status"
		cat "$WORK/transcript.out"
		sed 's/^/stderr: /' "$WORK/transcript.err"
		for file in "$here"/*; do
			[ ! -f "$file" ] || sed "s,^,${file##*/}: ," "$file"
		done
	} | sed -E "s,$WORK/(preload|trace)/,BIN/,g; s,(\[|\"pid\":|log\.)[0-9]+,\1PID,g; s,(--path ')[^']*(/mount/\*'),\1DIR\2,"
}

# has WANT FILE: FILE has the lines of WANT, in this order, maybe with others between them.
has() {
	diff -u --label wanted --label got <(echo "$1") "$2" >"$WORK/difference" || :
	cat "$WORK/difference"
	[ -s "$2" ] && ! tail -n +3 "$WORK/difference" | grep -q '^-'
}

# same TEXT WANT COMMAND...: both engines print the same, and WANT is in it.
same() {
	local text=$1 want=$2
	shift 2
	transcript preload "$@" >"$WORK/preload.out"
	transcript trace "$@" >"$WORK/trace.out"
	check "$text" has "$want" "$WORK/preload.out"
	check '  the same, traced' diff -u "$WORK/preload.out" "$WORK/trace.out"
}

# differ TEXT PRELOAD TRACE COMMAND...: the output of each engine; TEXT says why they differ.
differ() {
	local text=$1 preload=$2 trace=$3
	shift 3
	transcript preload "$@" >"$WORK/preload.out"
	transcript trace "$@" >"$WORK/trace.out"
	check "differs: $text: preloaded" has "$preload" "$WORK/preload.out"
	check '  traced' has "$trace" "$WORK/trace.out"
	check_fails '  that is not the same' diff -q "$WORK/preload.out" "$WORK/trace.out"
}
