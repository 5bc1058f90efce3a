#!/bin/bash
# SPDX-License-Identifier: MIT
# LevelDB on a filesystem that refuses shared mappings: an iterator ends at once, as if the database
# were empty, and no error is raised. get() of a key in the same database raises.
#
# Seen with plyvel 1.5.1 (PyPI; its wheel holds LevelDB 1.23) and bindfs of Debian 12 with
# `-o direct_io`, on Linux 6.18:
#     on the disk:     iterated 1000, get found
#     on the mount:    iterated 0, get IOError: No such device
# LevelDB maps its tables read-only and MAP_SHARED. Where mmap() fails the iterator becomes invalid
# and keeps the error in its status(), which plyvel does not ask for. A program that copies or
# exports a database by iterating it loses all of it in silence.
#
# Needs root, python3 with venv, and apt-get. Exits with 1 if any of this has changed.
set -euo pipefail

work=$(mktemp -d)
trap 'umount "$work/mount" 2>/dev/null || :; rm -rf --one-file-system "$work"' EXIT
cd "$work"

python3 -m venv python
python/bin/pip -q --disable-pip-version-check install plyvel==1.5.1
(
	mkdir debs
	cd debs
	apt-get -qq -o APT::Sandbox::User=root download bindfs libfuse3-3
	for deb in *.deb; do
		dpkg-deb -x "$deb" ..
	done
)
libraries=$(dirname "$(find "$work" -name 'libfuse3.so.3' | head -n 1)")
mkdir disk mount
LD_LIBRARY_PATH=$libraries usr/bin/bindfs -o direct_io disk mount

cat >make.py <<'END'
import plyvel
db = plyvel.DB('disk/db', create_if_missing=True)
for i in range(1000):
    db.put(b'%04d' % i, b'value')
db.compact_range()
db.close()
END
cat >read.py <<'END'
import sys, plyvel
db = plyvel.DB(sys.argv[1])
count = sum(1 for _ in db)
try:
    got = 'found' if db.get(b'0001') == b'value' else 'missing'
except plyvel.IOError as error:
    got = 'IOError: ' + str(error).rstrip("'").rpartition(': ')[2]
print(f'iterated {count}, get {got}')
END
python/bin/python make.py

status=0
expect() {
	local seen
	seen=$(python/bin/python read.py "$2")
	printf '%-12s %s\n' "$1:" "$seen"
	[ "$seen" = "$3" ] || {
		printf '%-12s %s\n' 'expected:' "$3"
		status=1
	}
}
expect 'on the disk' disk/db 'iterated 1000, get found'
expect 'on the mount' mount/db 'iterated 0, get IOError: No such device'
exit "$status"
