#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The simulated NIC keeps its promises: it offers what it was told to, counts
# what finds its ring full, and what is forwarded leaves with its age known.
set -u

n=0
status=0
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
debugfs=/sys/kernel/debug/simnic

result()
{
	code=$?
	n=$((n + 1))
	if [ $code = 0 ]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		status=1
	fi
}

# shellcheck disable=SC2317 # called by trap
cleanup()
{
	ip link del s0 2>/dev/null
	ip link del s1 2>/dev/null
	rmmod simnic 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

count()
{
	cat "/sys/class/net/$1/statistics/$2"
}

# at_least DEV COUNTER VALUE: waits for it
at_least()
{
	tries=400
	while [ "$(count "$1" "$2")" -lt "$3" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# mac DEV: as \0ooo for printf
mac()
{
	for byte in $(tr : ' ' <"/sys/class/net/$1/address"); do
		printf '\\0%03o' "0x$byte"
	done
}

# 64 bytes with FCS: UDP from 10.1.0.2 to 10.2.0.2, for this guest to forward
frame()
{
	printf '%b' "$(mac s0)"
	printf '\002\0\0\0\0\1\010\0'
	printf '\105\0\0\056\0\0\0\0\100\021\146\271\012\1\0\2\012\2\0\2'
	printf '\060\071\0\011\0\032\0\0'
	printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
}

run()
{
	echo "$1" >$debugfs/s0/rate
	echo 1 >$debugfs/s0/run
}

stop()
{
	echo 0 >$debugfs/s0/run
}

setup()
{
	# Nothing but what arrives is sent.
	echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
	ip link add s0 type simnic && ip link add s1 type simnic &&
		ip link set s0 up && ip link set s1 up &&
		ip addr add 10.1.0.1/24 dev s0 &&
		ip addr add 10.2.0.1/24 dev s1 &&
		ip neigh add 10.2.0.2 lladdr 02:00:00:00:00:02 dev s1 &&
		echo 1 >/proc/sys/net/ipv4/ip_forward &&
		frame >$debugfs/s0/frame
}

echo "TAP version 13"
insmod "$here/simnic/simnic.ko" || exit 1
setup
result "two simulated NICs"

run 2000
at_least s0 rx_packets 2000
result "frames arrive"
stop
sleep 0.1
echo "# $(count s0 rx_packets) received, $(count s1 tx_packets) sent"
[ "$(count s0 rx_packets)" = "$(count s1 tx_packets)" ]
result "all are forwarded"
[ "$(awk '{ n += $2 } END { print n }' $debugfs/s1/latency)" = \
	"$(count s1 tx_packets)" ]
result "the age of each is known"

before=$(count s0 rx_packets)
run 100000000
at_least s0 rx_missed_errors 1
result "what no ring holds is missed"
[ "$(count s0 rx_packets)" -gt "$before" ]
result "the rest arrives"
stop

echo "1..$n"
exit $status
