#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# KUnit's results, and unloading the module: refused while it is in use, clean
# under load.
set -u

n=0
status=0

result()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		status=1
	fi
}

kunit()
{
	dir=/sys/kernel/debug/kunit
	for suite in europa-ring europa-pool europa-port; do
		if [ ! -e $dir/$suite/results ]; then
			n=$((n + 1))
			echo "ok $n $suite # SKIP no KUnit in this kernel"
			continue
		fi
		grep -E '^ *(not )?ok [0-9]+ europa_' $dir/$suite/results \
			>/tmp/kunit.$$
		while read -r line; do
			case $line in
			ok*) result 0 "kunit ${line#ok * }" ;;
			*) result 1 "kunit ${line#not ok * }" ;;
			esac
		done </tmp/kunit.$$
		[ -s /tmp/kunit.$$ ] || result 1 "kunit $suite has no results"
		rm -f /tmp/kunit.$$
	done
}

# Traffic to a router that is killed, its NIC deleted, the module unloaded, as
# fast as a shell can.
under_load()
{
	modprobe europa || return 1
	ip link add a0 type veth peer name a1 || return 1
	ip link set a0 up
	ip link set a1 up
	for _ in 1 2 3 4; do
		ip link add link a0 name eu0 address 02:00:00:00:00:07 \
			type europa || return 1
		ip link set eu0 up
		if command -v trafgen >/dev/null; then
			trafgen -C -P 1 -o a1 -n 3000 \
				'{ 2, 0, 0, 0, 0, 7, fill(2, 6), 0x88, 0xb5, fill(1, 50) }' \
				>/dev/null 2>&1 &
		else
			ping -c 1 -W 1 -I a1 192.0.2.1 >/dev/null 2>&1 &
		fi
		sleep 0.2
		# In use: refused.
		! rmmod europa 2>/dev/null || return 1
		ip link del eu0
		rmmod europa || return 1
		wait
		modprobe europa || return 1
	done
	ip link del a0
}

echo "TAP version 13"
modprobe europa 2>/dev/null
kunit
under_load
result $? "unload under load"
rmmod europa
result $? "unload"
modprobe europa
result $? "load again"
echo "1..$n"
exit $status
