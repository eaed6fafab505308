# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Two simulated NICs: s0 is sent to, what leaves by s1 is counted.

debugfs=/sys/kernel/debug/simnic
dst_mac=02:00:00:00:00:02
# What arrives goes to this address: the forwarder says so.
in_mac=
# of each of them
queues=1
# Where they interrupt: for each one, with commas between
queue_cpu=
frame_len=60
# IPv4 or IPv6, and what routers know then
family=4
near=10.1.0.1/24
far=10.2.0.1/24
next_hop=10.2.0.2
# What the frame was made from
framed=

# bytes HEX...: as they are
bytes()
{
	local hex

	for hex in "$@"; do
		printf '%b' "\\0$(printf %o "0x$hex")"
	done
}

# UDP from 10.1.0.2:12345 to 10.2.0.2:9, of $frame_len bytes without FCS
frame()
{
	local ip=$((frame_len - 14)) udp=$((frame_len - 34)) sum

	sum=$((0x4500 + ip + 0x4011 + 0x0a01 + 2 + 0x0a02 + 2))
	sum=$((~((sum & 0xffff) + (sum >> 16)) & 0xffff))
	# shellcheck disable=SC2046 # words
	bytes $(tr : ' ' <<<"$in_mac") 2 0 0 0 0 1 8 0 \
		45 0 $(printf '%x %x' $((ip >> 8)) $((ip & 255))) 0 0 0 0 40 11 \
		$(printf '%x %x' $((sum >> 8)) $((sum & 255))) \
		a 1 0 2 a 2 0 2 \
		30 39 0 9 $(printf '%x %x' $((udp >> 8)) $((udp & 255))) 0 0
	head -c $((frame_len - 42)) /dev/zero
}

# The same of IPv6, from fd00:1::2 to fd00:2::2.  No checksum of UDP: the NIC says
# that it is good.
frame6()
{
	local udp=$((frame_len - 54)) len

	len=$(printf '%x %x' $((udp >> 8)) $((udp & 255)))
	# shellcheck disable=SC2046 # words
	bytes $(tr : ' ' <<<"$in_mac") 2 0 0 0 0 1 86 dd 60 0 0 0 $len 11 40 \
		fd 0 0 1 0 0 0 0 0 0 0 0 0 0 0 2 \
		fd 0 0 2 0 0 0 0 0 0 0 0 0 0 0 2 30 39 0 9 $len 0 0
	head -c $((frame_len - 62)) /dev/zero
}

# destinations FILE: addresses of the frame's family; none: the frame's own
destinations()
{
	cat "${1:-/dev/null}" >$debugfs/s0/destinations
}

# family6, family4: from here on
family6()
{
	family=6 frame_len=74 next_hop=fd00:2::2
	near="fd00:1::1/64 nodad" far="fd00:2::1/64 nodad"
	sysctl -qw net.ipv6.conf.s0.disable_ipv6=0 net.ipv6.conf.s1.disable_ipv6=0
}

family4()
{
	family=4 frame_len=60 near=10.1.0.1/24 far=10.2.0.1/24 next_hop=10.2.0.2
	sysctl -qw net.ipv6.conf.s0.disable_ipv6=1 net.ipv6.conf.s1.disable_ipv6=1
}

# nics_up QUEUES: in place of those that were there; queue i interrupts CPU i
nics_up()
{
	local dev

	queues=$1
	framed=
	queue_cpu=$(seq -s, 0 $((queues - 1)))
	for dev in s0 s1; do
		[ ! -e /sys/class/net/$dev ] || ip link del $dev
		ip link add $dev numrxqueues "$queues" numtxqueues "$queues" \
			type simnic
		sysctl -qw net.ipv6.conf.$dev.disable_ipv6=1
		ip link set $dev up
		# For those who would pass one as for those who go around it.
		tc qdisc replace dev $dev root noqueue
		# Nothing that comes can be merged: who gets skbs need not look.
		ethtool -K $dev gro off
	done
}

# The first queue's interrupts on CPU $1.
nics_cpu()
{
	queue_cpu=$1
	echo "$1" >$debugfs/s0/cpu0
}

# offer RATE: frames a second, by all queues together
offer()
{
	if [ "$framed" != "$in_mac $frame_len $family" ]; then
		"frame${family#4}" >$debugfs/s0/frame
		framed="$in_mac $frame_len $family"
	fi
	echo $(($1 / queues)) >$debugfs/s0/rate
	# Whoever looks for a load that works would look for ever.
	echo 1 >$debugfs/s0/run || exit
}

# count DEV COUNTER: into $counted, without a process
count()
{
	read -r counted <"/sys/class/net/$1/statistics/$2"
}

# A pipe in which nothing ever comes
exec {silence}<> <(:)

# pause SECONDS: without a process
pause()
{
	read -rt "$1" -u "$silence" || true
}

# offer_stop: what is queued somewhere leaves before anything else is offered
offer_stop()
{
	local before i same=0

	counted=
	echo 0 >$debugfs/s0/run
	for i in {1..100}; do
		before=$counted
		count s1 tx_packets
		[ "$counted" = "$before" ] && same=$((same + 1)) || same=0
		[ $same -lt 3 ] || break
		pause 0.02
	done
}

# count_all: since it was there, what was offered into $all_offered, sent into $all_sent
count_all()
{
	count s0 rx_packets; all_offered=$counted
	count s0 rx_missed_errors; all_offered=$((all_offered + counted))
	count s1 tx_packets; all_sent=$counted
}

# measure RATE SECONDS: packets offered, taken from the ring and sent a second,
# into $offered, $taken, $sent; and how many were lost in all, into $lost
measure()
{
	local t0 t1 sent0 taken0 missed0

	count_all
	lost=$((all_sent - all_offered))
	offer "$1"
	pause 0.1
	t0=${EPOCHREALTIME/./}
	count s1 tx_packets; sent0=$counted
	count s0 rx_packets; taken0=$counted
	count s0 rx_missed_errors; missed0=$counted
	pause "$2"
	t1=${EPOCHREALTIME/./}
	count s1 tx_packets; sent=$((counted - sent0))
	count s0 rx_packets; taken=$((counted - taken0))
	count s0 rx_missed_errors; offered=$((taken + counted - missed0))
	offer_stop
	count_all
	lost=$((lost + all_offered - all_sent))
	sent=$((sent * 1000000 / (t1 - t0)))
	taken=$((taken * 1000000 / (t1 - t0)))
	offered=$((offered * 1000000 / (t1 - t0)))
}
