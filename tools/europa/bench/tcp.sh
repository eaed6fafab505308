# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# TCP by iperf3: netns west - veth - lower w0, routers, lower e0 - veth - netns
# east.  Router i is the gateway between 10.1.i.0/24 and 10.2.i.0/24.

# tcp_up N
tcp_up()
{
	local i

	ip netns add west
	ip netns add east
	ip link add w0 type veth peer name w1 netns west
	ip link add e0 type veth peer name e1 netns east
	for i in w0 e0; do
		sysctl -qw net.ipv6.conf.$i.disable_ipv6=1
		ip link set $i up
	done
	ip -n west link set w1 up
	ip -n east link set e1 up
	for i in $(seq 0 $(($1 - 1))); do
		ip -n west addr add 10.1.$i.2/24 dev w1
		ip -n east addr add 10.2.$i.2/24 dev e1
		ip -n west route add 10.2.$i.0/24 via 10.1.$i.1 src 10.1.$i.2
		ip -n east route add 10.1.$i.0/24 via 10.2.$i.1 src 10.2.$i.2
		ip netns exec east taskset 2 iperf3 -s -D -B 10.2.$i.2 \
			--pidfile $work/iperf3.$i
	done
	wait_for 60 tcp_listens $1
}

# tcp_listens N: so many servers do
tcp_listens()
{
	[ "$(ip netns exec east cat /proc/net/tcp | grep -c ' 0A ')" -ge $1 ]
}

tcp_down()
{
	cat $work/iperf3.* 2>/dev/null | tr '\0' '\n' |
		xargs -r kill 2>/dev/null || true
	rm -f $work/iperf3.*
	# The sockets of flows that have not ended yet keep the namespaces.
	ip link del w0
	ip link del e0
	ip netns del west
	ip netns del east
}

# tcp_flows N: N flows at once; fails if one does
tcp_flows()
{
	local i status=0 pids=()

	rm -f $work/tcp.*
	# The gateways may have been others.
	ip -n west neigh flush all
	ip -n east neigh flush all
	for i in $(seq 0 $(($1 - 1))); do
		ip netns exec west taskset 1 timeout $((tcp_seconds + 30)) \
			iperf3 -f m -t $tcp_seconds -B 10.1.$i.2 \
			-c 10.2.$i.2 >$work/tcp.$i 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait $i || status=1
	done
	return $status
}

# tcp_run N: all of N flows at once; Mbit/s together into $mbps.  A server that
# is not yet done with the last test refuses the next one.
tcp_run()
{
	local try

	for try in 1 2 3; do
		! tcp_flows $1 || break
		cat $work/tcp.* >&2
		[ $try -lt 3 ] || return 1
		say "trying again"
		sleep 1
	done
	mbps=$(awk '/receiver/ { for (i = 1; i < NF; i++)
			if ($(i + 1) == "Mbits/sec") sum += $i }
		END { printf "%.0f", sum }' $work/tcp.*)
}
tcp_seconds=3

start_tcp_kernel()
{
	local i

	for i in $(seq 0 $((routers - 1))); do
		ip addr add 10.1.$i.1/24 dev w0
		ip addr add 10.2.$i.1/24 dev e0
	done
	sysctl -qw net.ipv4.ip_forward=1
}

stop_tcp_kernel()
{
	sysctl -qw net.ipv4.ip_forward=0
	ip addr flush dev w0
	ip addr flush dev e0
}

# Neither a recvfrom() nor AF_XDP can be told of segments and checksums to be
# made, and neither program answers ARP.
tcp_plain_on()
{
	west_mac=$(ip netns exec west cat /sys/class/net/w1/address)
	east_mac=$(ip netns exec east cat /sys/class/net/e1/address)
	ip -n west neigh replace 10.1.0.1 dev w1 nud permanent \
		lladdr "$(cat /sys/class/net/w0/address)"
	ip -n east neigh replace 10.2.0.1 dev e1 nud permanent \
		lladdr "$(cat /sys/class/net/e0/address)"
	ip netns exec west ethtool -K w1 tx off tso off gso off >/dev/null
	ip netns exec east ethtool -K e1 tx off tso off gso off >/dev/null
}

tcp_plain_off()
{
	ip -n west neigh flush dev w1 nud permanent
	ip -n east neigh flush dev e1 nud permanent
	ip netns exec west ethtool -K w1 tx on tso on gso on >/dev/null
	ip netns exec east ethtool -K e1 tx on tso on gso on >/dev/null
}

start_tcp_user-recvfrom()
{
	tcp_plain_on
	drop_on w0 e0
	program "$bin/bench-recvfrom" w0 e0 $east_mac
	tcp_other=$forwarder
	program "$bin/bench-recvfrom" e0 w0 $west_mac
	sleep 0.5
}

stop_tcp_user-recvfrom()
{
	program_stop
	forwarder=$tcp_other
	program_stop
	drop_off w0 e0
	tcp_plain_off
}

start_tcp_afxdp()
{
	tcp_plain_on
	program "$bin/bench-afxdp" w0 e0 $east_mac $west_mac
	sleep 0.5
}

stop_tcp_afxdp()
{
	program_stop
	tcp_plain_off
}

start_tcp_europa()
{
	routers_lower=(w0 e0)
	slot_size=69632
	slots=512
	routers_start $routers
}

stop_tcp_europa()
{
	routers_stop
	routers_lower=(s0 s1)
	slot_size=2048
	slots=4096
}

# tcp_result SYSTEM X N: of N flows through what runs
tcp_result()
{
	tcp_run $3
	result $1 $2 mbps $mbps Mbit/s
	say "$1 ($2): $mbps Mbit/s"
	profile_tcp $1 $2 $3
}

# tcp SYSTEM X: one flow
tcp()
{
	"start_tcp_$1"
	tcp_result $1 $2 1
	"stop_tcp_$1"
}

# tcp_limit MBIT: of the link from west
tcp_limit()
{
	ip netns exec west tc qdisc replace dev w1 root tbf rate ${1}mbit \
		burst 1mb latency 20ms
}

# tcp_limited METRIC X: $routers flows on a link of 70 % of what the kernel can do
tcp_limited()
{
	local system

	# The limit costs something itself: with one that does not limit
	tcp_limit 100000
	start_tcp_kernel
	tcp_run $routers
	stop_tcp_kernel
	tcp_limit $((mbps * 70 / 100))
	for system in $(only kernel europa); do
		"start_tcp_$system"
		tcp_run $routers
		result $system $2 $1 $mbps Mbit/s
		say "$system ($2, limited): $mbps Mbit/s"
		"stop_tcp_$system"
	done
	ip netns exec west tc qdisc del dev w1 root
}

# The paper's Figure 7(a): one router; as fast as it goes, and on a link of 70 %
# of what the kernel can do.
exp_fig7a()
{
	local system

	user_cpu=1
	routers=1
	tcp_up 1
	for system in $(only kernel user-recvfrom afxdp europa); do
		tcp $system unlimited
	done
	tcp_limited mbps limited
	tcp_down
}

# The paper's Figure 7(b): 1 to 10 routers, a flow each; the kernel is one router
# for all of them.
exp_fig7b()
{
	local system

	tcp_up 10
	for routers in 1 2 5 10; do
		for system in $(only kernel europa); do
			"start_tcp_$system"
			tcp_result $system $routers $routers
			"stop_tcp_$system"
		done
	done
	tcp_limited mbps_limited $routers
	tcp_down
}
