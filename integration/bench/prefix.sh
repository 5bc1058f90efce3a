# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The cost of privmap before a command, with preload or tracing. A topic of bench.sh.

topic prefix 'The command before a program'
text <<-'END'
	The program does nothing: it is /bin/true, or a static one, which is traced.
END
static=$BUILD/integration/bench/nothing-static
for kind in dynamic static; do
	program=/bin/true
	[ "$kind" = dynamic ] || program=$static
	variant env env "$program"
	variant env-again env "$program"
	ours privmap @/privmap "$program"
	[ "$kind" = static ] || variant eatmydata eatmydata "$program"
	variant strace strace -f -o /dev/null "$program"
	variant strace-bpf strace -f --seccomp-bpf -e trace=mmap -o /dev/null "$program"
	variant proot proot "$program"
	run 10 pin "$kind"
done

plot ratio 'times as long as with env before it' 'How much longer does a command take with privmap before it?'
ratio 'privmap true / env true' dynamic/privmap dynamic/env 1.5
ratio 'privmap, a static program / env' static/privmap static/env 3
ratio "privmap true / eatmydata true" dynamic/privmap dynamic/eatmydata 1
ratio 'eatmydata true / env true' dynamic/eatmydata dynamic/env ''
for kind in dynamic static; do
	ratio "strace -f / env, $kind" "$kind/strace" "$kind/env" ''
	ratio "strace -f --seccomp-bpf -e mmap / env, $kind" "$kind/strace-bpf" "$kind/env" ''
	ratio "proot / env, $kind" "$kind/proot" "$kind/env" ''
	ratio "noise: env / env, $kind" "$kind/env-again" "$kind/env" ''
done
