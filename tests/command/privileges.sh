#!/bin/bash
# SPDX-License-Identifier: MIT
# Set-user-ID programs and the like, for which the dynamic linker ignores LD_PRELOAD. privmap says
# so exactly when that is true, and runs them unserved. For root, it traces them; for others it does
# not, because the kernel would drop the privileges (ptrace(2)). Needs root, to make such files and
# to become another user.
# shellcheck disable=SC2317 # check calls the functions
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	echo '1..0 # SKIP only root can make set-user-ID files of others'
	exit 0
fi

# A user and a group that own nothing else; they need no entry in /etc/passwd.
user=54321 group=54322
chmod 711 "$WORK"
mkdir -m 755 "$WORK/play"
cd "$WORK/play"
cp "$BUILD/privmap" "$BUILD/libprivmap.so" "$BUILD/privmap-config.so" .
compile served <<-'END'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <unistd.h>
	static char line[512];
	static const char *find(const char *file, const char *text)
	{
		FILE *lines = fopen(file, "r");

		while (lines && fgets(line, sizeof(line), lines))
			if (strstr(line, text))
				return line + strlen(text);
		return NULL;
	}
	int main(void)
	{
		int gains;

		if (find("/proc/self/maps", "libprivmap.so"))
			return puts("served") < 0;
		gains = geteuid() != getuid() || getegid() != getgid() ||
			(getuid() && strtoull(find("/proc/self/status", "CapPrm:"), NULL, 16));
		printf("%s, %s privileges\n",
		       atoi(find("/proc/self/status", "TracerPid:")) ? "traced" : "alone",
		       gains ? "with" : "without");
		return 0;
	}
END

as_user() {
	setpriv --reuid "$user" --regid "$group" --clear-groups "$@"
}

# made OWNER:GROUP MODE: makes the program with these.
made() {
	cp served program
	chown "$1" program
	chmod "$2" program
}

# left WHY PRIVILEGES COMMAND...: for a user other than root it runs unserved, with PRIVILEGES, and
# privmap says so. With -e trace it has none. COMMAND is a prefix that runs privmap.
left() {
	local line="privmap: \./program is not served: it runs with other privileges \($1\), "
	line+='so LD_PRELOAD is ignored; as root it is: sudo privmap \.\.\.'
	local has=$2
	shift 2
	ends 0 "$line" "$@" ./privmap "${script:-./program}" && grep -qx "alone, $has privileges" "$out" &&
		ends 0 'privmap: engine trace for .*; traced, it runs without them' \
			"$@" ./privmap -e trace "${script:-./program}" &&
		grep -qx 'traced, without privileges' "$out"
}

# told WHY PRIVILEGES COMMAND...: privmap traces it, and says so; it then has PRIVILEGES. LD_PRELOAD
# would not have reached it.
told() {
	local line="it runs with other privileges \($1\), so LD_PRELOAD is ignored" has=$2
	shift 2
	ends 0 "privmap: engine trace for \./program: $line" "$@" ./privmap "${script:-./program}" &&
		grep -qx "traced, $has privileges" "$out" &&
		ends 0 '' "$@" ./privmap -e preload "${script:-./program}" && grep -q '^alone' "$out"
}

served() {
	prints served "$@" ./privmap ./program
}

if grep -q nosuid <(findmnt -n -o OPTIONS -T .); then
	echo '1..0 # SKIP the temporary directory is mounted nosuid'
	exit 0
fi

made 0:0 755
check 'no privileges, another user' served as_user
made 0:0 4755
check 'set-user-ID root, another user' left set-user-ID with as_user
check 'set-user-ID root, root' served env
check 'set-user-ID root, no_new_privs' served as_user setpriv --no-new-privs
made "$user:0" 4755
check 'set-user-ID, its owner' served as_user
check 'set-user-ID of another, root' told set-user-ID with env
made "0:$group" 2755
check 'set-group-ID, its group' served as_user
made 0:0 2755
check 'set-group-ID of another, another user' left set-group-ID with as_user
made "0:$group" 2755
check 'set-group-ID of another, root' told set-group-ID with env
made 0:0 2745
check 'set-group-ID without execution for the group, another user' served as_user

if command -v setcap >"$WORK/setcap"; then
	made 0:0 755
	setcap cap_net_raw+ep program
	check 'file capabilities, another user' left 'file capabilities' with as_user
	check 'file capabilities, root' served env
	check 'file capabilities, no_new_privs' \
		told 'file capabilities' without as_user setpriv --no-new-privs
	setcap cap_net_raw+p program
	check 'file capabilities, not effective' left 'file capabilities' with as_user
	check 'file capabilities, not effective, no_new_privs' served as_user setpriv --no-new-privs
else
	skip 'file capabilities' 'no setcap'
fi

# On a nosuid mount, the kernel ignores all of these.
on_nosuid() {
	unshare -m sh -eu -c '
		mount -t tmpfs -o nosuid tmpfs /mnt
		cp -p served /mnt/program
		chmod 4755 /mnt/program
		exec "$@"' sh setpriv --reuid "$user" --regid "$group" --clear-groups \
		"$PWD/privmap" /mnt/program
}
if why=$(no_mount_namespace); then
	skip 'set-user-ID on a nosuid mount' "$why"
else
	check 'set-user-ID on a nosuid mount' prints served on_nosuid
fi

# For children of COMMAND, privmap says nothing until the end.
told_by_report() {
	local line='privmap:   programs out of reach: 2 that run with other privileges; start privmap as root'
	as_user ./privmap -r sh -c './program; ./program' >"$out" 2>"$err"
	cat "$out" "$err"
	[ "$(cat "$err")" = "privmap: nothing was refused"$'\n'"$line" ] &&
		[ "$(sort -u "$out")" = 'alone, with privileges' ]
}
cp "$BUILD/libprivmap-exec.so" .
made 0:0 4755
check 'set-user-ID root, started by another program' told_by_report
rm libprivmap-exec.so

# The interpreter runs a script, whatever the mode bits of the script are.
printf '#!%s\n' "$PWD/served" >program
chmod 4755 program
check 'a set-user-ID script' served as_user
made 0:0 4755
printf '#!./program\n' >script
chmod 755 script
script=./script check 'a script with a set-user-ID interpreter' left set-user-ID with as_user

made 0:0 711
check 'a program that may be run but not read' served as_user
unread() {
	ends 0 'privmap: engine preload for .*: it cannot be read, and .*' as_user ./privmap -v ./program
}
check '  -v says so' unread
made 0:0 700
check 'one that may not be run' ends 126 "privmap: './program': Permission denied" \
	as_user ./privmap ./program
echo 'rules = ();' >unreadable.conf
chmod 600 unreadable.conf
check 'a rule file that may not be read' \
	ends 125 'privmap: .*/unreadable\.conf: .*Permission denied.*' \
	as_user ./privmap -c unreadable.conf ./served
check 'a report that may not be written' \
	ends 125 "privmap: --report 'report': Permission denied" as_user ./privmap --report=report ./served
t_end
