#!/bin/sh
# What must happen in a mount namespace of its own: boot a host, run a script in an image, sweep
# cgroups. Everything mounted here ends with the last process in it, so nothing can be left behind.
#
#   namespace.sh boot  CGROUP DIR LOWER UPPER SEED -- SYSTEMD-NSPAWN-ARGUMENTS…
#   namespace.sh build DIR LOWER UPPER < SCRIPT
#   namespace.sh sweep CGROUP
#
# CGROUP is relative to the root of the cgroup tree; LOWER is a colon-joined list of layers, topmost
# first; UPPER is a directory that takes the writes, or "memory" for one that dies with the host.
set -eu
umask 022 # of a host, whatever the caller has

# Make this namespace private, also in a chroot whose / is not a mount point.
private_root() {
	if mount --make-rprivate / 2>/dev/null; then
		return
	fi
	slash=/run/lumenmon-lab/.slash
	mkdir -p "$slash"
	mount --rbind / "$slash"
	exec chroot "$slash" "$0" "$@"
}

# systemd 257 refuses cgroup v1, so show a pure cgroup v2 tree whatever this machine mounts.
cgroup2_only() {
	mountpoint -q /sys || mount -t sysfs sysfs /sys
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] && return
	if mountpoint -q /sys/fs/cgroup; then
		umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup
	fi
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

# Enter a cgroup of our own and hand down every controller that this machine has to give.
enter_cgroup() {
	parent=/sys/fs/cgroup
	for part in $(echo "$1" | tr / ' '); do
		for controller in $(cat $parent/cgroup.controllers); do
			echo "+$controller" >$parent/cgroup.subtree_control 2>/dev/null || true
		done
		parent=$parent/$part
		mkdir -p "$parent"
	done
	find "$parent" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
	echo $$ >"$parent/cgroup.procs"
}

mount_overlay() {
	dir=$1 lower=$2 upper=$3 options=$4
	if [ "$upper" = memory ]; then
		mkdir -p "$dir/memory"
		mount -t tmpfs -o mode=755 tmpfs "$dir/memory"
		upper=$dir/memory
	fi
	fresh=no
	[ -d "$upper/layer" ] || fresh=yes
	mkdir -p "$upper/layer" "$upper/work" "$dir/root"
	# The layer becomes the host's /: a umask of the caller's must not close it.
	chmod 755 "$upper/layer"
	if [ $fresh = yes ] && [ -n "${5-}" ]; then
		cp -a "$5/." "$upper/layer/"
	fi
	mount -t overlay -o "lowerdir=$lower,upperdir=$upper/layer,workdir=$upper/work$options" \
		overlay "$dir/root"
}

boot() {
	cgroup=$1 dir=$2 lower=$3 upper=$4 seed=$5
	shift 6
	cgroup2_only
	enter_cgroup "$cgroup"
	mount_overlay "$dir" "$lower" "$upper" "" "$seed"
	export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
	# nspawn ends with 133 when the host wants to be rebooted, and leaves that to its caller.
	while :; do
		status=0
		systemd-nspawn "--directory=$dir/root" "$@" || status=$?
		[ $status = 133 ] || exit $status
	done
}

build() {
	dir=$1 lower=$2 upper=$3
	mount_overlay "$dir" "$lower" "$upper" ,volatile ""
	root=$dir/root
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/run"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	for node in null zero full random urandom tty; do
		: >"$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
	done
	ln -s /proc/self/fd "$root/dev/fd"
	for file in /etc/resolv.conf /etc/hosts; do
		[ -e "$root$file" ] || : >"$root$file"
		[ ! -e "$file" ] || mount --bind "$file" "$root$file"
	done
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive chroot "$root" sh -eu
}

sweep() {
	cgroup2_only
	top=/sys/fs/cgroup/$1
	[ -d "$top" ] || return 0
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		# cgroup.kill needs Linux 5.14; before it, end the members one by one.
		if [ -e "$top/cgroup.kill" ]; then
			echo 1 >"$top/cgroup.kill"
		else
			find "$top" -name cgroup.procs -exec cat {} + | xargs -r kill -KILL 2>/dev/null || true
		fi
		find "$top" -depth -type d -exec rmdir {} + 2>/dev/null || true
		if ! [ -d "$top" ]; then
			rmdir "${top%/*}" 2>/dev/null || true
			return 0
		fi
		sleep 0.1
	done
	echo "cgroup $1 is still in use" >&2
	return 1
}

private_root "$@"
verb=$1
shift
"$verb" "$@"
