# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# TCP by iperf3: netns west - veth - lower w0, routers, lower e0 - veth - netns
# east.  Router i is the gateway between 10.1.i.0/24 and 10.2.i.0/24.

# tcp_up N
tcp_up()
{
	local i

	routers_lower=(w0 e0)
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
	# As RFS has it.  An acknowledgement that another CPU handled would make
	# that send, too, and segments overtake each other.
	ip netns exec west sh -c "echo 1 >/sys/class/net/w1/queues/rx-0/rps_cpus"
	ip netns exec east sh -c "echo 2 >/sys/class/net/e1/queues/rx-0/rps_cpus"
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
	routers_lower=(s0 s1)
}

# tcp_flows N: N flows at once; fails if one does.  What counts begins once all
# are there and have found their windows.
tcp_flows()
{
	local i status=0 pids=()

	rm -f $work/tcp.*
	# The gateways may have been others.
	ip -n west neigh flush all
	ip -n east neigh flush all
	for i in $(seq 0 $(($1 - 1))); do
		ip netns exec west taskset 1 timeout $((tcp_seconds + 30)) \
			iperf3 -f m -O 1 -t $tcp_seconds -B 10.1.$i.2 \
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

# What programs forward that are no IP stack gets its MAC addresses from here.
# gateways_on MAC-OF: a command that prints the address of a gateway's NIC
gateways_on()
{
	local i

	west_mac=$(ip netns exec west cat /sys/class/net/w1/address)
	east_mac=$(ip netns exec east cat /sys/class/net/e1/address)
	for i in $(seq 0 $((routers - 1))); do
		ip -n west neigh replace 10.1.$i.1 dev w1 nud permanent \
			lladdr "$($1 $i 0)"
		ip -n east neigh replace 10.2.$i.1 dev e1 nud permanent \
			lladdr "$($1 $i 1)"
	done
}

gateways_off()
{
	ip -n west neigh flush dev w1 nud permanent
	ip -n east neigh flush dev e1 nud permanent
}

# What XDP and AF_XDP forward has no segments or checksums to be made by others.
# With GRO a veth takes what XDP redirects to its peer.
# plain_on SYSTEM, plain_off SYSTEM: if it needs that
plain_on()
{
	case $1 in
	*xdp*)	tcp_offloads off on ;;
	esac
}

plain_off()
{
	case $1 in
	*xdp*)	tcp_offloads on off ;;
	esac
}

# large_packets SYSTEM: the option by which it has those as they are
large_packets()
{
	case $1 in
	user-* | tpacket)	echo -o ;;
	esac
}

# tcp_offloads TX GRO: of those who talk
tcp_offloads()
{
	ip netns exec west ethtool -K w1 tx $1 tso $1 gso $1 gro $2 >/dev/null
	ip netns exec east ethtool -K e1 tx $1 tso $1 gso $1 gro $2 >/dev/null
}

# lower_mac I NIC: of the one gateway in the host
lower_mac()
{
	cat /sys/class/net/${routers_lower[$2]}/address
}

tcp_routes_up()
{
	local i

	for i in $(seq 0 $((routers - 1))); do
		ip addr add 10.1.$i.1/24 dev w0
		ip addr add 10.2.$i.1/24 dev e0
	done
	sysctl -qw net.ipv4.ip_forward=1
}

tcp_routes_down()
{
	sysctl -qw net.ipv4.ip_forward=0
	ip addr flush dev w0
	ip addr flush dev e0
}

# start_tcp_host SYSTEM: as one router in the host
start_tcp_host()
{
	local large

	[ $1 = kernel ] || gateways_on lower_mac
	plain_on $1
	case $1 in
	kernel | xdp-redirect)
		tcp_routes_up ;;
	user-* | tpacket)
		drop_on w0 e0 ;;
	afxdp-busy)
		defer_on w0 e0 ;;
	esac
	[ $1 != kernel ] || return 0
	large=$(large_packets $1)
	# shellcheck disable=SC2046 # words
	program $bin/$(program_of $1) ${large:+$large -s $slots} w0 e0 \
		$east_mac $west_mac
	program_ready
}

stop_tcp_host()
{
	[ $1 = kernel ] || program_stop
	case $1 in
	kernel | xdp-redirect)
		tcp_routes_down ;;
	user-* | tpacket)
		drop_off w0 e0 ;;
	afxdp-busy)
		defer_off w0 e0 ;;
	esac
	[ $1 = kernel ] || gateways_off
	plain_off $1
}

# start_tcp_routers SYSTEM: as $routers containers
start_tcp_routers()
{
	router_system=$1
	plain_on $1
	case $1 in
	europa)
		# Packets of 64 KiB
		slot_size=69632 ;;
	europa-xdp) ;;
	*)
		router_nics=macvlan
		gateways_on router_mac
		router_peers="$east_mac $west_mac"
		router_options=$(large_packets $1)
		[ $1 != afxdp ] || router_options=-g ;;
	esac
	routers_start $routers
	entry_on $1
}

stop_tcp_routers()
{
	entry_off $1
	routers_stop
	plain_off $1
	[ $router_nics = europa ] || gateways_off
	router_nics=europa
	router_system=europa
	router_options=
	slot_size=2048
	slots=512
}

# start_tcp SYSTEM, stop_tcp SYSTEM: the kernel itself is one router for all
start_tcp()
{
	case $1 in
	kernel | xdp-redirect)	start_tcp_host $1 ;;
	*)			start_tcp_routers $1 ;;
	esac
}

stop_tcp()
{
	case $1 in
	kernel | xdp-redirect)	stop_tcp_host $1 ;;
	*)			stop_tcp_routers $1 ;;
	esac
}

# tcp_pool SLOTS: of the routers that run
tcp_pool()
{
	slots=$1
	[ ${#router_pid[@]} = 0 ] || routers_again
}

# tcp_result SYSTEM X N: of N flows through what runs
tcp_result()
{
	tcp_run $3
	result $1 $2 mbps $mbps Mbit/s
	say "$1 ($2): $mbps Mbit/s"
	profile_tcp $1 $2 $3
}

# tcp_limit MBIT: of the link from west
tcp_limit()
{
	ip netns exec west tc qdisc replace dev w1 root tbf rate ${1}mbit \
		burst 1mb latency 20ms
}

# tcp_limited METRIC X WHERE SYSTEM...: $routers flows on a link of 70 % of what the
# kernel can do; WHERE says how to start and stop those besides Europa
tcp_limited()
{
	local system where most=0 sampled=-limited

	# The limit costs something itself: with one that does not limit.  Now and
	# then the kernel has a third of what it can do.
	tcp_limit 100000
	start_tcp kernel
	for _ in 1 2 3; do
		tcp_run $routers
		[ $mbps -le $most ] || most=$mbps
	done
	stop_tcp kernel
	tcp_limit $((most * 70 / 100))
	for system in $(only "${@:4}"); do
		where=$(tcp_where $system $3)
		start_$where $system
		tcp_run $routers
		result $system $2 $1 $mbps Mbit/s
		say "$system ($2, limited): $mbps Mbit/s"
		profile_tcp $system $2 $routers
		stop_$where $system
	done
	ip netns exec west tc qdisc del dev w1 root
}

# tcp_where SYSTEM WHERE: Europa's routers are in containers always
tcp_where()
{
	case $1 in
	europa*)	echo tcp_routers ;;
	*)		echo $2 ;;
	esac
}

# The paper's Figure 7(a): one router; as fast as it goes, and on a link of 70 %
# of what the kernel can do.
exp_fig7a()
{
	local system where

	user_cpu=1
	routers=1
	tcp_up 1
	for system in $(only $all); do
		where=$(tcp_where $system tcp_host)
		start_$where $system
		tcp_result $system unlimited 1
		stop_$where $system
	done
	tcp_limited mbps limited tcp_host $all
	tcp_down
}

# The paper's Figure 7(b): 1 to 10 routers, a flow each.  With AF_XDP and packet
# sockets they are containers with macvlans; busy polling would be of a NIC.
exp_fig7b()
{
	local system systems="user-recvfrom user-mmsg tpacket afxdp kernel
		xdp-redirect europa europa-xdp"

	user_cpu=1
	tcp_up 10
	for routers in 1 2 5 10; do
		for system in $(only $systems); do
			start_tcp $system
			tcp_result $system $routers $routers
			stop_tcp $system
		done
	done
	tcp_limited mbps_limited $routers tcp $systems
	tcp_down
}
