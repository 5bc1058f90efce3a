#!/bin/bash
# SPDX-License-Identifier: MIT
# isolated.sh COMMAND [ARG]...: runs COMMAND in separate mount and process namespaces. No other
# process sees its mounts, and its processes end with it, even if it is killed. Sets ISOLATED in its
# environment: yes, or no if this user may not create namespaces.
# shellcheck disable=SC2317 # the trap calls the function
set -u

namespaces=(--mount --pid --fork --mount-proc)
if ! unshare "${namespaces[@]}" true 2>/dev/null; then
	ISOLATED=no exec "$@"
fi

# pass_on SIGNAL: sends SIGNAL to COMMAND, which cleans up. unshare ignores signals and ends after
# COMMAND.
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
# A signal ends only the wait.
while kill -0 "$unshare" 2>/dev/null; do
	status=0
	wait "$unshare" || status=$?
done
exit "$status"
