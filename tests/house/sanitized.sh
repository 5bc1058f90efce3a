#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs that are built with a sanitizer, by gcc and by clang, run under privmap as they do alone,
# also as children, and privmap serves them. (sanitizers.sh builds privmap itself with sanitizers.)
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

privmap=$BUILD/privmap
mount_refusing "$WORK/source" "$WORK/mount"
mkdir "$WORK/source/x.git" "$WORK/disk"
head -c 5000 /dev/urandom | tee "$WORK/source/x.git/in" >"$WORK/disk/in"
disk=$WORK/disk/in mount=$WORK/mount/x.git/in
cd "$WORK"
# Maps from several threads; with "leak" it leaks, with "wrong" it writes after the end of a block.
# The sum has 8 bits, so that nothing is undefined.
cat >host.c <<'END'
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
static int fd;
static unsigned char *map(void)
{
	return mmap(NULL, 5000, PROT_READ, MAP_SHARED, fd, 0);
}
static void *maps(void *unused)
{
	long failed = 0;

	(void)unused;
	for (int i = 0; i < 20; i++) {
		unsigned char *at = map();

		failed += at == MAP_FAILED || mprotect(at, 4096, PROT_READ | PROT_WRITE) == 0 || munmap(at, 5000);
	}
	return (void *)failed;
}
int main(int argc, char **argv)
{
	pthread_t threads[4];
	unsigned char *at, sum = 0;
	char *volatile heap = malloc(10);
	void *failed;

	fd = open(argv[1], O_RDONLY);
	at = map();
	if (at == MAP_FAILED)
		return puts("refused") < 0;
	for (int i = 0; i < 5000; i++)
		sum ^= at[i];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, maps, NULL);
	for (int i = 0; i < 4; i++)
		if (pthread_join(threads[i], &failed) == 0 && failed)
			puts("a thread failed");
	if (argc > 2 && strcmp(argv[2], "wrong") == 0)
		heap[atoi("10")] = 'x';
	/* One may lie about on the stack still. */
	for (int i = 0; i < 50 && argc > 2 && strcmp(argv[2], "leak") == 0; i++)
		heap = malloc(10);
	free(heap);
	printf("sum %d\n", sum);
	return 0;
}
END

# Output, exit status and complaints are the same as alone on a disk.
as_alone() {
	local mode=$1 wanted=0 status=0
	shift
	"${alone[@]}" ./"$program" "$disk" "$mode" >wanted 2>complaints || wanted=$?
	"$@" ./"$program" "$mount" "$mode" >"$out" 2>"$err" || status=$?
	echo "exit status $status, alone $wanted"
	cat "$err"
	diff wanted "$out" && [ "$status" -eq "$wanted" ] && { [ -s complaints ] || [ ! -s "$err" ]; }
}
by_env() {
	(eval "$("$BUILD/privmapctl" env)" && "$@")
}
by_profile() {
	sed "s|@LIBDIR@|$BUILD|; s|@PRELOAD@|$BUILD/libprivmap.so|" "$TOP/config/system/profile.d/privmap.sh" >profile.sh
	sh -euc '. ./profile.sh; exec "$@"' sh "$@"
}

# Patched, it loads the library after the runtime; undo restores it.
patched() {
	cp "$program" patched && "$BUILD/privmapctl" patch patched &&
		"${alone[@]}" ./patched "$mount" >"$out" 2>"$err" || return
	cat "$err"
	grep -q '^sum' "$out" && [ ! -s "$err" ] && "$BUILD/privmapctl" patch --undo patched &&
		cmp patched "$program"
}

runtimes=$(clang -print-runtime-dir 2>/dev/null || :)
[ -d "$runtimes" ] || runtimes=$(clang -print-resource-dir 2>/dev/null)/lib/linux || :
for kind in gcc:address gcc:thread gcc:leak gcc:undefined clang:address clang:address:-shared-libsan \
	clang:thread clang:leak clang:memory clang:undefined; do
	IFS=: read -r compiler sanitizer option <<<"$kind"
	program=$compiler-$sanitizer$option
	# shellcheck disable=SC2086 # option may be none
	if ! "$compiler" -g -fsanitize="$sanitizer" $option -o "$program" host.c -pthread \
		-Wl,-rpath,"$runtimes" 2>"$err" || ! ./"$program" "$disk" >"$out" 2>"$err"; then
		skip "$program" "cannot be built or run here: $(head -n 1 "$err")"
		continue
	fi
	alone=(env)
	check "$program: preloaded" as_alone fine "${alone[@]}" "$privmap"
	check "$program: a child of what is preloaded" as_alone fine "${alone[@]}" "$privmap" sh -c '"$@"' sh
	check "$program: by privmapctl env" as_alone fine by_env "${alone[@]}"
	check "$program: by a profile" as_alone fine by_profile "${alone[@]}"
	check "$program: traced" as_alone fine "${alone[@]}" "$privmap" -e trace
	check "$program: a child of what is traced" as_alone fine "${alone[@]}" "$privmap" -e trace sh -c '"$@"' sh
	check "$program: patched" patched
	check "$program: with its options" as_alone fine "${alone[@]}" \
		env ASAN_OPTIONS=detect_stack_use_after_return=0 LSAN_OPTIONS=verbosity=0 "$privmap"
	case $sanitizer in
	address)
		check "$program: still finds errors" as_alone wrong "${alone[@]}" "$privmap"
		check "$program:   also traced" as_alone wrong "${alone[@]}" "$privmap" -e trace
		;;&
	address | leak)
		check "$program: still finds leaks" as_alone leak "${alone[@]}" "$privmap"
		alone+=(ASAN_OPTIONS=detect_leaks=0 LSAN_OPTIONS=detect_leaks=0)
		check "$program:   but not where it was told not to" as_alone leak "${alone[@]}" "$privmap"
		;;
	esac
done
t_end
