# Shared by the scripts in dev/, which source it first. Needs bash and coreutils, nothing else: the
# scripts start on a Debian with nothing installed and get what they need with `need`.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=/var/cache/lumenmon-dev
# Debian's own tools before any other: a foreign python breaks pybuild.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PYTHONPATH=$ROOT/tests/system PYTHONDONTWRITEBYTECODE=1

# What to install, by purpose.
declare -A PACKAGES=(
	[build]="build-essential debhelper dh-python git ca-certificates"
	[lab]="debian-archive-keyring iproute2 mmdebstrap nftables openssh-client procps python3 systemd-container"
	[packages]="piuparts"
	[pictures]="tmux"
	[repo]="apt-utils gnupg xz-utils"
	[system]="autopkgtest curl openssl"
	[venv]="python3 python3-venv"
	[web]="chromium"
)

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
	BOLD='' DIM='' GREEN='' RED='' YELLOW='' PLAIN=''
fi

step() { printf '%s==>%s %s%s%s\n' "$GREEN" "$PLAIN" "$BOLD" "$*" "$PLAIN"; }
note() { printf '    %s%s%s\n' "$DIM" "$*" "$PLAIN"; }
warn() { printf '%s!%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }
die() {
	printf '%s✗%s %s\n' "$RED" "$PLAIN" "$1" >&2
	[ $# -lt 2 ] || printf '  %s\n' "$2" >&2
	exit 1
}

# Print the comment at the head of the calling script as its help, if that is what was asked for.
help_if_asked() {
	local argument
	for argument; do
		case $argument in
		-h | --help)
			sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
			exit 0
			;;
		esac
	done
}

# End unless an option has its value: has_value "$@", the option first.
has_value() {
	case ${2-} in
	'' | -*) die "$1 wants a value" "See dev/${0##*/} --help." ;;
	esac
}

need_root() {
	[ "$(id -u)" = 0 ] || die "${0##*/} needs root: it installs packages and boots hosts." \
		"sudo $0"
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=900 -o Dpkg::Use-Pty=0 "$@"
}

# Fetch the package lists, waiting for another apt to finish with them.
apt_update() {
	note "apt-get update"
	local try
	for try in $(seq 60); do
		if apt update >"$LOG" 2>&1; then
			return
		fi
		grep -q 'Could not get lock' "$LOG" || break
		sleep 5
	done
	cat "$LOG" >&2
	die "apt-get update failed (try $try)."
}

# Install the packages of the given purposes; quick when they are all there.
need() {
	local purpose package missing=()
	for purpose; do
		for package in ${PACKAGES[$purpose]}; do
			dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
				grep -qx installed || missing+=("$package")
		done
	done
	[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
	need_root
	step "Installing ${*}"
	if [ -z "$(apt-get indextargets --format '$(FILENAME)' 2>/dev/null |
		xargs -r ls 2>/dev/null | head -n 1)" ]; then
		apt_update
	fi
	# Lists that are out of date name packages that are gone from the mirror.
	if ! apt install --no-install-recommends "$@" >"$LOG" 2>&1; then
		apt_update
		apt install --no-install-recommends "$@" >"$LOG" 2>&1 || {
			cat "$LOG" >&2
			die "apt-get install failed."
		}
	fi
}

# End with what to do unless the development console is up.
need_hosts() { python3 "$ROOT/dev/lib/hosts.py" check; }

# A virtual environment with the pinned tools of dev/requirements.txt; its bin goes first in PATH.
need_venv() {
	need venv
	local version stamp
	version=$(/usr/bin/python3 -c 'import sys; print(*sys.version_info[:2], sep=".")')
	stamp=$(sha256sum <"$ROOT/dev/requirements.txt" | cut -c 1-12)
	VENV=$CACHE/venv-$version-$stamp
	mkdir -p "$CACHE"
	(
		flock 9
		if [ ! -e "$VENV/complete" ]; then
			step "Installing the tools of dev/requirements.txt"
			rm -rf "$VENV"
			/usr/bin/python3 -m venv "$VENV"
			"$VENV/bin/pip" -q --disable-pip-version-check install --no-deps \
				-r "$ROOT/dev/requirements.txt" >"$LOG" 2>&1 || {
				cat "$LOG" >&2
				die "pip install failed."
			}
			touch "$VENV/complete"
		fi
	) 9>"$CACHE/venv.lock"
	export PATH=$VENV/bin:$PATH
}

LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
