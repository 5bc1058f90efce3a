# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Fetches jars. Source it after cache.sh.

# make_jars NAME PLACE POM RELEASE SOURCE -DNAME=VERSION...: makes a directory with the jars in POM
# and the classes of SOURCE, and moves it to PLACE when it is complete.
make_jars() {
	local name=$1 place=$2 pom=$3 release=$4 source=$5 work=$CACHE/$1-build
	shift 5
	rm -rf "$work" "$place"
	mkdir -p "$work/made"
	cp "$pom" "$work"
	if ! mvn --batch-mode --strict-checksums --file "$work/pom.xml" \
		-Dmaven.repo.local="$work/repository" "$@" \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DoutputDirectory="$work/made" >"$work/log" 2>&1; then
		tail -n 20 "$work/log" >&2
		progress "$name could not be fetched; the whole log: $work/log"
		return 1
	fi
	javac --release "$release" -cp "$work/made/*" -d "$work/made" "$source"
	mv -T "$work/made" "$place"
	rm -rf "$work"
}
