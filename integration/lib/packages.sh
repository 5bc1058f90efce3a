#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.sh GROUP...: installs what is missing for these groups ("all") of the table below. It is
# quick if nothing is missing. Without root or apt-get, it only prints what to install. packages.sh
# --list GROUP...: prints a line with tabs for each entry: "there" or "missing", the test, the
# package with its other names.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# GROUP	TEST	Debian's package, with other names it has in other releases
table() {
	cat <<-'END'
	build	command cc			gcc
	build	header stdio.h			libc6-dev
	build	command pkg-config		pkg-config
	build	header libconfig.h		libconfig-dev
	build	header fuse3/fuse_lowlevel.h	libfuse3-dev
	build	header cmocka.h			libcmocka-dev
	demo	header Zydis/Zydis.h		libzydis-dev
	deb	header Zydis/Zydis.h		libzydis-dev
	check	header Zydis/Zydis.h		libzydis-dev
	demo	command fusermount3		fuse3
	demo	command git			git
	demo	command flock			util-linux
	gix	built clients/gix:certificates	ca-certificates
	gix	built clients/gix:rust		rust
	trace	built clients/gix-static:certificates	ca-certificates
	trace	built clients/gix-static:rust	rust
	trace	built clients/gix-fixed:certificates	ca-certificates
	trace	built clients/gix-fixed:rust	rust
	trace	built clients/gogit:certificates	ca-certificates
	trace	built clients/gogit:go		golang-go
	trace	header git2.h			libgit2-dev
	trace	command busybox			busybox-static
	trace	command npm			npm
	trace	command tmux			tmux
	trace	command java			default-jre-headless
	trace	built clients/lucene:command:javac	default-jdk-headless
	trace	built clients/lucene:command:mvn	maven
	gvisor	built guest/gvisor/runsc:certificates	ca-certificates
	gvisor	built guest/gvisor/runsc:go		golang-go
	check	command fusermount3		fuse3
	check	command git			git
	worlds	built clients/jj-static:certificates	ca-certificates
	worlds	built clients/jj-static:rust:76	rust
	worlds	built clients/jj-static:header:openssl/ssl.h	libssl-dev
	worlds	built clients/rust-musl:certificates	ca-certificates
	worlds	built clients/rust-musl:file:/usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	worlds	built clients/jj-musl:command:musl-gcc	musl-tools
	worlds	built clients/jj-musl:command:make	make
	worlds	built clients/jj-musl:command:perl	perl
	worlds	built clients/boltcat:go	golang-go
	worlds	python_venv			python3-venv
	check	command strace			strace
	check	command valgrind		valgrind
	check	file /usr/lib/debug/.build-id	libc6-dbg
	check	command gdb			gdb
	check	command proot			proot
	check	command python3			python3
	check	python_venv			python3-venv
	check	command sqlite3			sqlite3
	check	command mdb_stat		lmdb-utils
	check	command tdbtool			tdb-tools
	check	command setcap			libcap2-bin
	check	header lmdb.h			liblmdb-dev
	check	command mold			mold
	check	command patchelf		patchelf
	check	command mandoc			mandoc
	check	command groff			groff-base
	check	command zsh			zsh
	check	command fish			fish
	check	command musl-gcc		musl-tools
	check	library libjemalloc.so.2	libjemalloc2
	check	library libtcmalloc_minimal.so.4	libtcmalloc-minimal4 libtcmalloc-minimal4t64
	check	library libmimalloc.so.*	libmimalloc2.0 libmimalloc3 libmimalloc2
	corpus	built clients/static:certificates	ca-certificates
	corpus	built clients/static:go		golang-go
	corpus	built clients/static:file:/usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	corpus	python_venv			python3-venv
	corpus	command mke2fs			e2fsprogs
	guest	command qemu-system-x86_64	qemu-system-x86
	guest	command cpio			cpio
	guest	command xz			xz-utils
	guest	command zstd			zstd
	guest	built guest/virtiofsd:certificates	ca-certificates
	guest	built guest/virtiofsd:rust	rust
	guest	built guest/virtiofsd:header:cap-ng.h	libcap-ng-dev
	guest	built guest/virtiofsd:header:seccomp.h	libseccomp-dev
	builds	command clang			clang
	builds	library llvm-*/lib/clang/*/lib/linux/libclang_rt.asan*.a	libclang-rt-dev
	fuzz	library llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a	libclang-rt-dev
	deb	command dh			debhelper
	deb	command dpkg-buildpackage	dpkg-dev
	deb	package build-essential		build-essential
	packed	command lintian			lintian
	packed	command autopkgtest		autopkgtest
	packed	command debootstrap		debootstrap
	packed	command mkfs.ext4		e2fsprogs
	packed	command cloud-init		cloud-init
	packed	file /usr/lib/python3/dist-packages/yaml	python3-yaml
	packed	command systemd-analyze		systemd
	packed	command dpkg-scanpackages	dpkg-dev
	packed	command musl-gcc		musl-tools
	packed	command rpmbuild		rpm
	cross	command gcc			gcc
	cross	command clang			clang
	cross	command mold			mold
	cross	command readelf			binutils
	cross	command qemu-aarch64		qemu-user
	cross	file /usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	aarch64	command qemu-system-aarch64	qemu-system-arm
	aarch64	command cpio			cpio
	aarch64	command git			git
	aarch64	built clients/gix-aarch64:certificates	ca-certificates
	aarch64	built clients/gix-aarch64:rust	rust
	kernel	built guest/aarch64/kernel-39:command:flex	flex
	kernel	built guest/aarch64/kernel-39:command:bison	bison
	kernel	built guest/aarch64/kernel-39:command:bc	bc
	kernel	built guest/aarch64/kernel-39:command:make	make
	kernel	built guest/aarch64/kernel-39:command:xz	xz-utils
	packed	command cpio			cpio
	check	command rg			ripgrep
	matrix	command rg			ripgrep
	matrix	command sqlite3			sqlite3
	matrix	command mdb_stat		lmdb-utils
	matrix	header lmdb.h			liblmdb-dev
	matrix	command mold			mold
	matrix	command readelf			binutils
	matrix	command strace			strace
	matrix	built clients/jj:certificates	ca-certificates
	matrix	built clients/jj:rust:76	rust
	matrix	built clients/jj:header:openssl/ssl.h	libssl-dev
	matrix	built clients/rust:file:/usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	matrix	python_venv			python3-venv
	matrix	command c++			g++
	matrix	header python3*/Python.h	python3-dev
	matrix	built clients/boltcat:go	golang-go
	matrix	built clients/lucene:command:mvn	maven
	matrix	command patchelf		patchelf
	matrix	command debootstrap		debootstrap
	matrix	file /usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	matrix	command perf			linux-perf
	matrix	command journalctl		systemd
	matrix	command systemd-hwdb		udev
	matrix	command mandb			man-db
	matrix	command javac			default-jdk-headless
	matrix	built clients/jgit:command:mvn	maven
	matrix	built clients/jdk:command:jlink	default-jdk-headless
	bench	library libeatmydata.so		libeatmydata1
	bench	command eatmydata		eatmydata
	bench	library faketime/libfaketime.so.1	libfaketime
	bench	library torsocks/libtorsocks.so	torsocks
	bench	command proot			proot
	bench	command strace			strace
	bench	command size			binutils
	bench	built clients/gix-fixed:certificates	ca-certificates
	bench	built clients/gix-fixed:rust	rust
	git	built clients/git-source:file:/usr/share/keyrings/debian-archive-keyring.gpg	debian-archive-keyring
	git	built clients/git-source:header:zlib.h	zlib1g-dev
	git	built clients/git-source:command:perl	perl
	lint	command shellcheck		shellcheck
	lint	command clang			clang
	lint	command clang-tidy		clang-tidy
	lint	command cppcheck		cppcheck
	END
}

# --- the tests: builtins only, as far as possible ---

# shellcheck source-path=SCRIPTDIR source=../clients/cargo.sh
. "$here/../clients/cargo.sh"

command_is_there() {
	# Some systems keep commands for root in sbin.
	PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null
}

file_is_there() {
	[ -e "$1" ]
}

# Below /usr/include only the directory of this machine's architecture counts: <linux/seccomp.h> of
# the kernel is another header than <seccomp.h> of libseccomp.
header_is_there() {
	compgen -G "/usr/include/$1" >/dev/null || compgen -G "/usr/include/*-linux-*/$1" >/dev/null ||
		compgen -G "/usr/local/include/$1" >/dev/null
}

library_is_there() {
	compgen -G "/usr/lib/$1" >/dev/null || compgen -G "/usr/lib/*/$1" >/dev/null ||
		compgen -G "/usr/lib64/$1" >/dev/null
}

# For tests that only the package passes: a compiler alone is not build-essential, which packages
# need.
package_is_there() {
	[ -e "/var/lib/dpkg/info/$1.list" ] || compgen -G "/var/lib/dpkg/info/$1:*.list" >/dev/null
}

python_venv_is_there() {
	compgen -G '/usr/lib/python3.*/ensurepip' >/dev/null ||
		python3 -c 'import ensurepip, venv' 2>/dev/null
}

# SCRIPT:TEST[:ARGUMENT]. If the result of SCRIPT is in the cache, building needs nothing.
declare -A built
built_is_there() {
	local script=${1%%:*} test=${1#*:}
	if [ -z "${built[$script]:-}" ]; then
		built[$script]=no
		! "$here/../$script.sh" --cached >/dev/null 2>&1 || built[$script]=yes
	fi
	[ "${built[$script]}" = yes ] || "${test%%:*}_is_there" "${test#*:}"
}

certificates_is_there() {
	[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ]
}

# rust_is_there [MINOR]: a caller may need a newer one than the others.
rust_is_there() {
	case ${1:-} in
	'' | *[!0-9]*) ;;
	*) RUST_MINOR=$1 ;;
	esac
	find_cargo
}

go_is_there() {
	command_is_there go
}

list=
if [ "${1:-}" = --list ]; then
	list=yes
	shift
fi
missing=()
while read -r group kind rest; do
	case " $* " in *" $group "* | ' all ') ;; *) continue ;; esac
	argument=
	case $kind in
	python_venv) ;;
	*) read -r argument rest <<<"$rest" ;;
	esac
	answer=there
	"${kind}_is_there" "$argument" || answer=missing
	[ -z "$list" ] || printf '%s\t%s\t%s\n' "$answer" "$kind $argument" "$rest"
	[ "$answer" = there ] || missing+=("$rest")
done < <(table)
[ -z "$list" ] && [ ${#missing[@]} -gt 0 ] || exit 0

# --- the package manager ---

say() {
	printf 'privmap: %s\n' "$*" >&2
}

if ! command -v apt-get >/dev/null; then
	say "missing on this system (Debian's names): ${missing[*]}"
	say "install them, then run make again"
	exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 || {
		cat "$log" >&2
		return 1
	}
}

fresh_lists() {
	[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -7 -print -quit 2>/dev/null)" ]
}

# first_known NAME...: prints the first that this release has.
first_known() {
	local name
	for name; do
		if [ -n "$(apt-cache --quiet=0 madison "$name" 2>/dev/null)" ]; then
			printf '%s\n' "$name"
			return 0
		fi
	done
	printf '%s\n' "$1"
}

# Prints the first cargo that is new enough: the plain one, Debian stable's cargo-web (kept new for
# browsers), Ubuntu's cargo-1.NN. Until 1.70, Debian used the numbers of cargo's library, 0.(NN+1).
rust_packages() {
	local name version
	for name in cargo cargo-web $(apt-cache pkgnames cargo-1. | sort -rV); do
		version=$(apt-cache policy "$name" | sed -n 's/^ *Candidate: *\([0-9]*:\)\?//p')
		case $version in
		0.*) version=${version#0.} version=$((${version%%.*} - 1)) ;;
		1.*) version=${version#1.} version=${version%%.*} ;;
		*) continue ;;
		esac
		if [ "$version" -ge "$RUST_MINOR" ]; then
			printf '%s %s\n' "$name" "rustc${name#cargo}"
			return 0
		fi
	done
	say "this release has no cargo 1.$RUST_MINOR or newer; install one, for example with rustup"
	return 1
}

names() {
	local entry
	for entry in "${missing[@]}"; do
		if [ "$entry" = rust ]; then
			rust_packages
		else
			# shellcheck disable=SC2086 # several names
			first_known $entry
		fi
	done | sort -u | tr '\n' ' '
}

if [ "$(id -u)" -ne 0 ]; then
	say "packages are missing; to install them, run as root:"
	say "apt-get update && apt-get install --no-install-recommends $(names)"
	exit 1
fi
if ! fresh_lists; then
	say "apt-get update"
	apt update
fi
packages=$(names)
say "installing $packages"
# Never remove packages of the user: better to fail, with the message of apt-get.
# shellcheck disable=SC2086 # a list
if ! apt install --no-install-recommends --no-remove $packages; then
	say "once more, with new package lists"
	apt update
	# shellcheck disable=SC2086
	apt install --no-install-recommends --no-remove $packages
fi
