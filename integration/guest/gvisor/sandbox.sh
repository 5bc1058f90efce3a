# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Runs programs in gVisor. Sourced, behind lib.sh, by suites that isolated.sh runs and that have set $disk and
# $mount, the directories that a sandbox may write to.
# shellcheck disable=SC2154 # set there

state=$WORK/sandboxes

end_sandboxes() {
	local name
	for name in $("$runsc" --root "$state" list -quiet 2>/dev/null); do
		"$runsc" --root "$state" delete -force "$name" >/dev/null 2>&1 || :
	done
}

# inside COMMAND...: in a sandbox of its own that has loopback only. Its stdout and stderr must be two
# files, or pipes: what is written to one file by two descriptors is overwritten.
inside() {
	local bundle
	bundle=$(mktemp -d "$WORK/bundle.XXXXXX")
	TMPDIR=$disk/tmp "$python" "$TOP/integration/guest/gvisor/bundle.py" "$bundle" "$disk" "$mount" -- "$@" || return
	timeout -k 10 800 "$runsc" --root "$state" --network=none --ignore-cgroups --platform="$platform" \
		run -bundle "$bundle" "${bundle##*.}" </dev/null
}

# starts PLATFORM: it can, by this way to catch system calls.
starts() {
	"$runsc" --root "$state" --network=none --ignore-cgroups --platform="$1" 'do' true \
		>"$out" 2>"$err" </dev/null
}

# Sets what the others need; sandboxes end with the script. Fails, with why in $answer, if there can be none.
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
