#!/bin/bash
# SPDX-License-Identifier: MIT
# A whole system with both libraries in /etc/ld.so.preload, booted in QEMU. From the first process
# to the last, Debian with systemd does the same as without them: no additional line, no failed
# unit. Only a static gix clones where mappings are refused. The system also boots if the libraries
# are missing or for another architecture. The CPU is emulated: needs no KVM.
# shellcheck disable=SC2317,SC2016 # check calls the functions; other shells expand
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../guest/host.sh
. "$(dirname "${BASH_SOURCE[0]}")/../guest/host.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/root.sh
. "$TOP/integration/lib/root.sh"

for tool in qemu-system-x86_64 mkfs.ext4 debootstrap dpkg-buildpackage dh dpkg-scanpackages; do
	if ! PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null; then
		skip 'a system boots' "no $tool"
		t_end
	fi
done
if [ "$(uname -m)" != x86_64 ] || [ "$(id -u)" -ne 0 ]; then
	skip 'a system boots' 'it needs x86_64, and root to make one'
	t_end
fi
if ! prepared "$guests/kernel.sh" current; then
	skip 'a system boots' "$answer"
	t_end
fi
kernel=$answer

# --- the system, made like an image of a virtual machine ---

build=$WORK/build root=$WORK/root image=$WORK/image
clean_root "$root" systemd-sysv udev dbus libpam-systemd kmod sudo openssh-server cron fuse3 runc bubblewrap zsh fish
gix=$(client gix-static)
progress 'making a system with the libraries in /etc/ld.so.preload'
do_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CC make -s -C "$TOP" "$@" BUILD="$build" 2>&1
}
check 'make deb' do_make deb

# Makes an archive with one package, which the guest installs.
archive() {
	mkdir -p "$root/srv/archive" "$WORK/example/DEBIAN" "$WORK/example/usr/share/privmap-example"
	cat >"$WORK/example/DEBIAN/control" <<-END
		Package: privmap-example
		Version: 1
		Architecture: all
		Maintainer: Nobody <nobody@example.org>
		Description: what boot.sh installs
	END
	printf '#!/bin/sh\nset -e\n[ "$1" != configure ] || id -u\n' >"$WORK/example/DEBIAN/postinst"
	chmod 755 "$WORK/example/DEBIAN/postinst"
	echo example >"$WORK/example/usr/share/privmap-example/file"
	dpkg-deb --root-owner-group -b "$WORK/example" "$root/srv/archive" >"$out"
	(cd "$root/srv/archive" && dpkg-scanpackages . 2>/dev/null >Packages)
	rm "$root"/etc/apt/sources.list
	echo 'deb [trusted=yes] file:/srv/archive ./' >"$root/etc/apt/sources.list.d/archive.list"
}
settings() {
	echo privmap >"$root/etc/hostname"
	printf '127.0.0.1 localhost privmap\n' >"$root/etc/hosts"
	in_root "$root" useradd -m -s /bin/bash -G sudo somebody
	printf 'root:root\nsomebody:somebody\n' | in_root "$root" chpasswd
	in_root "$root" su - somebody -c 'mkdir -m 700 .ssh && ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519 &&
		cp .ssh/id_ed25519.pub .ssh/authorized_keys &&
		sed "s/^/localhost /" /etc/ssh/ssh_host_ed25519_key.pub >.ssh/known_hosts'
	printf '%s\n' '* * * * * root id >/run/cron-job' '* * * * * somebody sh /srv/clone-by-cron cron' \
		>"$root/etc/cron.d/privmap-example"
	# These look at archives and disks, minutes after the start.
	in_root "$root" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer
	echo '/dev/vda / ext4 rw 0 0' >"$root/etc/fstab"
}
# A static program, and the repository that cron makes it clone, when there is a place. Another user
# owns the repository.
static() {
	cp "$gix" "$root/usr/local/bin/gix"
	"$TOP/integration/lib/repository.sh" --tiny "$root/srv/repository"
	in_root "$root" git config --system safe.directory '*'
	cat >"$root/srv/clone-by-cron" <<-'END'
		cd /mnt/refusing/clones 2>/dev/null && mkdir "/tmp/by-$1" 2>/dev/null || exit 0
		/usr/local/bin/gix --no-verbose clone file:///srv/repository/x.git "$1" >/dev/null 2>"/tmp/by-$1/err"
		echo $? >"/tmp/by-$1/ended"
	END
}
# The refusing filesystem, with a file that is served and one that is not.
refusing() {
	cp "$BUILD/integration/refusers/refusefs" "$BUILD/integration/programs/mapkinds" "$root/usr/local/bin"
	mkdir -p "$root/srv/source/x.git" "$root/mnt/refusing"
	mkdir -m 1777 "$root/srv/source/clones"
	head -c 5000 /dev/zero | tee "$root/srv/source/file" >"$root/srv/source/x.git/file"
	chmod a+w "$root/srv/source/file" "$root/srv/source/x.git/file"
	cat >"$root/etc/systemd/system/mnt-refusing.service" <<-'END'
		[Service]
		ExecStart=/usr/local/bin/refusefs -f /srv/source /mnt/refusing
		ExecStartPost=sh -c 'until mountpoint -q /mnt/refusing; do sleep 0.1; done'
	END
}
foreign() {
	local cross
	cross=$(at_home "$TOP/integration/guest/aarch64/toolchain.sh") || {
		echo "$cross"
		return 1
	}
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$TOP" BUILD="$WORK/i386" \
		CC="$cross/bin/i386-linux-gnu-gcc" CFLAGS='-O2 -Wno-psabi' "$WORK/i386/libprivmap.so" 2>&1
	cp "$WORK/i386/libprivmap.so" "$root/srv/foreign.so"
}
# Follows the lines of config/system/README.md.
preloaded() {
	mkdir "$root/tmp/packages"
	cp "$build"/*.deb "$root/tmp/packages"
	in_root "$root" sh -c 'apt-get -q -y install /tmp/packages/*.deb' || return
	sed -n 's/^    //p' "$root/usr/share/privmap/README.md" | sed -n 5,7p >"$WORK/lines"
	quietly in_root "$root" sh -eu <"$WORK/lines" && [ -s "$root/etc/ld.so.preload" ]
}
archive
settings
static
refusing
check 'a library of another architecture' foreign
check 'the packages are installed, and /etc/ld.so.preload is as config/system says' preloaded
cp "$guests/system-start" "$guests/system-job.sh" "$root/srv"
unmount_root "$root"
truncate -s 1G "$image"
mkfs.ext4 -q -F -E lazy_itable_init=1 -O ^has_journal -d "$root" "$image"

# --- the boots, two at once ---

# boot VARIANT PART...
boot() {
	local variant=$1 dir=$BUILD/boot/$1
	shift
	rm -rf "$dir"
	mkdir -p "$dir"
	echo root >"$dir/password"
	printf '%s\n' "bash /srv/system-job.sh $*" 'systemctl poweroff' >"$dir/typed"
	progress "booting: $variant"
	"$guests/disk.sh" "$kernel" "$dir" "$image" sh /srv/system-start "$variant" >"$dir/end" 2>&1 &
	running+=("$!")
}
start=$SECONDS
boot alone short long manual
boot served short long
wait_for_guests
boot deleted short
boot foreign short
wait_for_guests
progress "the boots took $((SECONDS - start)) s"

# --- the results ---

came_and_went() {
	mkdir "$WORK/$1" && powered_off "$BUILD/boot/$1" "$2" 'reboot: Power down' &&
		tar -C "$WORK/$1" --strip-components=1 -xf "$BUILD/boot/$1/results" &&
		grep -qE '^root +ttyS0 ' "$WORK/$1/short/who.out"
}
n=0
for variant in alone served deleted foreign; do
	check "a system boots to a login, and powers off: $variant" \
		came_and_went "$variant" "${ended[n]}"
	n=$((n + 1))
done
cd "$WORK"

# Otherwise the comparisons below could compare two failures.
all_work() {
	find alone -name '*.status' ! -name 'gix-*' -exec grep -HvxF 0 {} + && return 1
	cat alone/{short,long}/failed.out alone/short/running.out
	[ ! -s alone/short/failed.out ] && [ ! -s alone/long/failed.out ] &&
		[ "$(cat alone/long/cron.out)" = 'uid=0(root) gid=0(root) groups=0(root)' ] &&
		grep -qx somebody alone/short/sudo.out && grep -q '^uid=1000' alone/short/ssh.out
}
check 'alone: apt, dpkg, sudo, su, ssh, units, cron: all work' all_work
library_in() {
	local name
	cat "$1/long/loaded.out"
	for name in systemd systemd-journal systemd-udevd systemd-logind dbus-daemon sshd cron login bash; do
		grep -qx "$name $2" "$1/long/loaded.out" || {
			echo "not there: $name $2"
			return 1
		}
	done
	! grep -v " $2\$" "$1/long/loaded.out"
}
# The library did not look at the program, and nothing traced or filtered it.
untouched() {
	local name
	for name in busybox container bwrap; do
		[ "$(tr -d '[:space:]' <"$1/short/$name.out")" = TracerPid:0Seccomp:0 ] && continue
		tail "$1/short/$name".*
		return 1
	done
}
check '  busybox and containers are as they are' untouched alone
refused() {
	tail "$1"
	grep -qF 'No such device (os error 19)' "$1"
}
clones=(gix-login gix-ssh gix-unit gix-cron)
for name in "${clones[@]}"; do
	check "  a static gix cannot clone: $name" refused "alone/long/$name.err"
done
check '  no process has the libraries' library_in alone no
check 'served: every process has it, the first included' library_in served yes
check '  a set-user-ID program has it' grep -qx libprivmap.so served/long/set-user-id.out
check '    and not without' grep -qx none alone/long/set-user-id.out
# cloned NAME: gix ended with 0 and printed no error; outside of a unit, nothing at all.
cloned() {
	tail "$1".*
	[ "$(cat "$1.status")" = 0 ] && [ ! -s "$1.err" ] && { [[ $1 = *-unit ]] || [ ! -s "$1.out" ]; }
}
for name in "${clones[@]}"; do
	check "  a static gix clones: $name" cloned "served/long/$name"
done
check '  busybox and containers are as they are' untouched served
# kinds COUNT FILE: COUNT of the seven mappings are private; two always are.
kinds() {
	cat "$2"
	[ "$(grep -c ': private$' "$2")" -eq "$1" ]
}
for name in kinds kinds-shut-in; do
	check "  a unit is served: $name" kinds 5 "served/long/$name.out"
	check "    and not without it" kinds 2 "alone/long/$name.out"
done
# The same, except for served mappings and loaded libraries.
same_steps() {
	[ -s alone/long/running.status ] &&
		diff -r -x 'gix-*' -x '*lines' -x manual -x who.out -x loaded.out -x set-user-id.out -x kinds.out \
			-x kinds-shut-in.out alone served
}
check '  all commands say and do the same, to the letter' same_steps

# Leaves out numbers, names made of numbers, and times at the beginning.
plain() {
	sed -E 's/^\[ *[0-9.]+\] //; s/\b[0-9a-f]{32}\b/ID/g
		s/[0-9]+(\.[0-9]+)?([mu]s|s)?\b/N/g; s/[0-9]+/N/g'
}
left_over='cron\.service: Found left-over process|This usually indicates unclean termination of a previous run'
# Without lines that depend on timing: durations; whether systemd was on the bus before a process
# asked for it (else dbus-daemon says that it was activated); and whether one of cron's jobs was
# running when cron was restarted. Of the kernel's lines, only those about a process.
journal() {
	{
		grep -vE "session closed|Time spent|activated service 'org\.freedesktop\.systemd1'|$left_over" "$1/lines"
		grep -E 'segfault|traps:|protection fault|audit:|[Oo]ut of memory' "$1/kernel-lines" || :
	} | plain | sort -u
}
# Since the first process. Without escapes for the terminal, and without the kernel's lines, which
# have a time: the journal has these.
console() {
	sed -E "1,/system-start: /d; s/\r//g; s/\x1b(c|\[[?0-9;]*[a-zA-Z])//g; s/\[ *[0-9]+\.[0-9]+\] .*//" \
		"$BUILD/boot/$1/console" | grep . | grep -v 'bash /srv/' | plain | sort -u
}
# no_more WHAT VARIANT PATTERN OTHER...: each line is in one of the others, or matches the pattern.
no_more() {
	local what=$1 variant=$2 pattern=$3 other
	shift 3
	for other; do
		"$what" "$other"
	done | sort -u >others
	"$what" "$variant" >these
	[ -s others ] && [ -s these ] || return
	! comm -13 others these | grep -vE "$pattern"
}
check '  the journal has not one line more' no_more journal served '^$' alone deleted foreign
check '  nor has the console' no_more console served '^$' alone deleted foreign

# In all of them, the linker complains in every program; there are no other lines.
ignored='ERROR: ld\.so: object .*/libprivmap(-exec)?\.so. from /etc/ld\.so\.preload cannot be preloaded .*: ignored\.'
but_ignored() {
	local file
	grep -rqE "$ignored" "$1/short" || return
	for file in "$1"/short/*; do
		[ "${file##*/}" != who.out ] || continue
		diff "alone/${file#*/}" <(grep -vE "$ignored" "$file") || return
	done
}
for variant in deleted foreign; do
	check "$variant: all commands work, and say the same but for the linker" but_ignored "$variant"
	check '  nothing else is in the journal' no_more journal "$variant" \
		"$ignored|\(CRON\) info \(No MTA installed, discarding output\)" alone served
	for what in journal console; do
		check_fails "    (else it would be noticed: $what)" no_more "$what" "$variant" '^$' alone served
	done
done

# --- as config/system/README.md says, in the running system ---

for name in profile zsh fish pam environment preload; do
	check "README: $name: it is served" kinds 5 "alone/manual/$name-kinds.out"
	check '  PRIVMAP_DISABLE=1 turns it off' kinds 2 "alone/manual/$name-off.out"
done
check 'README: a unit by its drop-in' kinds 5 alone/manual/drop-in.out
check 'README: preload: who logs in as well' kinds 5 alone/manual/preload-user.out
check '  the escape hatch' kinds 2 alone/manual/hatch-kinds.out
for name in profile pam-ssh pam-zsh pam-fish pam-cron environment drop-in preload; do
	check "README: $name: static programs, too" cloned "alone/manual/gix-$name"
done
quiet_manual() {
	cat alone/manual/*.err || return
	# in_readme prints there.
	[ -z "$(cat alone/manual/{profile,zsh,fish,pam,environment,preload,hatch}-*.err alone/manual/{drop-in,preload,hatch}.err)" ]
}
check '  silently' quiet_manual
t_end
