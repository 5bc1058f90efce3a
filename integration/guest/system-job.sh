#!/bin/bash
# SPDX-License-Identifier: MIT
# system-job.sh PART...: the job of the system that the suite boot.sh boots; it starts after the
# login. It judges nothing. It writes the status, stdout and stderr of each step to the second disk,
# and boot.sh compares them. PART is short, long (steps that take longer), or manual (the commands
# of config/system/README.md).
# shellcheck disable=SC2016 # other shells expand
set -uo pipefail
mkdir -p /run/results
cd /run/results || exit
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 SYSTEMD_PAGER='' SYSTEMD_COLORS=0

# step NAME COMMAND...
step() {
	local name=$part/$1 status=0
	shift
	"$@" >"$name.out" 2>"$name.err" </dev/null || status=$?
	echo "$status" >"$name.status"
}

as_somebody() {
	su - somebody -c "$1"
}
by_ssh() {
	as_somebody "ssh localhost '$1'"
}
# unit ARG...: runs a command as a unit of systemd, with our stdout and stderr.
unit() {
	systemd-run --quiet --wait --pipe "$@"
}
served=/mnt/refusing/x.git/file
# clone NAME: prints a command for a shell. gix, a static program, clones; git checks the clone.
clone() {
	echo "cd /mnt/refusing/clones && gix --no-verbose clone file:///srv/repository/x.git $1 >/dev/null && git -C $1 fsck"
}
# Shows whether a static program is traced or has a seccomp filter.
state=(busybox grep -E '^(TracerPid|Seccomp):' /proc/self/status)
container() (
	local dir=/run/container
	mkdir -p $dir/rootfs/bin $dir/rootfs/proc && cp /bin/busybox $dir/rootfs/bin && cd $dir && runc spec &&
		sed -i "s#\"terminal\": true#\"terminal\": false#
			s#\"sh\"#$(printf ', "%s"' "${state[@]}" | cut -c 3-)#" config.json &&
		runc run example
)

short() {
	step who who
	step running systemctl is-system-running --wait
	step apt-check apt-get -q check
	step dpkg-install dpkg -i /srv/archive/privmap-example_1_all.deb
	step dpkg-remove dpkg -r privmap-example
	step su as_somebody 'id; echo "$HOME"'
	step sudo as_somebody 'sudo -S -p "" sh -c "id; echo \$SUDO_USER" <<<somebody'
	step ssh by_ssh 'id; tty; echo to stderr >&2'
	step busybox "${state[@]}"
	step bwrap su somebody -c "bwrap --ro-bind / / --proc /proc --unshare-all $(printf '%q ' "${state[@]}")"
	step container container
	step restart systemctl restart ssh cron
	step active systemctl is-active ssh cron dbus systemd-journald systemd-udevd systemd-logind
	step failed systemctl --failed --legend=no --plain
}

cron_has_run() {
	until [ -s /run/cron-job ]; do
		sleep 1
	done
	head -n 1 /run/cron-job
}
# cloned_by_cron NAME: waits for the clone of cron's job with this argument, and checks it.
cloned_by_cron() {
	until [ -s "/tmp/by-$1/ended" ]; do
		sleep 1
	done
	cat "/tmp/by-$1/err" >&2
	[ "$(cat "/tmp/by-$1/ended")" -eq 0 ] && as_somebody "git -C /mnt/refusing/clones/$1 fsck"
}
# has_libraries PROCESS: prints yes or no, or nothing when PROCESS has no mappings: it is a kernel
# thread, or it has ended.
has_libraries() {
	local maps
	maps=$(cat "$1/maps") && [ -n "$maps" ] || return
	if [[ $maps = *libprivmap.so* && $maps = *libprivmap-exec.so* ]]; then
		echo yes
	else
		echo no
	fi
}
# Prints the name of each process, and whether it has the libraries.
loaded() {
	local process name answer
	for process in /proc/[0-9]*; do
		name=$(cat "$process/comm")
		answer=$(has_libraries "$process")
		# A process that ends or is in execve() while its mappings are read seems to have none.
		if [ "$answer" = no ]; then
			sleep 0.2
			answer=$(has_libraries "$process")
		fi
		[ -z "$answer" ] || echo "$name $answer"
	done 2>/dev/null | sort -u
}
long() {
	step apt-update apt-get -q update
	step apt-install apt-get -q -y install privmap-example
	step apt-purge apt-get -q -y purge privmap-example
	step dpkg-audit dpkg --audit
	step su-plain su somebody -c id
	step user-manager by_ssh 'systemctl --user is-system-running --wait; systemctl --user --failed'
	step set-user-id as_somebody 'sudo -S -p "" sh -c \
		"grep -om 1 libprivmap.so /proc/\$PPID/maps || echo none" <<<somebody'
	step restart systemctl restart dbus systemd-udevd systemd-logind
	# Separate, so that the journal misses no message about the others.
	step restart-journal systemctl restart systemd-journald
	step active systemctl is-active ssh cron dbus systemd-journald systemd-udevd systemd-logind
	# The bus starts the services that these commands ask, in sandboxes.
	step hostnamectl hostnamectl --static
	step timedatectl timedatectl show -p Timezone
	step localectl localectl status
	step loginctl loginctl --no-legend list-users
	step tmpfiles systemd-tmpfiles --create
	step mount systemctl start mnt-refusing.service
	step kinds unit mapkinds "$served"
	step kinds-other unit mapkinds /mnt/refusing/file
	step kinds-shut-in unit -p User=somebody -p PrivateDevices=yes -p PrivateNetwork=yes \
		-p ProtectProc=invisible -p ProcSubset=pid -p ProtectSystem=strict -p ProtectHome=yes \
		-p ProtectKernelTunables=yes -p ProtectControlGroups=yes -p PrivateTmp=yes \
		-p ReadWritePaths=/mnt/refusing \
		-p MemoryDenyWriteExecute=yes -p NoNewPrivileges=yes -p RestrictNamespaces=yes \
		-p RestrictAddressFamilies=AF_UNIX -p LockPersonality=yes \
		-p SystemCallArchitectures=native -p SystemCallFilter=@system-service mapkinds "$served"
	step gix-login as_somebody "$(clone login)"
	step gix-ssh by_ssh "$(clone ssh)"
	step gix-unit unit --collect -p User=somebody -p WorkingDirectory=/mnt/refusing/clones \
		gix --no-verbose clone file:///srv/repository/x.git unit
	step gix-cron cloned_by_cron cron
	step cron cron_has_run
	step loaded loaded
	step failed systemctl --failed --legend=no --plain
	step running systemctl is-system-running
}

# Commands of the README, as printed there. drop_in() replaces NAME with the name of its unit.
readme=/usr/share/privmap/README.md
in_readme() {
	grep -oE "$1" "$readme" | tee /dev/stderr | grep . >/tmp/lines && sh -eu /tmp/lines
}
drop_in() {
	local name=$1 command=$2
	shift 2
	printf '[Service]\nType=oneshot\nStandardOutput=file:/run/%s\nExecStart=%s\n' "$name" "$command" \
		>"/run/systemd/system/$name.service"
	mkdir -p "/etc/systemd/system/$name.service.d"
	sed "$@" /usr/share/privmap/systemd/privmap.conf >"/etc/systemd/system/$name.service.d/privmap.conf"
	systemctl daemon-reload && systemctl restart "$name" && cat "/run/$name"
}
# user_unit COMMAND [ENVIRONMENT]: runs a unit of the user somebody, in a manager that starts with
# the session.
user_unit() {
	printf '[Service]\nType=oneshot\nStandardOutput=file:%%t/told\nEnvironment=%s\nExecStart=%s\n' \
		"${2:-}" "$1" >/etc/systemd/user/example.service
	# Fails if the last session has ended long ago.
	loginctl terminate-user somebody 2>/dev/null
	while [ "$(systemctl is-active user@1000)" != inactive ]; do
		sleep 0.1
	done
	by_ssh 'systemctl --user start example && cat $XDG_RUNTIME_DIR/told'
}
of_readme() {
	sed -n 's/^    //p' "$readme" | sed -n "$1p" >/tmp/lines && [ -s /tmp/lines ] && sh -eu /tmp/lines
}
manual() {
	step profile in_readme 'ln -s [^`]*/etc/profile\.d/'
	step profile-kinds by_ssh "bash -l -c \"mapkinds $served\""
	step profile-off by_ssh "bash -l -c \"PRIVMAP_DISABLE=1 mapkinds $served\""
	ln -s /usr/share/privmap/profile.d/privmap-exec.sh /etc/profile.d/
	step gix-profile by_ssh "bash -l -c \"$(clone profile)\""
	rm -f /etc/profile.d/privmap*.sh
	step zsh in_readme 'echo [^`]*>>/etc/zsh/zprofile'
	step zsh-kinds by_ssh "zsh -l -c \"mapkinds $served\""
	step zsh-off by_ssh "zsh -l -c \"PRIVMAP_DISABLE=1 mapkinds $served\""
	step fish in_readme 'ln -s [^`]*/etc/fish/conf\.d/'
	step fish-kinds by_ssh "fish -l -c \"mapkinds $served\""
	step fish-off by_ssh "fish -l -c \"env PRIVMAP_DISABLE=1 mapkinds $served\""
	rm -f /etc/fish/conf.d/privmap.fish
	step pam of_readme 8
	step pam-kinds by_ssh "mapkinds $served"
	step pam-off by_ssh "PRIVMAP_DISABLE=1 mapkinds $served"
	step pam-static of_readme 9
	step gix-pam-ssh by_ssh "$(clone pam-ssh)"
	step gix-pam-zsh by_ssh "zsh -l -c \"$(clone pam-zsh)\""
	step gix-pam-fish by_ssh "fish -l -c \"$(clone pam-fish)\""
	# cron starts a job of this file with the variables that were just set.
	echo '* * * * * somebody sh /srv/clone-by-cron pam-cron' >/etc/cron.d/privmap-pam
	step gix-pam-cron cloned_by_cron pam-cron
	rm -f /etc/cron.d/privmap-pam /etc/environment
	step environment in_readme '[^`]*ln -s [^`]*/etc/environment\.d/'
	step environment-kinds user_unit "mapkinds $served"
	step environment-off user_unit "mapkinds $served" PRIVMAP_DISABLE=1
	ln -s /usr/share/privmap/environment.d/50-privmap-exec.conf /etc/environment.d/
	step gix-environment user_unit "sh -c \"$(clone environment)\""
	rm -f /etc/environment.d/50-privmap*.conf
	step drop-in drop_in kinds "mapkinds $served" ''
	step gix-drop-in drop_in clone "sh -c \"$(clone drop-in)\"" 's/^#Environment/Environment/'
	step preload of_readme 1,3
	step preload-kinds unit mapkinds "$served"
	step preload-off unit -E PRIVMAP_DISABLE=1 mapkinds "$served"
	step preload-user by_ssh "mapkinds $served"
	step preload-static of_readme 5,7
	step gix-preload as_somebody "$(clone preload)"
	step hatch of_readme 4
	step hatch-kinds unit mapkinds "$served"
}

# Keeps the journal once, before the part that is not compared. The kernel's lines are separate,
# because most of them differ from boot to boot. So do the lines in which systemd and its services
# report success: only their warnings are kept. (Other services use syslog, and a library's messages
# come by stdout.)
keep_journal() {
	[ ! -e lines ] || return
	journalctl --sync
	journalctl -q -b -o short-monotonic --no-hostname _TRANSPORT={driver,stdout,syslog} >lines
	journalctl -q -b -o short-monotonic --no-hostname -p warning _TRANSPORT=journal >>lines
	journalctl -q -b -o cat _TRANSPORT={audit,kernel} >kernel-lines
}

for part; do
	mkdir "$part"
	[ "$part" != manual ] || keep_journal
	"$part"
done
keep_journal
tar -cf /dev/vdb -C /run results
