# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The result of one cell of the matrix, and whether it is the one in the client's file.
# $results/NAME/COLUMN has the files of matrix-cell.sh.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # declared by eval, and for those who source this

# described NAME: prints the variables of the client's file, for eval.
described() {
	(
		set +eu
		TITLE='' GROUP=git MAPS='' ALONE=works SAYS='' DIES='' TOUCHED=yes QUICK=no TRACED=no NOTE=''
		UNDER=works ALL='' GUEST='' ALL_SAYS='' UNCHANGED=no WAYS=''
		# shellcheck source=/dev/null
		. "$TOP/integration/clients/matrix/$1.sh"
		: "${ALL:=$UNDER}" "${GUEST:=$UNDER}" "${ALL_SAYS:=$SAYS}"
		declare -p TITLE GROUP MAPS ALONE SAYS DIES TOUCHED QUICK TRACED NOTE UNDER ALL GUEST ALL_SAYS UNCHANGED WAYS
	)
}

is_quick() {
	eval "$(described "$1")"
	[ "$QUICK" = yes ]
}

# in_guest NAME: succeeds if the guest tries it.
in_guest() {
	eval "$(described "$1")"
	[ "$GUEST" != none ]
}

is_traced() {
	eval "$(described "$1")"
	[ "$TRACED" = yes ]
}

ways() {
	eval "$(described "$1")"
	echo "$WAYS"
}

# counted_in FIELD FILE: prints the sum over the lines of a report, which are one for each process.
counted_in() {
	[ ! -e "$2" ] || tr ',' '\n' <"$2" | awk -F : -v field="\"$1\"" '$1 == field { sum += $2 }
		END { print sum + 0 }'
}

# read_cell NAME COLUMN: sets CELL (its directory), STATUS, WENT (works, wrong, fails or unfinished),
# CONVERTED and BUFFERED.
read_cell() {
	CELL=$results/$1/$2 WENT=unfinished STATUS=''
	CONVERTED=$(counted_in converted "$CELL/report") BUFFERED=$(counted_in buffered "$CELL/report")
	if [ "$2" = patched ] && [ -e "$CELL/log" ]; then
		CONVERTED=$(grep -c ': converted ' "$CELL/log" || :) BUFFERED=$(grep -c ': buffered ' "$CELL/log" || :)
	fi
	: "${CONVERTED:=0}" "${BUFFERED:=0}"
	[ -e "$CELL/status" ] || return 0
	STATUS=$(cat "$CELL/status")
	if [ "$STATUS" -ne 0 ]; then
		WENT=fails
	elif [ -e "$CELL/judged" ]; then
		WENT=wrong
		[ "$(cat "$CELL/judged")" -ne 0 ] || WENT=works
	fi
}

# said REGEX: prints the first matching line of the client.
said() {
	grep -ohaE -m 1 -- "$1" "$CELL/err" "$CELL/out" | head -n 1
}

# unchanged DIR: its status and output are exactly the same as in the cell DIR.
unchanged() {
	cmp -s "$CELL/status" "$1/status" && cmp -s "$CELL/out" "$1/out" && cmp -s "$CELL/err" "$1/err"
}

# verdict NAME COLUMN: sets TEXT, for the table, and AS_SAID: yes if it is what the file says.
verdict() {
	local want says message=''
	eval "$(described "$1")"
	read_cell "$1" "$2"
	says=$SAYS
	case $2 in
	disk) want=works ;;
	alone | guest-alone) want=$ALONE ;;
	under | patched | child) want=$UNDER ;;
	guest) want=$GUEST ;;
	all) want=$ALL says=$ALL_SAYS ;;
	esac
	AS_SAID=yes TEXT=$WENT
	# Silently wrong is the worst result.
	[ "$WENT" != wrong ] || [ -s "$CELL/err" ] || TEXT='wrong, status 0, and says nothing'
	[ "$WENT" = "$want" ] || AS_SAID=no
	if [ "$WENT" = fails ]; then
		if [ -n "$DIES" ]; then
			message=SIG$(kill -l "$STATUS" 2>/dev/null) || message="status $STATUS"
			[ "$message" = "$DIES" ] || AS_SAID=no
		elif [ "$says" = nothing ]; then
			message="status $STATUS, and says nothing"
			[ ! -s "$CELL/err" ] && [ ! -s "$CELL/out" ] || AS_SAID=no
		elif [ -z "$says" ] || ! message=$(said "$says") || [ "$STATUS" -gt 128 ]; then
			AS_SAID=no message="status $STATUS"
		fi
		TEXT="fails: $message"
	fi
	case $2 in
	under | guest | all | patched | child)
		[ "$CONVERTED" -eq 0 ] || TEXT+=", $CONVERTED converted"
		[ "$BUFFERED" -eq 0 ] || TEXT+=", $BUFFERED buffered"
		[ $((CONVERTED + BUFFERED)) -ne 0 ] || TEXT+=', untouched'
		;;
	esac
	case $2,$TOUCHED in
	under,yes | guest,yes | patched,yes | child,yes) [ $((CONVERTED + BUFFERED)) -gt 0 ] || AS_SAID=no ;;
	under,no | guest,no) [ $((CONVERTED + BUFFERED)) -eq 0 ] || AS_SAID=no ;;
	esac
	case $2,$UNCHANGED in
	under,yes) unchanged "$results/$1/alone" ;;
	guest,yes) unchanged "$results/$1/guest-alone" ;;
	esac || AS_SAID=no TEXT+=', otherwise than alone'
	[ "$AS_SAID" = yes ] || TEXT="**$TEXT**"
}

declare -A LABEL=([disk]='on a disk' [alone]='on the refusing mount, alone'
	[under]='on the refusing mount, under privmap' [all]='every mapping refused, under privmap'
	[patched]='on the refusing mount, patched' [child]='on the refusing mount, as a child of sh'
	[guest-alone]='in the guest, alone' [guest]='in the guest, under privmap')

# tell_cell NAME COLUMN: one test.
tell_cell() {
	local text file
	verdict "$1" "$2"
	text="$1, ${LABEL[$2]}: ${TEXT//\*/} ($(cat "$CELL/seconds" 2>/dev/null || echo '?') s)"
	if [ "$AS_SAID" = yes ]; then
		ok "$text"
	else
		not_ok "$text" "$(for file in cell err out judge report; do
			[ ! -s "$CELL/$file" ] || tail -n 12 "$CELL/$file" | sed "s/^/$file: /"
		done 2>/dev/null | cut -c 1-300)"
	fi
}
