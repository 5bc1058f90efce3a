#!/bin/bash
# SPDX-License-Identifier: MIT
# Follows README.md as a new user does: runs each command as printed, in a copy of the sources and
# in a clean root with Debian's programs, gix, and the parts of privmap that the README installs.
# The transcript shows the real output. An unknown command in README.md is a failure, and so is an
# unknown make command in CONTRIBUTING.md. Needs root.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../integration/lib/root.sh
. "$TOP/integration/lib/root.sh"

# Each command, and the function that runs it; @FILE: the test that runs it.
known() {
	cat <<-'END'
		apt update && apt install gcc make libc6-dev libconfig-dev libzydis-dev	installed
		make	by_compiler
		make install	by_compiler
		make demo	in_sources
		make check	prepared
		make deb && apt install ./build/libprivmap_*.deb ./build/privmap_*.deb	makes_packages
		make help	in_sources
		make wheel && pip install build/privmap-*.whl	@tests/packages/wheel.sh
		make rpm	@tests/packages/rpm.sh
		privmap gix clone https://example.org/project.git	clones
		privmap --report cargo build	builds
		privmap --path '*.npy' python3 train.py	trains
		privmap --for models python3 train.py	trains
		privmap --report	@tests/command/supervised.sh
		privmap COMMAND	@tests/command/command.sh
		eval "$(privmapctl env)"	serves_shell
		ln -s /usr/share/privmap/profile.d/privmap.sh /etc/profile.d/	serves_logins
		ln -s /usr/share/privmap/profile.d/privmap-exec.sh /etc/profile.d/	serves_static_logins
		privmapctl patch legacy-program	patches
		privmapctl patch --undo legacy-program	unpatches
		privmapctl doctor /mnt/share	finds_refused
		privmapctl doctor DIR	@tests/command/ctl-doctor.sh
		privmapctl doctor git	by_somebody
		privmapctl why FILE --program gix	says_why
		privmapctl check	by_somebody
		make check T=conform/remap	prepared
		make check T=unit/glob	prepared
		make check-all	prepared
		make check-clients	prepared
		make check-long	prepared
		make check-mount	prepared
		make check-unit	prepared
		make aarch64	prepared
		make dist	@tests/packages/dist.sh
		make homepage HOMEPAGE=URL	@tests/packages/dist.sh
		make bench	prepared
		make guest	prepared
		make lint	prepared
		make matrix	prepared
	END
}
# Prints the commands in its blocks, and text in backquotes that begins with a command of ours.
shown() {
	{
		sed '/^```/,/^```/d; /^    builtin = /,/^$/d' "$TOP/README.md" | sed -n 's/^    //p' | sed 's/  *# .*//'
		grep -ohE '`(make|privmap|privmapctl|pkg-config|integration/[a-z/]+\.sh) [^`]*`' "$TOP/README.md" | tr -d '`'
		grep -ohE '`make [^`]*`' "$TOP/CONTRIBUTING.md" | tr -d '`'
	} | sort -u
}
all_known() {
	diff -u --label 'in README.md' --label 'in this test' <(shown) <(known | cut -f 1 | sort -u)
}
check 'every command of README.md is known here' all_known
# The commands have the options that the form for bugs asks for.
form_is_right() {
	local form=$TOP/.github/ISSUE_TEMPLATE/bug.md
	diff - <(sed -n 's/^    //p' "$form") <<-'END' &&
		privmapctl doctor
		privmapctl doctor DIR PROGRAM
		privmap -vv --report COMMAND
	END
		"$BUILD/privmapctl" doctor "$WORK" true >"$out" && "$BUILD/privmap" -vv --report true 2>"$err" && [ -s "$err" ]
}
check 'the form for bugs asks for commands that work' form_is_right
check 'README.md has at most 150 lines' [ "$(wc -l <"$TOP/README.md")" -le 150 ]

for tool in dpkg-buildpackage dh debootstrap; do
	if ! PATH=$PATH:/usr/sbin command -v "$tool" >"$out"; then
		skip 'the commands' "no $tool"
		t_end
	fi
done
if [ "$(id -u)" -ne 0 ]; then
	skip 'the commands' 'only root can make a root of its own'
	t_end
fi

# --- the new user's system ---

root=$WORK/root sources=$WORK/sources
cd "$WORK"
HOME=$REAL_HOME gix=$(client gix) static_gix=$(client gix-static)
progress 'unpacking two clean roots'
# The packages that README.md names for building.
mapfile -t needed < <(sed -n 's/^    apt update && apt install \([^#.]*[^# ]\) .*/\1/p' "$TOP/README.md" | xargs -n 1)
clean_root "$WORK/compiler" "${needed[@]:?}"
clean_root "$root" cargo python3-numpy
"$TOP/config/packages/tree.sh" "$sources"
cp "$gix" "$root/usr/local/bin/gix"
"$TOP/integration/lib/repository.sh" --small "$WORK/served"

# A crate with a dependency; both are only libraries, so that no linker is needed.
crate() {
	mkdir -p "$1/src"
	printf '[package]\nname = "%s"\nversion = "0.1.0"\n[dependencies]\n%s' "${1##*/}" "$2" >"$1/Cargo.toml"
	echo "$3" >"$1/src/lib.rs"
}
crate "$WORK/served/parts" '' 'pub fn part() -> u32 { 7 }'
git -C "$WORK/served/parts" init -q .
git -C "$WORK/served/parts" add .
git -C "$WORK/served/parts" commit -q -m parts
serve_repositories "$WORK/served"

mkdir -m 777 "$WORK/source"
mount_refusing "$WORK/source" "$root/mnt/share"
# The user's home is on the share, which refuses mappings there, too. The names of hosts lead to
# this one.
in_root "$root" useradd -m -s /bin/bash -d /mnt/share/somebody somebody
home=$root/mnt/share/somebody
printf '[url "%s"]\n\tinsteadOf = https://example.org/project.git\n' "$GITURL/x.git" >"$home/.gitconfig"
crate "$home/whole" "parts = { git = \"$GITURL/parts\" }" 'pub fn whole() -> u32 { parts::part() }'
echo 'import numpy; print(numpy.load("train.npy", mmap_mode="r").sum())' >"$home/train.py"
cp "$gix" "$home/legacy-program"
cp "$TOP/config/privmap.conf" "$root/etc"
mkdir "$home/x.git"
head -c 5000 /dev/zero >"$home/x.git/FILE"
in_root "$root" chown -R somebody: /mnt/share/somebody

# --- users and places ---

in_sources() {
	(cd "$sources" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CC -u BUILD -u TOP -u WORK HOME="$REAL_HOME" \
		bash -c "$1") >"$out" 2>&1 || {
		tail -n 40 "$out"
		return 1
	}
}
# Only checks that the target exists: it takes minutes, is tested elsewhere, or runs this test.
prepared() {
	local script=
	case $1 in
	make\ *) in_sources "make -n ${1#make }" && script=$(grep -oE '(tests|integration)/[a-z0-9/]+\.sh|tests/run' "$out" | tail -n 1) ;;
	*) script=${1%% *} ;;
	esac
	[ -n "$script" ] && [ -x "$TOP/$script" ]
}
installed() {
	in_root "$WORK/compiler" dpkg -s "${needed[@]}" >"$out"
}
# In a root with only a compiler and the other packages that README.md names.
by_compiler() {
	[ -e "$WORK/compiler/root/privmap" ] || "$TOP/config/packages/tree.sh" "$WORK/compiler/root/privmap"
	in_root "$WORK/compiler" sh -c "cd /root/privmap && $1 && build/privmap true" >"$out" 2>&1 || {
		tail -n 40 "$out"
		return 1
	}
}
makes_packages() {
	in_sources "${1%% && *}" && cp -r "$sources/build" "$root/root" && by_root "${1##* && }"
}
by_root() {
	in_root "$root" sh -c "cd && $1" >"$out" 2>"$err" || {
		cat "$out" "$err"
		return 1
	}
}
# Runs it in $DIRECTORY, in the home.
by_somebody() {
	ends 0 '' in_root "$root" su - somebody -c "cd ${DIRECTORY:-.} && $1"
}
refused() {
	says "$1" in_root "$root" su - somebody -c "cd ${DIRECTORY:-.} && $2"
}

cloned() {
	fsck_clean "$home/project" && rm -rf "$WORK/source/somebody/project"
}
clones() {
	refused 'No such device' "${1#privmap }" && rm -rf "$WORK/source/somebody/project" &&
		in_root "$root" su - somebody -c "$1" && cloned
}
# libgit2 maps the repository of the dependency, and rustc maps compiled crates.
builds() {
	DIRECTORY=whole
	refused 'No such device|failed to (load|mmap)' "${1#privmap --report }" &&
		in_root "$root" su - somebody -c "cd whole && $1" >"$out" 2>"$err" &&
		grep -qE '^privmap: [1-9][0-9]* converted' "$err" && [ -s "$home/whole/target/debug/libwhole.rlib" ]
	set -- $?
	cat "$err"
	unset DIRECTORY
	return "$1"
}
trains() {
	by_somebody 'python3 -c "import numpy; numpy.save(\"train.npy\", numpy.arange(1000))"' &&
		refused 'No such device' "python3 ${1##* }" && by_somebody "$1" && [ "$(cat "$out")" = 499500 ]
}
# The output has the lines of the transcript, in that order, maybe with others between them; numbers
# may differ.
shows_the_same() {
	sed -n '/^```console/,/^```/p' "$TOP/README.md" | sed '/^```/d' >"$WORK/transcript"
	while IFS= read -r line; do
		case $line in
		'$ '*)
			in_root "$root" su - somebody -c "rm -rf project; ${line#'$ '}" >"$out" 2>&1 || :
			exec 3<"$out"
			;;
		*)
			while IFS= read -r printed <&3; do
				# Escapes for terminals may come before it.
				[[ ${printed//[0-9]/} != *"${line//[0-9]/}" ]] || continue 2
			done
			echo "not printed: $line"
			cat "$out"
			return 1
			;;
		esac
	done <"$WORK/transcript"
	[ "$(grep -c '^\$' "$WORK/transcript")" -eq 2 ] && cloned
}
clone='clone https://example.org/project.git'
serves_logins() {
	by_root "$1" && in_root "$root" su - somebody -c "gix $clone" && cloned
	set -- $?
	rm -f "$root/etc/profile.d/privmap.sh"
	return "$1"
}
serves_static_logins() {
	mkdir -p "$root/opt/static" && cp "$static_gix" "$root/opt/static/gix" || return
	refused 'No such device' "/opt/static/gix $clone" && rm -rf "$WORK/source/somebody/project" && by_root "$1" &&
		in_root "$root" su - somebody -c "/opt/static/gix $clone" && cloned
	set -- $?
	rm -f "$root/etc/profile.d/privmap-exec.sh"
	return "$1"
}
patches() {
	refused 'No such device' "./legacy-program $clone" && rm -rf "$WORK/source/somebody/project" &&
		by_somebody "$1" && in_root "$root" su - somebody -c "./legacy-program $clone" && cloned
}
unpatches() {
	by_somebody "$1" && cmp "$gix" "$home/legacy-program" && refused 'No such device' "./legacy-program $clone" &&
		rm -rf "$WORK/source/somebody/project"
}
finds_refused() {
	ends 1 '' in_root "$root" su - somebody -c "$1" && grep -q ENODEV "$out"
}
says_why() {
	DIRECTORY=x.git by_somebody "$1" && grep -q '^served: ' "$out"
}
serves_shell() {
	in_root "$root" su - somebody -c "$1; gix $clone" && cloned
}

while IFS=$'\t' read -r text how; do
	case $how in
	@*) check "$text: by ${how#@}" [ -x "$TOP/${how#@}" ] ;;
	*) check "$text" "$how" "$text" ;;
	esac
done < <(known)

# --- other text that a reader copies ---

check 'the commands print its transcript' shows_the_same
rules_are_valid() {
	sed -n '/^    builtin = /,/^$/s/^    //p' "$TOP/README.md" >"$home/readme.conf" &&
		by_somebody 'privmapctl check readme.conf'
}
check 'its rules are valid' rules_are_valid
manual_says_the_same() {
	gzip -dc "$root/usr/share/man/man8/libprivmap.so.8.gz" | grep -xF "# $1"
}
check 'libprivmap.so(8): the profile, as in README.md' manual_says_the_same \
	'ln -s /usr/share/privmap/profile.d/privmap.sh /etc/profile.d/'
t_end
