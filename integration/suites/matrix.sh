#!/bin/bash
# SPDX-License-Identifier: MIT
# The matrix: each client (clients/matrix/NAME.sh) does its job on a disk, on a mount that refuses
# shared mappings, on that mount under privmap, and under privmap where every mapping is refused;
# with --guest also in a QEMU guest on virtiofsd --cache=never, alone and under privmap.
#	matrix.sh			the clients that are quickly installed; and is MATRIX.md up to date?
#	matrix.sh [--guest] NAME...	these
#	matrix.sh --all			all, everywhere; writes MATRIX.md, and what README.md quotes of it
#
# A file of a client sets these variables:
#	TITLE
#	GROUP		git (the default), builds, models, stores, logs or "must not change"
#	MAPS		what it maps and how
#	ALONE		what it does on the refusing mount: works, fails, or wrong (it ends well with
#			another result)
#	DIES		in place of ALONE: the signal that kills it
#	SAYS		an extended regular expression for its message when it fails, or nothing
#	TOUCHED		yes: privmap has to serve it there; no: it must not
# It defines install (on the host; sets PROGRAM and VERSION), job (uses run; in an empty directory
# of the filesystem, with $URL, $SERVED, and $SCRATCH on a disk) and judge (compares with git's
# result, or with that of a copy). It may also set:
#	QUICK=yes	it is in make check
#	OPTIONS		of privmap
#	NOTE
#	TRACED=yes	no preload library reaches it; COPIED has the conditions of the rule that copies
#	UNDER=fails	by its nature it fails under privmap, too: on the refusing mount, and by
#			default in the other two places
#	ALL=fails	the same where every mapping is refused; ALL_SAYS is then its message
#	GUEST=fails	the same in the guest; none: it is not tried there, because the emulated
#			processor is slow and old
#	UNCHANGED=yes	under privmap, its status and output are exactly the same as alone
#	WAYS		other ways to serve it on the refusing mount, which are also tried: patched (by
#			privmapctl), as a child (of sh, which a profile serves)
# shellcheck disable=SC2031,SC2034,SC2154,SC2317 # check calls the functions; what is declared is by eval
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest/host.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/host.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/matrix-verdict.sh
. "$TOP/integration/clients/matrix-verdict.sh"
# shellcheck source-path=SCRIPTDIR source=../clients/matrix-table.sh
. "$TOP/integration/clients/matrix-table.sh"

all='' guest='' names=()
for word; do
	case $word in
	--all) all=1 guest=1 ;;
	--guest) guest=1 ;;
	*) names+=("$word") ;;
	esac
done
host_columns=(disk alone under all)
guest_columns=(guest-alone guest)
[ -z "$all" ] || host_columns+=(calls-alone calls-under)
results=$WORK/results settings=$WORK/settings
mkdir "$results" "$settings"

clients() {
	local file
	for file in "$TOP"/integration/clients/matrix/*.sh; do
		basename "$file" .sh
	done
}

# --- installing: in the user's own home, where cargo and pip have their settings ---

install_client() {
	(
		export HOME=$REAL_HOME
		[ -z "$REAL_CONFIG_HOME" ] || export XDG_CONFIG_HOME=$REAL_CONFIG_HOME
		set +eu
		PROGRAM='' VERSION=''
		# shellcheck source=/dev/null
		. "$TOP/integration/clients/matrix/$1.sh"
		install 1>&2 && [ -n "$PROGRAM" ] && declare -p PROGRAM VERSION >"$settings/$1"
	) 2> >(tee "$WORK/install.err" >&2)
}

installed=()
install_clients() {
	local name
	for name; do
		if install_client "$name"; then
			installed+=("$name")
		else
			not_ok "$name: is installed" "$(tail -n 20 "$WORK/install.err")"
		fi
	done
}

# --- the columns of the host ---

make_columns() {
	mount=$WORK/mount
	make_disk
	mount_refusing "$WORK/mount-source" "$mount" --timeout=1
}

# host_cell NAME COLUMN: in the background, so that an interrupt need not wait for it.
host_cell() {
	local place=$disk dir scratch=$disk/scratch
	case $2 in
	disk) ;;
	all) ! is_traced "$1" || place=$mount ;;
	*) place=$mount ;;
	esac
	dir=$place/$1
	mkdir -p "$dir" "$scratch" "$results/$1/$2"
	URL=$GITURL/x.git SERVED=$WORK/served XDG_CACHE_HOME=${CACHE%/*} \
		timeout -k 10 "${CELL_SECONDS:-180}" "$TOP/integration/clients/matrix-cell.sh" "$1" "$2" "$dir" "$scratch" \
		"$results/$1/$2" "$settings/$1" >"$results/$1/$2/cell" 2>&1 &
	running+=("$!")
	wait "$!" || :
	unset "running[-1]"
	rm -rf "$dir" "$scratch"
}

host_cells() {
	local name column
	for name in "${installed[@]}"; do
		for column in "${host_columns[@]}"; do
			host_cell "$name" "$column"
			case $column in calls-*) ;; *) tell_cell "$name" "$column" ;; esac
		done
		for column in $(ways "$name"); do
			host_cell "$name" "$column"
			tell_cell "$name" "$column"
		done
	done
}

# --- the guest ---

# start_guest: one guest for all clients; $guest is empty if none can run.
start_guest() {
	local kernel name
	if ! has_qemu; then
		guest=''
		return
	elif ! prepared "$guests/kernel.sh" current; then
		skip 'a guest' "$answer"
		guest=''
		return
	fi
	kernel=$answer
	prepared "$guests/virtiofsd.sh"
	export VIRTIOFSD=$answer
	guest=$BUILD/guest/matrix
	rm -rf "$guest"
	mkdir -p "$guest" "$disk/share"
	printf 'never\tvirtiofsd\t%s\n' "$disk/share" >"$guest/shares"
	"$TOP/integration/lib/repository.sh" --tiny "$WORK/tiny"
	SERVED=$WORK/tiny SETTINGS=$settings CLIENTS=() WHERE=("${guest_columns[@]}")
	for name in "${installed[@]}"; do
		! in_guest "$name" || CLIENTS+=("$name")
	done
	LIMIT=${GUEST_CELL_SECONDS:-900} XDG_CACHE_HOME=${CACHE%/*}
	declare -p BUILD SERVED SETTINGS CLIENTS WHERE LIMIT XDG_CACHE_HOME >"$WORK/job"
	progress 'booting a guest for the matrix'
	GUEST_SECONDS=${GUEST_SECONDS:-5400} boot_guest 'in the guest' "$kernel" "$guest" \
		"$guests/matrix.sh" "$WORK/job"
}

guest_cells() {
	local name column
	wait_for_guests
	check 'a guest boots, and powers off' powered_off "$guest" "${ended[0]}" 'powering off'
	for name in "${CLIENTS[@]}"; do
		for column in "${guest_columns[@]}"; do
			mkdir -p "$results/$name"
			[ ! -e "$disk/share/results/$name/$column" ] ||
				cp -R "$disk/share/results/$name/$column" "$results/$name/$column"
			tell_cell "$name" "$column"
		done
	done
}

# --- all of it ---

plain=''
if [ -n "$all" ]; then
	mapfile -t names < <(clients)
elif [ ${#names[@]} -eq 0 ]; then
	plain=1
	for name in $(clients); do
		! is_quick "$name" || names+=("$name")
	done
fi
install_clients "${names[@]}"
"$TOP/integration/lib/repository.sh" --small "$WORK/served"
serve_repositories "$WORK/served"
make_columns
[ -z "$guest" ] || start_guest
host_cells
[ -z "$guest" ] || guest_cells
if [ -n "$all" ]; then
	write_table "$TOP/integration/results/MATRIX.md"
	quote_table "$TOP/integration/results/MATRIX.md" "$TOP/README.md"
fi
if [ -n "$all$plain" ]; then
	check_table
fi
t_end
