#!/bin/bash
# SPDX-License-Identifier: MIT
# A host that exports functions with names of libconfig's still gets its rules, through library,
# loader and libconfig. (mallocs.sh tests this with every malloc.)
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cat >"$WORK/host.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void config_init(void) { abort(); }
void config_destroy(void) { abort(); }
void config_lookup(void) { abort(); }
void config_read(void) { abort(); }
void config_read_string(void) { abort(); }
void config_setting_type(void) { abort(); }

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;

	puts(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? "refused" : "served");
	return 0;
}
END
"${CC:-cc}" -rdynamic -w -o "$WORK/host" "$WORK/host.c"
echo 'rules = ( { path = "*.bin"; action = "private"; } );' >"$WORK/rules.conf"
mkdir -p "$WORK/source"
echo data >"$WORK/source/data.bin"
mount_refusing "$WORK/source" "$WORK/mount"

# answers WORD: the host prints WORD; stderr stays empty.
answers() {
	PRIVMAP_CONFIG=$WORK/rules.conf LD_PRELOAD=$BUILD/libprivmap.so \
		"$WORK/host" "$WORK/mount/data.bin" >"$WORK/said" 2>&1
	cat "$WORK/said"
	[ "$(cat "$WORK/said")" = "$1" ]
}
check 'a host that exports config_init gets its rules' answers served
echo 'rules = ( );' >"$WORK/rules.conf"
check 'and without a rule it is left' answers refused
t_end
