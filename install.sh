#!/bin/sh
# Install lumenmon on this host: the console, or, with an invite, the agent.
# ./install.sh --help says how it is called.
#
# Whole in functions: of a file that arrives in part, through a pipe, nothing is run.
set -eu

# The SHA-256 of the SHA256SUMS to expect, in the copy that a console hands out.
PINNED=''

PARTIAL=/var/cache/apt/archives/partial # where apt's own unprivileged user may write
SOURCE=/etc/apt/sources.list.d/lumenmon.sources

usage() {
	cat <<-'END'
		Install lumenmon on this host: the console, or, with an invite, the agent.

		  ./install.sh                             the console; prints an invite for a first host
		  LUMENMON_INVITE='ssh://…' ./install.sh   the agent, registered with the invite's console

		Needs root and a Debian with systemd 252 and Python 3.11 or newer, and asks nothing. Can be run
		again: then it brings the packages up to date, and leaves a host that is registered with that
		console registered.

		  LUMENMON_INVITE  the link that lumenmonctl invite printed; - reads it from standard input,
		                   since sudo shows and logs what stands behind it
		  LUMENMON_FROM    the directory with the packages and their SHA256SUMS; if not given, where
		                   install.sh lies, or dist beside it
		  LUMENMON_REPO    the address of an apt repository of lumenmon, in place of a directory
		  LUMENMON_KEY     the file with that repository's key, or the SHA-256 of its lumenmon.asc; if
		                   not given, lumenmon.asc where install.sh lies
		  LUMENMON_UNTESTED
		                   1 goes on where it is untested: Ubuntu, Raspberry Pi OS, Proxmox, Mint, …

		Exits with 0 when all is done, 1 when something failed, 2 when it was called wrongly.
	END
}

say() { printf '%s\n' "$*" >&2; }
step() { printf '==> %s\n' "$*" >&2; }
# stop STATUS MESSAGE [HINT]
stop() {
	say "install.sh: $2"
	[ $# -lt 3 ] || say "  → $3"
	exit "$1"
}

# Take what was asked for out of the environment, where no program started here needs to see it.
read_wishes() {
	case ${1-} in
	'') ;;
	-h | --help) usage && exit 0 ;;
	*) stop 2 "not understood: $1" "./install.sh --help" ;;
	esac
	SIDE=lumenmond OTHER=lumenmon-agentd
	[ -z "${LUMENMON_INVITE+set}" ] || { SIDE=lumenmon-agentd OTHER=lumenmond; }
	INVITE=${LUMENMON_INVITE-} FROM=${LUMENMON_FROM-} REPO=${LUMENMON_REPO-} KEY=${LUMENMON_KEY-}
	UNTESTED=${LUMENMON_UNTESTED-}
	unset LUMENMON_INVITE LUMENMON_FROM LUMENMON_REPO LUMENMON_KEY LUMENMON_UNTESTED
	[ -z "$FROM" ] || [ -z "$REPO" ] || stop 2 "LUMENMON_FROM and LUMENMON_REPO do not go together"
	[ -z "$KEY" ] || [ -n "$REPO" ] || stop 2 "LUMENMON_KEY goes with LUMENMON_REPO"
	case $REPO in
	*[!][A-Za-z0-9.:/_~%+@-]*) stop 2 "LUMENMON_REPO is no address" ;;
	'' | http://?* | https://?* | file:/*) REPO=${REPO%/} ;;
	*) stop 2 "LUMENMON_REPO is no address: it begins with http://, https:// or file:/" ;;
	esac
	[ "$INVITE" != - ] || IFS= read -r INVITE || :
	[ $SIDE = lumenmond ] || case $INVITE in
	ssh://reg_?*:?*@?*'/#ssh-ed25519_'?*) ;;
	*) stop 2 "LUMENMON_INVITE is not an invite's link" \
		"give all that 'sudo lumenmonctl invite' printed, in quotes: 'ssh://…#ssh-ed25519_…'" ;;
	esac
	HERE=.
	[ ! -f "$0" ] || HERE=$(dirname "$0")
}

# What lumenmon needs is looked for here. The system's name only decides what is said of it.
check_host() {
	for program in apt-get apt-cache dpkg-deb dpkg-query systemctl; do
		command -v $program >/dev/null ||
			stop 1 "there is no $program here, which lumenmon needs" "nothing was changed"
	done
	[ -d /run/systemd/system ] ||
		stop 1 "this host was not booted with systemd, which lumenmon needs" "nothing was changed"
	[ "$(id -u)" = 0 ] || stop 1 "installing needs root" "run it with sudo, or as root"
	at_least systemd 252 "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')"
	python=$(version python3)
	[ -n "${python#installed}" ] ||
		python=$(apt-cache policy python3 2>/dev/null | sed -n 's/^  Candidate: \([0-9].*\)/\1/p')
	# Without package lists nothing is known yet; apt finds out before it installs anything.
	[ -z "$python" ] || at_least Python 3.11 "${python#installed }"
	name_system
}

# at_least NAME LEAST VERSION
at_least() {
	dpkg --compare-versions "${3:-0}" ge "$2" ||
		stop 1 "lumenmon needs $1 $2 or newer; here it is ${3:-unknown}" "nothing was changed"
}

name_system() {
	system=unknown
	[ ! -r /etc/os-release ] ||
		system=$(. /etc/os-release && echo "${ID-unknown} ${VERSION_ID-}")
	case $system in
	'debian 12' | 'debian 13' | 'debian ') return ;; # testing has no number
	esac
	[ "$UNTESTED" = 1 ] ||
		stop 1 "lumenmon is tested on Debian 12, 13 and testing; this is ${system% }" \
			"what it needs is here; to go on all the same: sudo LUMENMON_UNTESTED=1 …"
	say "lumenmon is untested on ${system% }; going on, for LUMENMON_UNTESTED is 1."
	say
}

explain() {
	if [ $SIDE = lumenmond ]; then
		say "This installs the lumenmon console on $(uname -n): it listens for agents on port 2345,"
		say "through the system's own sshd, and for browsers on 8080. The sshd on 22 stays as it is."
	else
		console=${INVITE#*@}
		say "This installs the lumenmon agent on $(uname -n): it runs without root, listens on no port,"
		say "and sends what it measures to ${console%%/*}, which can run nothing here."
	fi
	say "To take it off again: sudo lumenmonctl uninstall"
	say
}

apt() {
	apt-get -qy -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

# possible ARGUMENT…: whether apt-get could do it; what it says is in $WORK/simulation.
possible() {
	apt-get -q --simulate "$@" >"$WORK/simulation" 2>&1 </dev/null
}

# install_with_apt PACKAGE…; package lists that are missing or old are fetched, and it tries again.
# Nothing is changed before apt knows how to do all of it.
install_with_apt() {
	step "Installing with apt"
	set -- install --no-remove -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
	if possible "$@" && apt "$@"; then return; fi
	step "Fetching the package lists, then trying again"
	apt update || :
	possible "$@" || {
		cat "$WORK/simulation" >&2
		stop 1 "apt cannot install lumenmon here" "nothing was installed; why stands above"
	}
	apt "$@" ||
		stop 1 "apt could not install lumenmon; why stands above" "sudo apt-get install --fix-broken"
}

version() { dpkg-query --show --showformat '${db:Status-Status} ${Version}' "$1" 2>/dev/null || :; }

# fetch URL FILE SHA256, with apt's own helper, which every Debian has. The SHA-256 says that it is
# the right file, so it does not matter whose certificate the console shows.
fetch() {
	/usr/lib/apt/apt-helper -q -o Acquire::http::Proxy=DIRECT -o Acquire::https::Proxy=DIRECT \
		-o Acquire::https::Verify-Peer=false -o Acquire::https::Verify-Host=false \
		download-file "$1" "$PARTIAL/lumenmon" "SHA256:$3" >&2 || {
		rm -f "$PARTIAL/lumenmon" "$PARTIAL/lumenmon.FAILED"
		stop 1 "$1 was not to be had as it should be" "nothing was installed"
	}
	mv "$PARTIAL/lumenmon" "$2"
}

# Fetch the packages that a console hands out into a directory.
from_console() {
	[ -n "$PINNED" ] || stop 2 "only the install.sh that a console hands out takes packages by http" \
		"paste the line that 'sudo lumenmonctl invite' prints there"
	step "Fetching the agent from the console"
	mkdir "$WORK/fetched"
	fetch "$FROM/SHA256SUMS" "$WORK/fetched/SHA256SUMS" "$PINNED"
	while read -r sum file; do
		fetch "$FROM/$file" "$WORK/fetched/$file" "$sum"
	done <"$WORK/fetched/SHA256SUMS"
	FROM=$WORK/fetched
}

find_directory() {
	for FROM in "$HERE" "$HERE/dist"; do
		set -- "$FROM"/lumenmon-common_*.deb
		[ ! -e "$1" ] || return 0
	done
	stop 1 "no packages lie beside install.sh" "say where they are: LUMENMON_FROM=DIRECTORY"
}

# take PACKAGE: copy it from $FROM to $WORK and check it there.
take() {
	set -- "$1" "$FROM/$1"_*.deb
	[ -e "$2" ] || stop 1 "$1 is not in $FROM" "nothing was installed"
	[ $# = 2 ] || stop 1 "there are several versions of $1 in $FROM" "leave one there"
	deb=$WORK/${2##*/}
	cp -- "$2" "$deb"
	grep -Fx -e "$(sha256sum "$deb" | cut -c 1-64)  ${2##*/}" "$FROM/SHA256SUMS" >"$WORK/sum" ||
		stop 1 "${2##*/} is not what SHA256SUMS says" "nothing was installed; get the packages anew"
	[ "$(dpkg-deb --field "$deb" Package)" = "$1" ] ||
		stop 1 "${2##*/} is not the package $1" "nothing was installed"
	say "    $1 $(dpkg-deb --field "$deb" Version), $(cut -c 1-64 "$WORK/sum")"
}

from_directory() {
	case $FROM in
	http://* | https://*) from_console ;;
	'') find_directory ;;
	esac
	[ -r "$FROM/SHA256SUMS" ] ||
		stop 1 "$FROM has no SHA256SUMS to check the packages with" "nothing was installed"
	step "Checking the packages"
	take lumenmon-common
	take $SIDE
	offered=$(dpkg-deb --field "$deb" Version) there=$(version $SIDE)
	if dpkg --compare-versions "${there#installed }" gt "$offered"; then
		say "    a newer $SIDE is installed here and stays: ${there#installed }"
		return
	fi
	# The other side has to be of the same version.
	case $(version $OTHER) in
	"installed $offered") ;;
	"installed "*) take $OTHER ;;
	esac
	chmod 0755 "$WORK"
	install_with_apt "$WORK"/*.deb
}

# Put the repository's key into $WORK/key.
find_key() {
	hex=$(printf '%s' "${KEY#SHA256:}" | tr 'A-F' 'a-f')
	[ -n "$KEY" ] || [ ! -f "$HERE/lumenmon.asc" ] || KEY=$HERE/lumenmon.asc
	if [ -f "$KEY" ]; then
		cp -- "$KEY" "$WORK/key"
	elif [ ${#hex} = 64 ] && [ -z "$(printf %s "$hex" | tr -d '0-9a-f')" ]; then
		step "Fetching the key of $REPO"
		fetch "$REPO/lumenmon.asc" "$WORK/key" "$hex"
	else
		stop 2 "LUMENMON_REPO wants the repository's key to check it with" \
			"LUMENMON_KEY=FILE, or the SHA-256 of its lumenmon.asc"
	fi
	grep -q '^-----BEGIN PGP PUBLIC KEY BLOCK-----' "$WORK/key" ||
		stop 1 "$KEY is not a key in ASCII armour" "nothing was changed"
}

from_repository() {
	find_key
	case $REPO in
	https:*) [ -e /etc/ssl/certs/ca-certificates.crt ] || install_with_apt ca-certificates ;;
	esac
	step "Adding $SOURCE, for $REPO"
	[ ! -e "$SOURCE" ] || cp "$SOURCE" "$WORK/before"
	{
		printf 'Types: deb\nURIs: %s\nSuites: ./\nSigned-By:\n' "$REPO"
		sed 's/^$/./; s/^/ /' "$WORK/key"
	} >"$SOURCE"
	apt update -o Dir::Etc::SourceList="$SOURCE" -o Dir::Etc::SourceParts=- \
		-o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any || {
		rm -f "$SOURCE"
		[ ! -e "$WORK/before" ] || cp "$WORK/before" "$SOURCE"
		stop 1 "$REPO is no repository that this key signed" "nothing was installed"
	}
	case $(version $OTHER) in
	"installed "*) install_with_apt $SIDE $OTHER ;;
	*) install_with_apt $SIDE ;;
	esac
}

finish() {
	if [ $SIDE = lumenmond ]; then
		step "Making an invite for a first host"
		lumenmonctl invite </dev/null ||
			say "The console is installed and runs; only this invite was not made."
	else
		step "Registering"
		printf '%s\n' "$INVITE" | lumenmonctl register --keep
	fi
}

main() {
	read_wishes "$@"
	check_host
	export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
	umask 022
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
	# The copy that was fetched to here is used once.
	[ "$PWD" != $PARTIAL ] || rm -f lumenmon.sh
	explain
	if [ -n "$REPO" ]; then from_repository; else from_directory; fi
	finish
}

main "$@"
