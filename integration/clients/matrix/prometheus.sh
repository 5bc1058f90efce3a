# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Prometheus starts with its data there: it writes its active queries through a shared mapping.
# Judged by the size of that file.
# shellcheck disable=SC2016,SC2034,SC2154,SC2317 # the runner sets, reads and calls them
TITLE='Prometheus writing its data'
GROUP='must not change'
MAPS='`queries.active`: PROT_READ and PROT_WRITE, MAP_SHARED, O_RDWR, by raw system calls'
ALONE=fails
SAYS='Unable to create mmap-ed active query log'
UNDER=fails
TOUCHED=no
TRACED=yes
OPTIONS=(--for stores)
NOTE='it writes through a shared mapping, which is never touched: it fails as without privmap; its data belong on another filesystem (`--storage.tsdb.path`)'

install() {
	PROGRAM=$("$TOP/integration/clients/deb.sh" prometheus)/usr/bin/prometheus &&
		VERSION=$("$PROGRAM" --version 2>&1 | sed -n '1s/.*version \([^ ]*\).*/\1/p')
}

# If it starts, it prints that it is ready, and the job stops it. run is a function, so $! is a
# shell, the parent of Prometheus.
job() {
	local pid try
	echo 'global: { scrape_interval: 1h }' >"$SCRATCH/prometheus.yml"
	run "$PROGRAM" --config.file="$SCRATCH/prometheus.yml" --storage.tsdb.path=data \
		--web.listen-address=127.0.0.1:0 &
	pid=$!
	for try in {1..600}; do
		! grep -q 'Server is ready' "$results/err" || break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	pkill -TERM -P "$pid"
	wait "$pid"
}

judge() {
	[ "$(stat -c %s data/queries.active)" -eq 20001 ]
}
