# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by demo and tests: containers that use the guest's own programs.
#
# A container's root is a tmpfs directory with the guest's /usr mounted in it;
# its first process is a shell script given by the caller.

containers=${containers:-/var/lib/lxc}

# container NAME [privileged|mapped] <CONFIG: write a container's
# configuration and root; extra lines of configuration come on standard input.
container()
{
	local name=$1 kind=${2:-privileged} dir=$containers/$1 d

	mkdir -p "$dir/rootfs"
	for d in usr dev proc sys run tmp etc root; do
		mkdir -p "$dir/rootfs/$d"
	done
	for d in bin sbin lib lib64; do
		ln -sfn "usr/$d" "$dir/rootfs/$d"
	done
	cp /etc/ld.so.cache "$dir/rootfs/etc/"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/rootfs/etc/passwd"
	{
		echo "lxc.include = /usr/share/lxc/config/common.conf"
		echo "lxc.include = /usr/share/lxc/config/europa.conf"
		echo "lxc.uts.name = $name"
		echo "lxc.rootfs.path = dir:$dir/rootfs"
		echo "lxc.mount.entry = /usr usr none ro,rbind 0 0"
		echo "lxc.init.cmd = /bin/sh /init"
		echo "lxc.log.file = $dir/log"
		# What hooks say is no error to LXC.
		echo "lxc.log.level = DEBUG"
		if [ "$kind" = mapped ]; then
			echo "lxc.include = /usr/share/lxc/config/userns.conf"
			echo "lxc.idmap = u 0 100000 65536"
			echo "lxc.idmap = g 0 100000 65536"
		fi
		cat
	} >"$dir/config"
	[ "$kind" != mapped ] || chown -R 100000:100000 "$dir/rootfs"
	chmod 755 "$containers" "$dir"
}

# nic NAME INDEX INNER-NAME KEYS...: the four lines of a NIC
nic()
{
	local name=$1 index=$2 inner=$3

	shift 3
	echo "lxc.hook.pre-start = /usr/libexec/europa/lxc-hook add nic=$name $*"
	echo "lxc.net.$index.type = phys"
	echo "lxc.net.$index.link = $name"
	echo "lxc.net.$index.name = $inner"
}

# wait_for SECONDS COMMAND...: until it succeeds; fails after SECONDS
wait_for()
{
	local deadline=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.2
	done
}
