# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The cache of builds and downloads: its place, one builder at a time, progress.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/privmap

# progress TEXT: one line on stderr before or during a step that takes long.
progress() {
	printf 'privmap: %s\n' "$*" >&2
}

# recipe_key TEXT...: prints a short name for a recipe, so that results of older recipes are not
# used.
recipe_key() {
	printf '%s\n' "$@" "$(uname -m)" | sha256sum | cut -c1-12
}

# once NAME USABLE BUILD [--cached]: runs the function BUILD unless USABLE succeeds. With --cached it
# never builds: it fails while there is nothing to use. Two runs at once do not clash: the second waits
# for the first. The lock is the kernel's, so a killed run leaves none.
once() {
	! "$2" || return 0
	[ "${4:-}" != --cached ] || return
	mkdir -p "$CACHE"
	exec 9>"$CACHE/$1.lock"
	if ! flock -n 9; then
		progress "another run is preparing $1: waiting for it"
		flock 9
	fi
	if ! "$2"; then
		"$3"
		"$2" || {
			progress "$1 was built but does not work"
			return 1
		}
	fi
	exec 9>&-
}

# counted PATTERN TOTAL UNITS TEXT: reads a build's output, and says from time to time how many
# lines match; each means one unit. Rewrites the line on a terminal; prints one every 20 s into a
# log.
counted() {
	local n=0 line last=$SECONDS step=20 end='\n'
	if [ -t 2 ]; then
		step=1 end='\r'
	fi
	while read -r -t "$step" line || [ $? -gt 128 ]; do
		# shellcheck disable=SC2254 # a pattern is what is wanted
		case $line in $1) n=$((n + 1)) ;; esac
		line=
		[ $((SECONDS - last)) -ge "$step" ] || continue
		last=$SECONDS
		printf 'privmap: %s: %d of %d %s%b' "$4" "$n" "$2" "$3" "$end" >&2
	done
	[ "$end" = '\n' ] || printf '\033[K' >&2
}
