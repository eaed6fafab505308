# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Two routers in a row, each in a network namespace of its own: s0 - first - veth -
# second - s1.

chain_namespaces()
{
	local netns

	for netns in first second; do
		ip netns add $netns
		ip netns exec $netns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	done
	ip link add va type veth peer name vb
	sysctl -qw net.ipv6.conf.va.disable_ipv6=1 net.ipv6.conf.vb.disable_ipv6=1
}

# chain_nic NAME NETNS ADDRESS LOWER TYPE...
chain_nic()
{
	ip link add link $4 name $1 netns $2 type "${@:5}"
	chain_address $1 $2 $3
}

# chain_address NAME NETNS ADDRESS
chain_address()
{
	ip -n $2 addr add $3/24 dev $1
	ip -n $2 link set $1 up
}

mac_in()
{
	ip netns exec $1 cat /sys/class/net/$2/address
}

# By the kernel, as in containers with a macvlan and one end of the veth each
chain_kernel()
{
	local netns

	chain_nic eu0 first 10.1.0.1 s0 macvlan mode private
	chain_nic eu3 second 10.2.0.1 s1 macvlan mode private
	ip link set va netns first
	ip link set vb netns second
	chain_address va first 10.9.0.1
	chain_address vb second 10.9.0.2
	for netns in first second; do
		ip netns exec $netns sysctl -qw net.ipv4.ip_forward=1
	done
	ip -n first route add 10.2.0.0/24 via 10.9.0.2
	ip -n second neigh replace 10.2.0.2 lladdr $dst_mac dev eu3
}

# chain_router NETNS ARGUMENT...: in the background, into $forwarder
chain_router()
{
	program ip netns exec $1 europa-router -S -s $slots -z $slot_size "${@:2}"
	program_ready
}

chain_europa()
{
	ip link set va up
	ip link set vb up
	chain_nic eu0 first 10.1.0.1 s0 europa
	chain_nic eu1 first 10.9.0.1 va europa
	chain_nic eu2 second 10.9.0.2 vb europa
	chain_nic eu3 second 10.2.0.1 s1 europa
	chain_router second -n "10.2.0.2 lladdr $dst_mac dev eu3" eu2 eu3
	chain_second=$forwarder
	chain_router first -r "10.2.0.0/24 via 10.9.0.2 dev eu1" \
		-n "10.9.0.2 lladdr $(mac_in second eu2) dev eu1" eu0 eu1
}

# By skbs through the veth: that there may be filters is enough.
chain_europa-veth()
{
	chain_europa
	tc qdisc add dev vb clsact
}

start_chain()
{
	chain_namespaces
	chain_$1
	in_mac=$(mac_in first eu0)
}

stop_chain()
{
	if [ $1 != kernel ]; then
		program_stop
		forwarder=$chain_second
		program_stop
	fi
	ip netns del first
	ip netns del second
	ip link del va 2>/dev/null || true
	wait_for 60 nics_gone
}

# What a virtual link costs: pool to pool, or by the veth.
exp_chain()
{
	local system size

	nics_cpu 0
	user_cpu=1
	for size in 64 1518; do
		frame_len=$((size - 4))
		for system in $(only kernel europa-veth europa); do
			start_chain $system
			peak_at $system $size
			stop_chain $system
		done
	done
	frame_len=60
}
