#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The simulated NIC keeps its promises: it offers what it was told to, counts
# what finds its ring full, and what is forwarded leaves with its age known.  On
# a wire it does, as hardware would, the offloads that are on, and no others.
set -u

n=0
status=0
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
debugfs=/sys/kernel/debug/simnic
peer=simnic-peer

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
	ip link del q0 2>/dev/null
	ip link del w0 2>/dev/null
	ip -n "$peer" link del w1 2>/dev/null
	ip netns del "$peer" 2>/dev/null
	rmmod pktgen 2>/dev/null
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

# The same from fd00::1 to fd00::2
frame6()
{
	printf '%b' "$(mac s0)"
	printf '\002\0\0\0\0\1\206\335\140\0\0\0\0\010\021\100'
	printf '\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1'
	printf '\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2'
	printf '\060\071\0\011\0\010\0\0'
}

# rule PREF MATCH...: counts frames that arrive
rule()
{
	pref=$1
	shift
	tc filter add dev s0 ingress pref "$pref" protocol "${family:-ip}" \
		flower "$@" action pass
}

# hits PREF: frames that a rule has counted
hits()
{
	tc -s filter show dev s0 ingress pref "$1" |
		sed -n 's/.* \([0-9]*\) pkt .*/\1/p' | head -n 1
}

# offer N: so many more frames at least, with what has been set
offer()
{
	run "$1"
	at_least s0 rx_packets $(($(count s0 rx_packets) + $1))
	offered=$?
	stop
	return $offered
}

setup_rules()
{
	tc qdisc add dev s0 clsact &&
		for i in 1 2 3 4 5; do
			rule $i ip_proto udp src_port $((12344 + i)) || return
		done && rule 6 dst_ip 10.2.0.3 && rule 7 dst_ip 10.2.0.2
}

# Rule 5 is about one flow more than there are.
four_flows()
{
	echo 4 >$debugfs/s0/flows && offer 2000 &&
		for i in 1 2 3 4; do
			[ "$(hits $i)" -ge 500 ] || return
		done && [ "$(hits 5)" = 0 ]
}

# Rules 1 to 5 are gone: what one has counted does not come to the next.
two_destinations()
{
	for i in 1 2 3 4 5; do
		tc filter del dev s0 ingress pref $i
	done
	printf '\012\2\0\2\012\2\0\3' >$debugfs/s0/destinations &&
		offer 2000 && [ "$(hits 6)" -ge 1000 ] &&
		[ "$(hits 7)" -ge 1000 ]
}

# They are as long as the frame's addresses; what is left of one is none.
two_destinations6()
{
	family=ipv6
	rule 8 dst_ip fd00::3 && rule 9 dst_ip fd00::4 && rule 10 || return
	{
		printf '\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3'
		printf '\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\375'
	} >"$work/destinations"
	cat "$work/destinations" >$debugfs/s0/destinations &&
		frame6 >$debugfs/s0/frame && offer 2000 &&
		[ "$(hits 8)" -ge 1000 ] && [ "$(hits 9)" -ge 1000 ] &&
		[ "$(hits 10)" = 0 ] || return
	: >$debugfs/s0/destinations && offer 2000 &&
		[ "$(hits 10)" -ge 2000 ] && frame >$debugfs/s0/frame
}

# Two a second, all of one within a NAPI poll
whole_bursts()
{
	before=$(count s0 rx_packets)
	echo 50 >$debugfs/s0/burst && run 100 &&
		at_least s0 rx_packets $((before + 50)) && stop &&
		[ $((($(count s0 rx_packets) - before) % 50)) = 0 ]
}

# received_by CPU: frames that the stack has had there
received_by()
{
	echo $((0x$(sed -n "$(($1 + 1))s/ .*//p" /proc/net/softnet_stat)))
}

# Each of two queues has the rate that was set, on a CPU of its own.
two_queues()
{
	ip link add q0 numrxqueues 2 numtxqueues 2 type simnic &&
		ip link set q0 up && frame >$debugfs/q0/frame || return
	cpu0=$(received_by 0)
	cpu1=$(received_by 1)
	echo 1000 >$debugfs/q0/rate && echo 1 >$debugfs/q0/run &&
		at_least q0 rx_packets 2000 && echo 0 >$debugfs/q0/run &&
		[ "$(received_by 0)" -ge $((cpu0 + 800)) ] &&
		[ "$(received_by 1)" -ge $((cpu1 + 800)) ]
}

# w0 here has a wire to w1 there; a VLAN netdev is on either.
setup_wire()
{
	ip netns add $peer && ip link add w0 type simnic &&
		ip link add w1 link w0 type simnic &&
		ip link set w1 netns $peer && ip link set w0 up &&
		[ "$(cat /sys/class/net/w0/carrier)" = 0 ] &&
		ip -n $peer link set w1 up &&
		[ "$(cat /sys/class/net/w0/carrier)" = 1 ] &&
		tag_end "" w0 1 && tag_end "-n $peer" w1 2
}

# tag_end NETNS DEV NUMBER
tag_end()
{
	# shellcheck disable=SC2086 # an option and its argument, or nothing
	ip $1 -batch - <<EOF
addr add 10.3.0.$3/24 dev $2
link add link $2 name $2.5 type vlan id 5
link set $2.5 up
addr add 10.3.5.$3/24 dev $2.5
EOF
}

# offloads OPTION...: of both ends
offloads()
{
	ethtool -K w0 "$@" >/dev/null &&
		ip netns exec $peer ethtool -K w1 "$@" >/dev/null
}

# transfer ADDRESS: a stream arrives as it was sent
transfer()
{
	ip netns exec $peer busybox nc -l -p 7777 \
		-e sh -c "cat >$work/received" &
	until busybox nc "$1" 7777 <"$work/sent" 2>/dev/null; do
		kill -0 $! || return 1
	done
	wait $! && cmp "$work/sent" "$work/received"
}

# Without a tag and with one.
transfer_both()
{
	transfer 10.3.0.2 && transfer 10.3.5.2
}

received()
{
	ip netns exec $peer cat "/sys/class/net/w1/statistics/rx_packets"
}

# All that w0 has sent, in so many frames at least.
received_all()
{
	tries=400
	until [ "$(received)" = "$(count w0 tx_packets)" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
	[ "$(received)" -ge "$1" ]
}

bad_offloads()
{
	ethtool -S w0 | sed -n 's/ *tx_bad_offload: //p'
}

# Frames in fragments, which pktgen sends whatever the NIC can.  Not all within one
# tick of a coarse clock: it divides by the time that they took.
send_fragments()
{
	modprobe pktgen && echo add_device w0 >/proc/net/pktgen/kpktgend_0 &&
		for option in "count 10" "delay 2000000" "pkt_size 200" "frags 2" \
			      "dst 10.3.0.2" "dst_mac 02:00:00:00:00:03"; do
			echo "$option" >/proc/net/pktgen/w0 || return
		done && echo start >/proc/net/pktgen/pgctrl &&
		echo rem_device_all >/proc/net/pktgen/kpktgend_0
}

echo "TAP version 13"
[ -d /sys/module/simnic ] || insmod "$here/simnic/simnic.ko" || exit 1
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

setup_rules && four_flows
result "flows"
two_destinations
result "destinations"
two_destinations6
result "destinations of IPv6"
whole_bursts
result "bursts"
echo 1 >$debugfs/s0/burst
two_queues
result "two queues, each on a CPU of its own"

before=$(count s0 rx_packets)
run 100000000
at_least s0 rx_missed_errors 1
result "what no ring holds is missed"
[ "$(count s0 rx_packets)" -gt "$before" ]
result "the rest arrives"
stop

setup_wire
result "a wire"
head -c 300000 /dev/urandom >"$work/sent"
transfer_both
result "a stream crosses it"
received_all $((2 * 300000 / 1448))
result "as separate frames"
offloads tx off rx off
transfer_both
result "the same without checksums"
offloads tx on rx on tso off sg off gro off
transfer_both
result "the same without segmentation"
offloads tso on sg on gro on txvlan off rxvlan off
transfer_both
result "the same without tags"
[ "$(bad_offloads)" = 0 ]
result "no offload was asked for that is off"

before=$(received)
send_fragments && [ "$(bad_offloads)" = 0 ] &&
	[ "$(received)" -ge $((before + 10)) ]
result "fragments cross it"
offloads sg off
before=$(received)
send_fragments && [ "$(bad_offloads)" = 10 ] &&
	[ "$(received)" -lt $((before + 10)) ]
result "those that are asked for all the same are counted, and do not"

echo "1..$n"
exit $status
