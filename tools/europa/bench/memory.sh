# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# What systems keep in memory.  kib: of the kernel's, what their cgroup is charged
# for.  kib_mapped: what the program has mapped from sockets; the kernel charges
# Europa's for it, but nobody for the rings of AF_XDP and packet sockets.
# kib_user: the program's own memory, with AF_XDP's frames.

group=/sys/fs/cgroup/bench

# charged_kib CGROUP KIND
charged_kib()
{
	awk -v kind=$2 '$1 == kind { printf "%.0f", $2 / 1024 }' "$1/memory.stat"
}

# mapped_kib PID
mapped_kib()
{
	local range rest bytes=0

	while read -r range rest; do
		case $rest in
		*socket:*)
			bytes=$((bytes + 16#${range#*-} - 16#${range%-*})) ;;
		esac
	done <"/proc/$1/maps"
	echo $((bytes / 1024))
}

# memory SYSTEM X
memory()
{
	local kernel mapped user

	# The first start leaves behind what later ones find.
	"start_$1"
	"stop_$1"
	# A container has one anyway.
	[ -e /run/netns/router ] || ip netns add router
	mkdir $group
	echo $$ >$group/cgroup.procs
	"start_$1"
	echo $$ >/sys/fs/cgroup/cgroup.procs
	# What has just been freed takes a while to leave the count.
	sleep 2
	kernel=$(charged_kib $group kernel)
	user=$(charged_kib $group anon)
	mapped=$(mapped_kib $forwarder)
	result $1 $2 kib $kernel KiB
	result $1 $2 kib_mapped $mapped KiB
	result $1 $2 kib_user $user KiB
	say "$1 ($2): $kernel KiB of the kernel's memory, $mapped mapped," \
		"$user of its own"
	"stop_$1"
	wait_for 10 rmdir $group
}

# memories: of all systems as they are measured elsewhere, and of a router with
# few slots
memories()
{
	local system slots=128

	memory europa $slots
	slots=4096
	for system in user-recvfrom user-mmsg tpacket afxdp europa; do
		memory $system $slots
	done
}
