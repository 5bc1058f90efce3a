#!/bin/bash
# SPDX-License-Identifier: MIT
# What the preload library needs, exports and calls: it is a guest in every program, and its hooks
# run inside malloc, in signal handlers and in vfork children. Also tests which folders may include
# which.
# shellcheck disable=SC2317,SC2016 # check calls the functions; eval expands
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

library=$BUILD/libprivmap.so
loader=$BUILD/privmap-config.so
hooks='mmap mmap64 mprotect mremap munmap pkey_mprotect'
children=$BUILD/libprivmap-exec.so
hooks_of_children='execl execle execlp execv execve execveat execvp execvpe fexecve posix_spawn'
hooks_of_children+=' posix_spawn_file_actions_addchdir_np posix_spawn_file_actions_addfchdir_np posix_spawnp'

# is TEXT COMMAND...: its sorted output, on one line, is exactly TEXT.
is() {
	local text=$1
	shift
	diff -u --label wanted --label got <(echo "$text") <("$@" | sort -u | xargs)
}

# --- the file ---

# Leaves out libc and the dynamic linker: "libc.so.6", "ld-linux-x86-64.so.2",
# "libc.musl-x86_64.so.1".
needed_beside_libc() {
	{ readelf -d "$1" || echo '(NEEDED) [nothing: not built]'; } | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libc\.so|libc\.musl-|ld-)' || :
}
exports() {
	nm -D --defined-only "$1" | awk '{ print $NF }'
}
# Symbols of the objects, before the version script hides them.
shown() {
	readelf -sW "$@" | awk '($5 == "GLOBAL" || $5 == "WEAK") && $6 == "DEFAULT" && $7 != "UND" { print $8 }'
}
has_not() {
	readelf "$1" "$3" >"$out"
	cat "$out"
	! grep -E -- "$2" "$out"
}
has() {
	readelf "$1" "$3" >"$out"
	cat "$out"
	grep -E -- "$2" "$out"
}

check 'it needs libc and nothing else' is '' needed_beside_libc "$library"
check 'it exports the six calls and nothing else' is "$hooks" exports "$library"
check '  all else was hidden by the compiler already' is "$hooks" shown "$BUILD"/obj/shim/{core,engine,engine/*,preload}/*.o
check 'that for children needs libc and nothing else' is '' needed_beside_libc "$children"
check '  it exports the exec and posix_spawn calls, and nothing else' is "$hooks_of_children" exports "$children"
check '    all else was hidden by the compiler already' is "$hooks_of_children" shown "$BUILD"/obj/shim/exec/*.o
# Each symbol costs every start a search through the program's libraries. Leaves out those of compiler
# options.
searched_for() {
	{ readelf -rW "$1" || echo '0 0 R_ 0 not-built + 0'; } |
		sed -nE 's/^[0-9a-f]+ +[0-9a-f]+ +R_[^ ]+ +[0-9a-f]+ +([^ @]+)(@[^ ]*)? \+ 0$/\1/p' |
		grep -vxE '__stack_chk_.*|__.*_chk'
}
# musl's pthread_atfork(3) is __register_atfork of glibc.
check 'it asks libc for five names' is '__errno_location __register_atfork dlsym environ getauxval' \
	eval 'searched_for "$library" | sed s/^pthread_atfork$/__register_atfork/'
check '  that for children for five' is '__errno_location dladdr dlsym environ getauxval' \
	searched_for "$children"
# leaves_gap FILE: its data ends inside a page, which is the only one in the file (preload/gap.c).
leaves_gap() {
	local offset size
	read -r offset size < <(readelf -lW "$1" | awk '$1 == "LOAD" && / RW / { print $2, $5 }')
	echo "data in the file: $size bytes at $offset"
	((size > 0 && offset / 4096 == (offset + size) / 4096))
}
# in_one_page FILE VARIABLE...: what each start writes (AT_START).
in_one_page() {
	local file=$1 names
	shift
	names=$(printf '|%s' "$@")
	nm "$file" | sed -nE "s/^([0-9a-f]+)[0-9a-f]{3} [bBdD] (${names#|})(\.[0-9a-z_.]+)?\$/\1/p" |
		sort -u >"$out"
	cat "$out"
	[ "$(wc -l <"$out")" -eq 1 ]
}
check 'what each start writes is in one page' in_one_page "$library" \
	settings serves any_always page index_given wanted target where shared load counted next
check '  that for children as well' in_one_page "$children" ready in_force of_process next
for file in "$library" "$children"; do
	name=${file##*/}
	check "$name has no variable with an initial value" has_not -SW ' \.data ' "$file"
	check "  its data ends inside its only page in the file" leaves_gap "$file"
	check "$name has two segments, a mapping each" is '2' eval "readelf -lW '$file' | grep -c ' LOAD '"
	check "$name cannot be unloaded" has -dW 'FLAGS_1.*NODELETE' "$file"
	check "$name binds at once" has -dW 'FLAGS_1.*NOW' "$file"
	check "its name is $name" has -dW "SONAME.*\\[$name\\]" "$file"
	check "$name takes no room in each thread" has_not -lW ' TLS ' "$file"
done
for file in "$library" "$children" "$loader" "$BUILD/privmap" "$BUILD/privmapctl"; do
	name=${file##*/}
	check "$name: no relocation of code" has_not -dW TEXTREL "$file"
	check "$name: no executable stack" has -lW 'GNU_STACK.* RW  ' "$file"
	check "$name: nothing writable is executable" has_not -lW 'LOAD.* RWE ' "$file"
	check "$name: relocations are made read-only" has -lW GNU_RELRO "$file"
	check "$name: no search path" has_not -dW 'RPATH|RUNPATH' "$file"
done

check 'the loader needs libconfig and libc' is "$(needed_beside_libc "$loader" | grep -x 'libconfig\.so\.[0-9]*')" \
	needed_beside_libc "$loader"
# The loader exports malloc and friends for libconfig, which would end the program without memory.
check 'the loader exports its function, and malloc for libconfig' \
	is '__strdup calloc free malloc privmap_config_load_4 realloc strdup' exports "$loader"
check 'privmap needs libc only' is '' needed_beside_libc "$BUILD/privmap"
check 'privmapctl needs libc, and the disassembler that it was built with' \
	is "$(sed 's/-lZydis/libZydis/' "$BUILD/zydis")" eval 'needed_beside_libc "$BUILD/privmapctl" | sed "s/\.so.*//"'

# --- allowed calls ---

# Pure C, without state, locale or system calls: allowed everywhere.
pure='memchr|memcmp|bcmp|memcpy|memmove|memset|strchr|strcmp|strcspn|strlen|strncmp|strrchr|strspn'
errno='__errno_location|___errno' # libc's errno: each thread has one; no system call
# Added by compilers and linkers: the address of the GOT, the start of the file, the stack
# protector, checked variants of the above.
added='_GLOBAL_OFFSET_TABLE_|__ehdr_start|__stack_chk_fail'

# FILES (a pattern) and further functions that they may call. All others, such as malloc, stdio,
# open, read or pthread functions, are forbidden in code that runs inside of other code. Only the
# constructor calls the functions in this list, or they only read.
allowances() {
	cat <<-'END'
		shim/preload/next.c	dlsym				to find the next library's calls
		shim/exec/next.c	dlsym				the same
		shim/exec/start.c	dladdr|environ|__environ|getauxval	own place, the environment
		shim/exec/search.c	environ|__environ		PATH
		shim/exec/hooks.c	environ|__environ		what execv(3) passes on
		shim/exec/look.c	getauxval			the program's own dynamic linker
		shim/preload/engine.c	dlsym|pthread_atfork|__register_atfork	own place; children of fork
		shim/engine/configure.c	getauxval			page size
		shim/rulefile/search.c	environ|__environ|getauxval	the environment
		shim/rulefile/open.c		dlsym				the loader, where there is one
	END
}

defined() {
	nm --defined-only "$@" | awk 'NF == 3 { print $3 }'
}
# calls SOURCE: prints the functions that it calls outside of this library.
calls() {
	{ nm -u "$BUILD/obj/${1%.c}.o" || echo '(not built)'; } | awk '{ print $NF }' | grep -vxF -f "$WORK/own" |
		sed 's/^__\(.*\)_chk$/\1/' | grep -vxE "$added"
}

cd "$TOP"
core=(shim/core/{,*/}*.c)
core_objects=("${core[@]/#/$BUILD/obj/}")
core_objects=("${core_objects[@]/%.c/.o}")
defined "${core_objects[@]}" >"$WORK/own"
for source in "${core[@]}"; do
	check "$source is pure" is '' eval "calls $source | grep -vxE '$pure'"
done
others=(shim/engine/{,*/}*.c shim/preload/*.c shim/rulefile/{compiled,open,search}.c shim/exec/*.c shim/trace/tracee/abi.c)
objects=("${others[@]/#/$BUILD/obj/}")
defined "${objects[@]/%.c/.o}" | grep -vxE "${hooks// /|}|${hooks_of_children// /|}" >>"$WORK/own"
for source in "${others[@]}"; do
	allowed=$(allowances | awk -v source="$source" '$1 == source { print $2 }')
	# It must not call by name a function that it interposes: the call might go to any library.
	check "$source calls nothing but${allowed:+ ${allowed//|/, } and} pure functions" \
		is '' eval "calls $source | grep -vxE '$pure|$errno${allowed:+|$allowed}'"
done
allowed_of_all() {
	{ nm -D --undefined-only "$1" || echo 'U not-built'; } | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }' |
		sed 's/^__\(.*\)_chk$/\1/' |
		grep -vxE "$pure|$errno|$added|$(allowances | awk '{ print $2 }' | paste -sd '|')"
}
for file in "$library" "$children"; do
	check "nor does ${file##*/} as a whole" is '' allowed_of_all "$file"
done
makes_system_calls() {
	{ objdump -d "$@" || echo 'syscall: not built'; } |
		grep -E '\<(syscall|sysenter|svc|ecall|int +[$]0x80)\>'
}
check 'core makes no system call' is '' makes_system_calls "${core_objects[@]}"

# --- which folders include which ---

# ours DIRECTORY...: prints the names of their headers.
ours() {
	find "$@" -name '*.h' -printf '%f\n'
}
# included DIRECTORY...: prints the headers that their sources include by name.
included() {
	sed -n 's/^#include "\(.*\)"$/\1/p' "$@"
}
# knows_only FILES ALLOWED_DIRECTORY...: FILES include no other headers of ours.
knows_only() {
	local files=$1
	shift
	# shellcheck disable=SC2086 # a pattern
	included $files | grep -vxF -f <(ours "$@")
}
check 'core knows itself' is '' knows_only 'shim/core/*.[ch] shim/core/*/*.[ch]' shim/core
check 'the shared code of the engines knows no engine' is '' knows_only 'shim/engine/*.[ch] shim/engine/*/*.[ch]' shim/core shim/engine shim/rulefile
check 'the preload library does not know the tracer' \
	is '' knows_only 'shim/preload/*.[ch]' shim/core shim/engine shim/preload
check 'nor does that for children, but whose system calls he knows' is 'abi.h elf-look.h unreached.h' \
	knows_only 'shim/exec/*.[ch]' shim/core shim/exec shim/rulefile
check 'nor the tracer the library' is '' knows_only 'shim/trace/*.[ch] shim/trace/*/*.[ch]' shim/core shim/engine shim/trace
check 'the loader knows no engine' is '' knows_only 'shim/rulefile/*.[ch]' shim/core shim/rulefile
check 'privmapctl knows only the shared code of the engines' \
	is '' knows_only 'shim/privmapctl/*.[ch] shim/privmapctl/*/*.[ch]' shim/core shim/engine shim/rulefile shim/privmap shim/privmapctl shim/launcher shim/patcher
check 'the patcher knows only itself, and the header of the engine image' \
	is 'image.h' knows_only 'shim/patcher/*.[ch]' shim/core shim/patcher
check '  one file of it knows the disassembler' is 'shim/patcher/code.c' eval 'grep -rl Zydis/ shim'
check '  the verifier shares nothing with the code that it checks' is 'image.h verifier.h' \
	included shim/patcher/verifier.c
check 'a launcher knows system calls and names only' \
	is 'handed-over.h kernel.h launcher.h original.h' included 'shim/launcher/launcher.c'
check '  it needs nothing, not even a relocation' has_not -lWr 'INTERP|DYNAMIC|R_[A-Z0-9]+_| RWE ' "$BUILD/launcher"
# Otherwise the order of -I would choose between two headers with the same name.
twice() {
	ours "$@" | sort | uniq -d
}
check 'no header of core or engine has the name of another' is '' eval \
	'{ twice shim/core shim/engine shim/preload shim/rulefile; twice shim/core shim/engine shim/trace shim/rulefile; }'

# walk FIRST_LINE: prints the files in the picture of CONTRIBUTING.md that begins with that line.
walk() {
	sed -n "/^    $1\$/,/^\$/p" CONTRIBUTING.md | grep -oE '[a-z/]+/[a-z-]+\.c'
}
# is_short LIMIT FIRST_LINE ENTRY: that walk has at most LIMIT files, and none twice. Each file but
# ENTRY defines something that another file of the walk calls.
is_short() {
	local files file object objects=()
	files=$(walk "$2")
	echo "$files"
	[ -n "$files" ] && [ "$(wc -l <<<"$files")" -le "$1" ] && [ -z "$(sort <<<"$files" | uniq -d)" ] || return
	for file in $files; do
		objects+=("$BUILD/obj/shim/${file%.c}.o")
	done
	for object in "${objects[@]}"; do
		[ "$object" != "$BUILD/obj/shim/${3%.c}.o" ] || continue
		defined "$object" | sort >"$WORK/there"
		nm -u "${objects[@]}" | awk 'NF == 2 { print $2 }' | sort | comm -12 - "$WORK/there" >"$WORK/called"
		[ -s "$WORK/called" ] || {
			echo "$object: no file of the walk calls it"
			return 1
		}
	done
}
check 'a converted mapping passes 10 files, as CONTRIBUTING.md shows' \
	is_short 10 'the program calls mmap()' preload/hooks.c
check '  a traced one 13' is_short 13 'the program calls mmap(), .*' trace/tracer.c

# The tracer's decisions are pure, and it makes a traced program act only by job_call().
trace_pure=(shim/trace/tracee/abi.c shim/trace/stops/filter.c)
defined "$BUILD"/obj/shim/core/{,*/}*.o "$BUILD"/obj/shim/trace/{,*/}*.o >"$WORK/own"
for source in "${trace_pure[@]}"; do
	check "$source is pure" is '' eval "calls $source | grep -vxE '$pure'"
done
check 'shim/trace/mm.c needs memory only' \
	is '' eval "calls shim/trace/mm.c | grep -vxE '$pure|calloc|malloc|free'"
# A ptrace request from another thread of the tracer would fail.
tracing() {
	local object names
	for object in "$BUILD"/obj/shim/{trace,trace/*,privmap,privmapctl}/*.o; do
		names=$(nm -u "$object") || return
		! grep -qxE ' +U ptrace' <<<"$names" || echo "${object##*/}"
	done
}
check 'the tracer uses ptrace(2) in its main thread' is 'fatal.o info.o inject.o registers.o tracees.o tracer.o' tracing
check 'the library does not' is '' eval "nm -D --undefined-only '$library' | grep -w ptrace"
t_end
