# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# What systems keep in memory: of the kernel's what their cgroup is charged for,
# and all that the machine has less, which is more: rings that nobody is charged
# for, and the program's own.

group=/sys/fs/cgroup/bench

# kernel_kib CGROUP
kernel_kib()
{
	awk '$1 == "kernel" { printf "%.0f", $2 / 1024 }' "$1/memory.stat"
}

free_kib()
{
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.5
	awk '$1 == "MemFree:" { print $2 }' /proc/meminfo
}

# memory SYSTEM X
memory()
{
	local free

	# The first start leaves behind what later ones find.
	"start_$1"
	"stop_$1"
	# A container has one anyway.
	[ -e /run/netns/router ] || ip netns add router
	free=$(free_kib)
	mkdir $group
	echo $$ >$group/cgroup.procs
	"start_$1"
	echo $$ >/sys/fs/cgroup/cgroup.procs
	free=$((free - $(free_kib)))
	result $1 $2 kib "$(kernel_kib $group)" KiB
	result $1 $2 kib_all $free KiB
	say "$1 ($2): $(kernel_kib $group) KiB of the kernel's memory, $free in all"
	"stop_$1"
	wait_for 10 rmdir $group
}
