#!/bin/bash
# SPDX-License-Identifier: MIT
# The option that the report advises makes stores work: one round is enough, although a store has
# files of other kinds, and makes more.
# shellcheck disable=SC2317 # check calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib.sh"

python=$(at_home "$TOP/integration/clients/pypi.sh" stores)
lucene=$(client lucene)
mount_refusing "$WORK/source" "$WORK/mount"

cat >"$WORK/stores.py" <<-'END'
	# stores.py STORE write|read PLACE: 1,000 entries; read prints their sum.
	import os, sys
	store, what, place = sys.argv[1:]
	def numbers(): return range(1000)
	def leveldb():
	    import plyvel
	    db = plyvel.DB(place, create_if_missing=True)
	    if what == "write":
	        for n in numbers(): db.put(b"%d" % n, b"%d" % n)
	        db.compact_range()
	    print(sum(int(db.get(b"%d" % n)) for n in numbers()))
	def rocksdb():
	    from rocksdict import Options, Rdict
	    options = Options()
	    options.create_if_missing(True)
	    options.set_allow_mmap_reads(True)
	    db = Rdict(place, options)
	    if what == "write":
	        for n in numbers(): db[n] = n
	        db.flush()
	        db.compact_range(None, None)
	    print(sum(db[n] for n in numbers()))
	    db.close()
	def tantivy():
	    import tantivy
	    schema = tantivy.SchemaBuilder().add_integer_field("n", stored=True).build()
	    os.makedirs(place, exist_ok=True)
	    index = tantivy.Index(schema, path=place)
	    if what == "write":
	        writer = index.writer(num_threads=1)
	        for n in numbers(): writer.add_document(tantivy.Document(n=n))
	        writer.commit()
	        writer.wait_merging_threads()
	        index.reload()
	    searcher = index.searcher()
	    found = searcher.search(tantivy.Query.all_query(), 1000).hits
	    print(sum(searcher.doc(address)["n"][0] for _, address in found))
	{"leveldb": leveldb, "rocksdb": rocksdb, "tantivy": tantivy}[store]()
END

# uses write|read [COMMAND...]: COMMAND runs it for $store in $place.
uses() {
	if [ "$store" = lucene ]; then
		"${@:2}" java -Xmx64m -XX:TieredStopAtLevel=1 -cp "$lucene:$lucene/*" Pages "${1/write/make}" "$place"
	else
		"${@:2}" "$python" "$WORK/stores.py" "$store" "$1" "$place"
	fi
}
# sums OPTION...: under privmap, it prints the same as on a disk. $WORK/told gets the report.
sums() {
	uses "$what" timeout 300 "$BUILD/privmap" "$@" -r >"$WORK/sum" 2>"$WORK/told" || return
	cat "$WORK/sum" "$WORK/told"
	diff "$WORK/on-disk.$what" "$WORK/sum"
}
# Reads the advice as a shell would.
with_advice() {
	advice=$(sed -n "s/^privmap:   .*; served by \(--path '.*'\)$/\1/p" "$WORK/told")
	eval "sums $advice"
}
with_the_same() {
	eval "sums $advice"
}

for store in leveldb rocksdb tantivy lucene; do
	place=$WORK/$store
	uses write >"$WORK/on-disk.write"
	uses read >"$WORK/on-disk.read"
	[ -s "$WORK/on-disk.read" ]
	cp -R "$place" "$WORK/mount/read-$store"
	place=$WORK/mount/read-$store what="read"
	check_fails "$store is not read" sums
	check '  is, with the advised option' with_advice
	check '  and nothing is left' grep -q ' 0 left$' "$WORK/told"
	place=$WORK/mount/write-$store what="write"
	if [ "$store" = leveldb ]; then # leveldb reads its fresh entries from memory
		check "$store is written" sums
	else
		check_fails "$store is not written" sums
	fi
	check '  with the advised option it is' with_advice
	check '  and nothing is left' grep -q ' 0 left$' "$WORK/told"
	what="read"
	check '  and read, with the same' with_the_same
done
t_end
