# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A JDK on the filesystem itself: its java reads everything in its lib/modules, where it also finds
# its own classes. Judged by what it reads on a disk.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them

TITLE='a JDK on the share'
GROUP=builds
MAPS='`lib/modules`, whole, PROT_READ, MAP_SHARED, O_RDONLY; `classes.jsa`, MAP_PRIVATE, MAP_FIXED'
ALONE=fails
DIES=SIGSEGV
TOUCHED=yes
NOTE='dies, because it does not check what mmap returns'

install() {
	PROGRAM=$("$TOP/integration/clients/jdk.sh") &&
		VERSION=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$PROGRAM/release")
}

job() {
	cp -R "$PROGRAM" jdk && run jdk/bin/java -Xmx64m -XX:TieredStopAtLevel=1 -cp jdk Everything >got
}

judge() {
	diff jdk/everything got
}
