#!/bin/bash
# SPDX-License-Identifier: MIT
# Repeats tests under AddressSanitizer with UndefinedBehaviorSanitizer, ThreadSanitizer and
# valgrind: with an instrumented library, and with the normal library in an instrumented host.
# sanitizers.sh [address|thread|valgrind|exec]...: runs only these. exec: libprivmap-exec.so in its
# suite, by gcc and by clang.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS LDFLAGS
export STRESS_ROUNDS=200
# programs_for SANITIZERS: sets programs. ThreadSanitizer finds nothing in those without threads.
programs_for() {
	local file program
	programs=()
	for file in "$TOP"/tests/{unit,rulefile,preloaded}/*.c; do
		program=${file#"$TOP"/tests/} program=${program%.c}
		case $program in
		preloaded/refuse) ;;
		preloaded/*-host) ;; # they measure the stack, and sanitizers use more
		rulefile/config-mutations | rulefile/config-host) ;; # thousands of processes each, and no hooks
		*)
			if [ "$1" != thread ] || grep -qE 'pthread|-stress\.c' "$file"; then
				programs+=("$program")
			fi
			;;
		esac
	done
}

# builds SANITIZERS: builds all that the tests need, in $build.
builds() {
	make -s -j2 -C "$TOP" BUILD="$build" CC=gcc CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=$1" \
		all "$build/tests/preloaded/refuse.so" "${programs[@]/#/$build/tests/}" >"$WORK/made" 2>&1 || {
		grep -vE '^  (CC|LD|AR) ' "$WORK/made"
		return 1
	}
}

# A host that is built with a sanitizer, and the normal library.
make_host() {
	local file
	rm -rf "$host"
	mkdir -p "$host/tests/preloaded"
	ln -s "$BUILD/libprivmap.so" "$BUILD/privmap-config.so" "$BUILD/integration" "$host"
	for file in "$build"/tests/preloaded/*; do
		ln -s "$file" "$host/tests/preloaded"
	done
	rm -f "$host/tests/preloaded/refuse.so"
	ln -s "$BUILD/tests/preloaded/refuse.so" "$host/tests/preloaded"
}

# sanitized DIRECTORY PROGRAM: a report on stderr is a failure, even if the program goes on.
sanitized() {
	BUILD=$1 TEST_RUNTIME=$runtime ASAN_OPTIONS=$asan_options TSAN_OPTIONS=$tsan_options \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$TOP/tests/run" "$1/tests/$2"
}
tsan_options=halt_on_error=1
# Leaks of a host do not matter; the library allocates nothing that a leak checker sees.
asan_options=detect_leaks=0

# Topics with threads, or with children and handlers that act like threads; ThreadSanitizer finds
# nothing in the rest.
with_threads=threads,races,halfway,processes,signals,executed,descriptors,limits,rewritten

# suite_says_nothing MODE: the conformance suite, with an instrumented library. Ignores
# AddressSanitizer's own sigaltstack, called by a thread that was cancelled in the middle of a
# function, and ThreadSanitizer's runtime when it has no memory because a case limits that. A thread
# that is cancelled in the middle of ThreadSanitizer's runtime never releases its locks.
suite_says_nothing() {
	local cases=() lines=2000
	[ "$sanitizers" != thread ] || cases=(--only "$with_threads" --but threads.cancel-asynchronously) lines=400
	BUILD=$build TEST_RUNTIME=$runtime ASAN_OPTIONS=$asan_options:$own_handlers \
		TSAN_OPTIONS=$own_handlers:die_after_fork=0 UBSAN_OPTIONS=print_stacktrace=1 \
		"$TOP/integration/suites/conformance.sh" --answers "$1" "${cases[@]}" >"$out" 2>"$err" || return 1
	[ "$(wc -l <"$out")" -gt "$lines" ] || return 1
	grep -E 'SUMMARY: AddressSanitizer|runtime error:|WARNING: ThreadSanitizer' "$err" |
		grep -v ' in __interceptor_sigaltstack$' >"$WORK/found" || :
	head -n 20 "$WORK/found"
	[ ! -s "$WORK/found" ]
}

# tracer_says_nothing MODE: the same for the traced program; the tracer itself has no stderr.
tracer_says_nothing() {
	local options=log_path=$WORK/tracer cases=() lines=2000
	[ "$sanitizers" != thread ] || cases=(--only "$with_threads") lines=400
	rm -f "$WORK"/tracer.*
	BUILD=$build ASAN_OPTIONS=$options:detect_leaks=0 TSAN_OPTIONS=$options UBSAN_OPTIONS=$options \
		"$TOP/integration/suites/conformance.sh" --answers "$1" "${cases[@]}" >"$out" 2>"$err" || return 1
	[ "$(wc -l <"$out")" -gt "$lines" ] || return 1
	cat "$err"
	head -n 20 "$WORK"/tracer.* 2>/dev/null || :
	! [ -e "$(compgen -G "$WORK/tracer.*" | head -n 1)" ] && [ ! -s "$err" ]
}
own_handlers=handle_segv=0:handle_sigbus=0:allow_user_segv_handler=1

# exec_says_nothing COMPILER RUNTIME OPTION...: the suite of libprivmap-exec.so, which hands
# programs over. Only that library is instrumented: its reports are among the answers, or on stderr.
exec_says_nothing() {
	local compiler=$1 runtime=$2 build=$WORK/exec-$1 file
	shift 2
	make -s -j2 -C "$TOP" BUILD="$build" CC="$compiler" "$build/libprivmap-exec.so" \
		CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined $*" >"$WORK/made" 2>&1 || {
		cat "$WORK/made"
		return 1
	}
	for file in libprivmap.so privmap privmap-config.so integration; do
		ln -sfn "$BUILD/$file" "$build"
	done
	BUILD=$build TEST_RUNTIME=$runtime ASAN_OPTIONS=$asan_options:$own_handlers \
		"$TOP/integration/suites/exec.sh" --answers named >"$out" 2>"$err" || return 1
	[ "$(wc -l <"$out")" -gt 800 ] || return 1
	grep -hE 'AddressSanitizer|runtime error:' "$out" "$err" >"$WORK/found" || :
	head -n 20 "$WORK/found"
	[ ! -s "$WORK/found" ]
}

[ $# -gt 0 ] || set -- address thread valgrind exec
valgrind=''
for sanitizers; do
	case $sanitizers in
	address) sanitizers=address,undefined ;;
	thread) ;;
	valgrind)
		valgrind=yes
		continue
		;;
	exec)
		check 'gcc: the exec suite' exec_says_nothing gcc \
			"$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
		runtime=$(clang -print-file-name="libclang_rt.asan-$(uname -m).so" 2>/dev/null || :)
		if [ -e "$runtime" ]; then
			check 'clang: the exec suite' exec_says_nothing clang "$runtime" -shared-libsan
		else
			skip 'clang: the exec suite' 'there is no clang'
		fi
		continue
		;;
	*)
		echo "sanitizers.sh: $sanitizers: none of address, thread, valgrind and exec" >&2
		exit 2
		;;
	esac
	build=$WORK/${sanitizers%%,*} host=$WORK/host
	runtime=''
	for library in ${sanitizers//,/ }; do
		case $library in
		address) library=libasan.so ;;
		undefined) library=libubsan.so ;;
		thread) library=libtsan.so ;;
		esac
		runtime="$runtime $(gcc -print-file-name="$library")"
	done
	programs_for "$sanitizers"
	check "everything builds with -fsanitize=$sanitizers" builds "$sanitizers"
	ln -sfn "$BUILD/integration" "$build/integration"
	for program in "${programs[@]}"; do
		check "$sanitizers: $program" sanitized "$build" "$program"
	done
	for mode in converted shared; do
		check "$sanitizers: the conformance suite, $mode" suite_says_nothing "$mode"
	done
	for mode in traced traced-buffered; do
		check "$sanitizers: the tracer in the conformance suite, $mode" tracer_says_nothing "$mode"
	done
	make_host
	for program in "${programs[@]}"; do
		case $program in
		preloaded/*)
			check "$sanitizers in the host only: $program" sanitized "$host" "$program"
			;;
		esac
	done
	rm -rf "$build" "$host"
done

# under_valgrind PROGRAM: it must end, and valgrind must print nothing. valgrind maps for its hosts,
# and answers some calls differently from the kernel (no MAP_FIXED_NOREPLACE, no mremap of an old
# size of 0): failed tests because of that do not matter here.
under_valgrind() {
	local place=disk log=$WORK/valgrind
	case $1 in
	preloaded/preload-*) place=mount ;;
	preloaded/*) ;;
	*) place='' ;;
	esac
	CMOCKA_MESSAGE_OUTPUT=TAP ${place:+"$TOP/tests/preloaded/on-refusing-$place"} \
		valgrind -q --child-silent-after-fork=yes --log-file="$log" "$BUILD/tests/$1" >"$out" || :
	tail -n 40 "$out" "$log"
	grep -q '^1\.\.[0-9]' "$out" && [ ! -s "$log" ]
}

# On FUSE, because valgrind hides from a host some of what tests/preloaded/refuse.c looks at.
copies_under_valgrind() {
	PRIVMAP_CONFIG=$WORK/rules.conf PRIVMAP_LOG=info LD_PRELOAD=$BUILD/libprivmap.so \
		valgrind -q --error-exitcode=99 "$BUILD/integration/programs/mapkinds" "$WORK/mount/in" >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(grep -c '^privmap: buffered' "$err")" -eq 3 ] &&
		! grep -vE '^privmap: (buffered|left .*: mapped to be written)' "$err"
}
[ -n "$valgrind" ] || {
	t_end
	exit
}
for program in unit/{backing,snapshot,text,rules} \
	preloaded/{preload-rules,refused-private,buffered-share}; do
	check "valgrind: $program" under_valgrind "$program"
done
mount_refusing "$WORK/source" "$WORK/mount"
head -c 9999 /dev/urandom >"$WORK/mount/in"
echo 'rules = ( { path = "*/in"; action = "buffer"; } );' >"$WORK/rules.conf"
check 'valgrind: copies on FUSE' copies_under_valgrind
t_end
