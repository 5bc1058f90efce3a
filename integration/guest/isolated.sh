#!/bin/bash
# SPDX-License-Identifier: MIT
# isolated.sh COMMAND [ARG]...: runs it in mount and process namespaces of its own, so that what it
# mounts is seen by nobody else, and what it starts ends with it, also when it is killed. ISOLATED
# in its environment says that it is so: yes, or no where there is no right to it.
# shellcheck disable=SC2317 # the trap calls the function
set -u

namespaces=(--mount --pid --fork --mount-proc)
if ! unshare "${namespaces[@]}" true 2>/dev/null; then
	ISOLATED=no exec "$@"
fi

# pass_on SIGNAL: to the command itself, which cleans up; unshare, deaf to signals, ends with it.
pass_on() {
	local child
	child=$(cat "/proc/$unshare/task/$unshare/children" 2>/dev/null)
	# shellcheck disable=SC2086 # one
	if [ -n "$child" ]; then
		kill "-$1" $child
	else
		kill -KILL "$unshare"
	fi
}
for signal in HUP INT TERM; do
	# shellcheck disable=SC2064 # now
	trap "pass_on $signal" "$signal"
done
ISOLATED=yes env --default-signal=INT,QUIT setpriv --pdeathsig KILL \
	unshare "${namespaces[@]}" --kill-child "$@" &
unshare=$!
status=0
wait "$unshare" || status=$?
# A signal ends the waiting only.
while kill -0 "$unshare" 2>/dev/null; do
	status=0
	wait "$unshare" || status=$?
done
exit "$status"
