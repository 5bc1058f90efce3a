# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs programs in gVisor. Source it after lib.sh, in a suite that isolated.sh runs. The suite must
# set $disk and $mount, the directories that a sandbox may write to.
# shellcheck disable=SC2154 # the suite sets them

state=$WORK/sandboxes

end_sandboxes() {
	local name
	for name in $("$runsc" --root "$state" list -quiet 2>/dev/null); do
		"$runsc" --root "$state" delete -force "$name" >/dev/null 2>&1 || :
	done
}

# inside COMMAND...: runs COMMAND in a new sandbox, whose only network is loopback. Its stdout and
# stderr must be two files, or pipes: two descriptors of one file overwrite each other's output.
inside() {
	local bundle
	bundle=$(mktemp -d "$WORK/bundle.XXXXXX")
	TMPDIR=$disk/tmp "$python" "$TOP/integration/guest/gvisor/bundle.py" "$bundle" "$disk" "$mount" -- "$@" || return
	timeout -k 10 800 "$runsc" --root "$state" --network=none --ignore-cgroups --platform="$platform" \
		run -bundle "$bundle" "${bundle##*.}" </dev/null
}

# starts PLATFORM: succeeds if runsc works with this way to catch system calls.
starts() {
	"$runsc" --root "$state" --network=none --ignore-cgroups --platform="$1" 'do' true \
		>"$out" 2>"$err" </dev/null
}

# Sets the variables that the other functions need. Sandboxes end with the script. Fails, with the
# reason in $answer, if no sandbox can run here.
prepare_sandboxes() {
	if [ "$ISOLATED" != yes ] || [ "$(id -u)" -ne 0 ]; then
		answer='only root can start it here'
		return 1
	fi
	prepared "$TOP/integration/guest/gvisor/runsc.sh" || return
	runsc=$answer
	python=$(python3 -c 'import sys; print(sys.executable)')
	trap 'ended=$?; set +e; end_sandboxes; (exit "$ended"); cleanup' EXIT
	platform=systrap
	starts "$platform" || platform=ptrace
	if ! starts "$platform"; then
		answer="it cannot run here: $(tail -n 1 "$err")"
		return 1
	fi
	mkdir -p "$disk/tmp"
}
