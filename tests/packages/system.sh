#!/bin/bash
# SPDX-License-Identifier: MIT
# config/system: the real tool reads each file, where it is installed. For cases that need no clean
# root, unlike tests/packages/deb.sh.
# shellcheck disable=SC2317,SC2016,SC2088 # check calls the functions; other shells expand
set -eu
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# As a package installs them; the dynamic linker replaces $LIB.
preload='/usr/$LIB/libprivmap.so' preload_exec='/usr/$LIB/libprivmap-exec.so'
cp -r "$TOP/config/system" "$WORK/system"
find "$WORK/system" -type f -exec sed -i "s|@PRELOAD@|$preload|g; s|@PRELOAD_DOLLARS@|${preload/\$/\$\$}|
	s|@PRELOAD_EXEC@|$preload_exec|g; s|@PRELOAD_EXEC_DOLLARS@|${preload_exec/\$/\$\$}|; s|@LIBDIR@|$BUILD|; s|@DATADIR@|/usr/share/privmap|" {} +
cd "$WORK/system"

# has TOOL TEXT: else TEXT is skipped.
has() {
	[ -x "$1" ] || command -v "$1" >"$out" || {
		skip "$2" "no ${1##*/}"
		return 1
	}
}

for shell in sh bash zsh; do
	text="profile.d by $shell"
	! has "$shell" "$text" || check "$text" prints "$preload:libm.so.6" env LD_PRELOAD=libm.so.6 \
		"$shell" -euc '. ./profile.d/privmap.sh; . ./profile.d/privmap.sh; echo "$LD_PRELOAD"'
done
# fish_says TEXT [VARIABLE=VALUE]...: fish reads the file twice, and then has TEXT. It starts no
# program, because this system may lack the library.
fish_says() {
	local text=$1
	shift
	prints "$text" env -u LD_PRELOAD -u ASAN_OPTIONS HOME="$WORK" "$@" fish --no-config -c \
		'source conf.d/privmap.fish; source conf.d/privmap.fish; echo "<$LD_PRELOAD><$ASAN_OPTIONS>"'
}
asan=verify_asan_link_order=0
if has fish 'conf.d by fish'; then
	check 'conf.d by fish' fish_says "<$preload><$asan>"
	check '  before other preloaded libraries, once' \
		fish_says "<$preload:libm.so.6><a=1:$asan>" LD_PRELOAD=libm.so.6 ASAN_OPTIONS=a=1
	sed -i.there 's|^if test -r .*|if test -r /nowhere|' conf.d/privmap.fish
	check '  without the library: nothing' fish_says '<><>'
	mv conf.d/privmap.fish.there conf.d/privmap.fish
fi
# Reads it as a login shell of zsh does, by the line of README.md.
zsh_line() {
	mkdir -p zsh && sed -n 's|.*`echo "\(emulate .*\)" >>/etc/zsh/zprofile`.*|\1|p' README.md |
		sed "s|/usr/share/privmap|$PWD|" >zsh/.zprofile && [ -s zsh/.zprofile ] &&
		prints "$preload:libm.so.6" env LD_PRELOAD=libm.so.6 ZDOTDIR="$PWD/zsh" zsh -l -c 'echo "$LD_PRELOAD"'
}
! has zsh 'zprofile by zsh' || check 'zprofile by zsh' zsh_line
both_snippets() {
	prints "$preload:$preload_exec:libm.so.6" env LD_PRELOAD=libm.so.6 sh -euc \
		'for i in 1 2; do for file in profile.d/*.sh; do . "$file"; done; done; echo "$LD_PRELOAD"'
}
check '  and the one for static programs: after the library, once' both_snippets
# A login shell of bash starts again, so that it has the library itself.
mkdir -p login/bin
cp "$BUILD/integration/programs/started-static" login/bin/gix
for name in privmap-exec privmap; do
	sed "s|/usr/\$LIB|$BUILD|" "profile.d/$name.sh" >"login/$name.sh"
	echo ". '$PWD/login/$name.sh'" >>login/.bash_profile
done
# in_login WANTED COMMAND...: WANTED is all its output.
in_login() {
	local wanted=$1
	shift
	prints "$wanted" env -u LD_PRELOAD HOME="$PWD/login" "$@"
}
check 'a login shell of bash: a static program that it starts is traced' \
	in_login traced bash -l -c '~/bin/gix | head -n 1'
check '  once as its last word' in_login traced sh -c 'bash -l -c "exec ~/bin/gix" | head -n 1'
typed() {
	printf '%s\n' 'echo begun' '~/bin/gix | head -n 1' | in_login $'begun\ntraced' bash -l
}
check '  as its input says' typed
check '  with its own words and name' in_login '-bash|a b||2' \
	bash -c 'exec -a -bash bash -c "echo \"\$0|\$1|\$2|\$#\"" -bash "a b" ""'
check '  with its status; of our variables, only the exported ones' in_login 0 \
	bash -c 'bash -l -c "env | grep -c _privmap; exit 7"; [ $? -eq 7 ]'
begun_once() {
	echo 'echo begun >>~/count' >>login/.bash_profile
	in_login end bash -l -c 'echo end' && [ "$(cat login/count)" = begun ]
}
check '  commands after that in its profile run once' begun_once
check 'another shell that reads it goes on' in_login $'first\nsecond' \
	bash -c 'echo first; . ~/privmap-exec.sh; echo second'
asan_options() {
	prints "$1" env ASAN_OPTIONS="$2" sh -euc '. ./profile.d/privmap.sh; . ./profile.d/privmap.sh; echo "$ASAN_OPTIONS"'
}
check '  and the option for AddressSanitizer' asan_options verify_asan_link_order=0 ''
check '  after its other options' asan_options detect_leaks=0:verify_asan_link_order=0 detect_leaks=0
without_library() {
	sed "s|$BUILD|/nowhere|" "profile.d/$1" >none.sh && prints '<>' sh -euc '. ./none.sh; echo "<${LD_PRELOAD-}>"'
}
check 'profile.d without the library: nothing' without_library privmap.sh
check '  without that for static programs' without_library privmap-exec.sh

generator=/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator
generated() {
	mkdir -p home/environment.d && ln -sf ../../environment.d/50-privmap.conf home/environment.d &&
		XDG_CONFIG_HOME=$PWD/home env "$@" "$generator" 2>"$err" | grep '^LD_PRELOAD=' >"$out"
	cat "$err" "$out"
}
# systemd reads this output, with \$ where it must not expand.
alone() {
	generated && grep -xF 'LD_PRELOAD="/usr/\$LIB/libprivmap.so"' "$out"
}
in_front() {
	generated LD_PRELOAD=libm.so.6 && grep -xF 'LD_PRELOAD="/usr/\$LIB/libprivmap.so:libm.so.6"' "$out"
}
both_generated() {
	ln -s ../../environment.d/50-privmap-exec.conf home/environment.d && generated LD_PRELOAD=libm.so.6 &&
		grep -xF 'LD_PRELOAD="/usr/\$LIB/libprivmap.so:/usr/\$LIB/libprivmap-exec.so:libm.so.6"' "$out"
}
if has "$generator" environment.d; then
	check 'environment.d by systemd' alone
	check '  before other preloaded libraries' in_front
	check '  and the one for static programs: after the library' both_generated
fi

unit() {
	mkdir -p units/x.service.d
	printf '[Service]\nExecStart=/bin/true\n' >units/x.service
	sed "$1" systemd/privmap.conf >units/x.service.d/privmap.conf
	shift
	[ $# -eq 0 ] || echo "$1" >>units/x.service.d/privmap.conf
	SYSTEMD_UNIT_PATH=$PWD/units: systemd-analyze verify --man=no units/x.service 2>&1 | grep -F privmap.conf >"$out" || :
	cat "$out"
	[ ! -s "$out" ]
}
if has systemd-analyze 'the drop-in'; then
	check 'the drop-in by systemd-analyze verify' unit ''
	check '  with static programs' unit 's/^#Env/Env/'
	check_fails '  which would report an error in it' unit '' 'Nonsense=1'
	check_fails '    and in a line that is taken in' unit 's/^#Env.*/&"/; s/^#Env/Env/'
fi

drop_in_value() {
	[ "$(sed -n 's/^#Environment=LD_PRELOAD=//p' systemd/privmap.conf)" = "$preload:$preload_exec" ]
}
check '  its line for static programs names both' drop_in_value

user_data() {
	/usr/bin/python3 -c 'import sys, yaml
sys.stdout.write(yaml.safe_load(open("incus-profile.yaml"))["config"]["cloud-init.vendor-data"])' >user-data
}
same_data() {
	user_data && /usr/bin/python3 -c 'import yaml
a, b = (yaml.safe_load(open(n)) for n in ("cloud-init.yaml", "user-data"))
assert a == b and a["runcmd"], (a, b)'
}
# Names and values are those of lxc/incus: shared/api/profile.go, and the options of instances and
# disks in doc/config_options.txt. Lines that are only offered, after a #, count, too.
incus_knows() {
	sed "$1" incus-profile.yaml | PRELOAD=$2 /usr/bin/python3 -c 'import os, sys, yaml
p = yaml.safe_load(sys.stdin)
assert set(p) == {"name", "description", "config", "devices"}, p
c = dict(p["config"])
assert c.pop("environment.LD_PRELOAD") == os.environ["PRELOAD"], c
assert c.pop("environment.ASAN_OPTIONS") == "verify_asan_link_order=0", c
assert c.pop("cloud-init.vendor-data").startswith("#cloud-config\n"), c
assert not c and all(isinstance(v, str) for v in p["config"].values()), c
for d in p["devices"].values():
    assert d.pop("type") == "disk" and set(d) <= {"source", "path", "required", "io.cache"}, d
print(*p["devices"])'
}
with_a_share() {
	incus_knows '/^devices: {}/d; /^#devices:/,$s/^#//' "$preload" >"$out" && grep -qx share "$out"
}
both_libraries() {
	incus_knows '/^  environment.LD_PRELOAD/d; s/^  #env/  env/' "$preload:$preload_exec"
}
schema() {
	cloud-init schema --config-file "$1" 2>&1 | tee "$out" | grep -i '^valid'
}
wrong_schema() {
	sed 's/^package_update: .*/package_update: [1]/' cloud-init.yaml >wrong.yaml
	schema wrong.yaml
}
if has /usr/lib/python3/dist-packages/yaml "Incus's profile"; then
	check "Incus's profile has options of Incus, and no device" incus_knows '' "$preload"
	check '  with the share that it offers' with_a_share
	check '  with static programs' both_libraries
	check_fails '  another option would be noticed' incus_knows 's/vendor-data:/datasource:/' "$preload"
	check '  its vendor data are those of cloud-init.yaml' same_data
	if has cloud-init 'user data'; then
		check "user data by cloud-init's schema" schema cloud-init.yaml
		check "  Incus's" schema user-data
		check_fails '  the schema would find an error' wrong_schema
	fi
fi
# All three files offer the same commands, in lines with a # for the user to remove.
runcmd() {
	sed 's/^\( *\)#- /\1- /' "$1" | /usr/bin/python3 -c 'import sys, yaml
data = yaml.safe_load(sys.stdin)
if "config" in data:
	data = yaml.safe_load(data["config"]["cloud-init.vendor-data"])
print(*(" ".join(c) for c in data["runcmd"]), sep="\n")'
}
offered() {
	runcmd "$1" | diff - <(
		echo 'sh -c apt-get -q -y install /mnt/share/libprivmap_*.deb /mnt/share/privmap_*.deb'
		echo 'mkdir -p /etc/environment.d'
		for file in profile.d/privmap.sh environment.d/50-privmap.conf profile.d/privmap-exec.sh \
			environment.d/50-privmap-exec.conf; do
			[ -e "$file" ] && echo "ln -sf /usr/share/privmap/$file /etc/$file"
		done
	)
}
if has /usr/lib/python3/dist-packages/yaml 'static programs in user data'; then
	check 'user data: the lines for static programs, taken in' offered cloud-init.yaml
	check "  Incus's" offered incus-profile.yaml
fi
docker_leaves() {
	[ "$(sed -n "s/^$1ENV LD_PRELOAD='\(.*\)'\$/\1/p" Dockerfile)" = "$2" ]
}
check 'Dockerfile: the place is in single quotes' docker_leaves '' "$preload"
check '  with static programs' docker_leaves '#' "$preload:$preload_exec"
t_end
