# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# The experiments with many routers, or many virtual NICs.

# routers_sent: what each has sent
routers_sent()
{
	local pid

	for pid in "${router_pid[@]}"; do
		awk '/eu1:/ { sub(/.*:/, ""); print $10 }' /proc/$pid/net/dev
	done
}

# fairness SYSTEM X: how the slowest router does beside the fastest one, with
# twice of what they take
fairness()
{
	local share

	offer $((peak * 2))
	pause 0.1
	routers_sent >$work/before
	pause "$seconds"
	routers_sent >$work/after
	offer_stop
	share=$(paste $work/before $work/after | awk '
		{ n = $2 - $1 }
		NR == 1 || n < low { low = n }
		n > high { high = n }
		END { printf "%.3f", high ? low / high : 0 }')
	result $1 $2 share $share 1
}

# With packet sockets and the kernel a router has macvlans, with AF_XDP a veth.
# The kernel's XDP is one router for all of them, in the host.
exp_fig6()
{
	# What comes while other routers have the CPU must find slots.
	local n slots=2048

	nics_cpu 0
	user_cpu=1
	fig6 europa europa europa-xdp
	fig6 macvlan user-recvfrom user-mmsg tpacket kernel
	fig6 veth afxdp
	[ -n "$(only xdp-redirect)" ] || return 0
	start_xdp-redirect
	for n in 1 2 5 10; do
		echo $n >$debugfs/s0/macs
		peak_at xdp-redirect $n
	done
	echo 1 >$debugfs/s0/macs
	stop_xdp-redirect
}

# fig6 NICS SYSTEM...: the paper's Figure 6: 1 to 10 routers
fig6()
{
	local n

	[ -n "$(only "${@:2}")" ] || return 0
	router_nics=$1
	for n in 1 2 5 10; do
		for router_system in $(only "${@:2}"); do
			start_routers $n
			routers_again
			entry_on $router_system
			peak_at $router_system $n
			fairness $router_system $n
			entry_off $router_system
		done
	done
	stop_routers
}

# The paper's Figure 8: two routers, packet pools of few slots.  What has none is
# there for comparison.
exp_fig8()
{
	local pools="2 4 8 16 32 64 128 256"

	nics_cpu 0
	user_cpu=1
	fig8_udp "$pools" europa europa europa-xdp
	fig8_udp "$pools" macvlan user-recvfrom user-mmsg tpacket
	fig8_udp "$pools" veth afxdp
	fig8_udp "2 256" macvlan kernel
	[ -z "$(only xdp-redirect)" ] || fig8_host
	fig8_tcp "$pools" europa europa-xdp user-recvfrom user-mmsg tpacket afxdp
	fig8_tcp "2 256" kernel xdp-redirect
}

# fig8_udp POOLS NICS SYSTEM...
fig8_udp()
{
	local slots=2

	[ -n "$(only "${@:3}")" ] || return 0
	router_nics=$2
	router_system=$3
	start_routers 2
	for slots in $1; do
		for router_system in $(only "${@:3}"); do
			routers_again
			entry_on $router_system
			peak_at $router_system $slots
			entry_off $router_system
		done
	done
	stop_routers
}

fig8_host()
{
	local slots

	start_xdp-redirect
	echo 2 >$debugfs/s0/macs
	for slots in 2 256; do
		peak_at xdp-redirect $slots
	done
	echo 1 >$debugfs/s0/macs
	stop_xdp-redirect
}

# fig8_tcp POOLS SYSTEM...
fig8_tcp()
{
	local system pool sampled=-tcp

	tcp_up 2
	routers=2
	for system in $(only "${@:2}"); do
		start_tcp $system
		for pool in $1; do
			tcp_pool $pool
			tcp_result $system $pool 2
		done
		stop_tcp $system
	done
	tcp_down
}

# So many virtual NICs on one lower netdev, of which one forwards; the XDP program
# knows them all.  All on one CPU.
exp_nics()
{
	nics_cpu 1
	user_cpu=1
	nics europa europa europa-xdp
	nics macvlan user-recvfrom user-mmsg tpacket kernel xdp-redirect
	nics veth afxdp
}

# nics KIND SYSTEM...
nics()
{
	local n system made=0

	[ -n "$(only "${@:2}")" ] || return 0
	router_nics=$1
	ip netns add idle
	for n in 2 100 1000; do
		# and the router's
		idle_nics $1 $((made + 1)) $((n - 1)) | ip -batch -
		made=$((n - 1))
		for system in $(only "${@:2}"); do
			nics_sweep $system $n $made
		done
	done
	ip netns del idle
	router_nics=europa
	router_system=europa
	wait_for 60 nics_gone
}

# idle_nics KIND FROM TO: as commands for ip(8)
idle_nics()
{
	local i

	for i in $(seq $2 $3); do
		case $1 in
		veth)	echo "link add l$i type veth peer name i$i netns idle" ;;
		macvlan) echo "link add link s0 name i$i netns idle" \
				"type macvlan mode private" ;;
		*)	echo "link add link s0 name i$i netns idle type $1" ;;
		esac
	done
}

nics_gone()
{
	[ -z "$(ip -o link show type europa)$(ip -o link show type veth)" ]
}

# nics_sweep SYSTEM N IDLE
nics_sweep()
{
	case $1 in
	europa | xdp-redirect)
		sweep $1 $2 ;;
	europa-xdp)
		start_europa-xdp
		# shellcheck disable=SC2046 # names
		europa xdp add $(seq -f i%g $3) link s0 netns idle
		peak_at europa-xdp $2
		stop_europa-xdp ;;
	*)	nics_router $1 $2 $3 ;;
	esac
}

# nics_router SYSTEM N IDLE: one that is no router of Europa's, in a container
nics_router()
{
	local i others=()

	for i in $(seq $3); do
		others+=("$(printf 02:00:00:01:%02x:%02x $((i / 256)) $((i % 256)))" "l$i")
	done
	router_system=$1
	[ $1 = kernel ] || threaded_on
	start_routers 1
	entry_on $1 "${others[@]}"
	peak_at $1 $2
	entry_off $1
	routers_stop
	[ $1 = kernel ] || threaded_off
}

# busy_percent SECONDS: of one CPU, all but the idle time of the two, the queue's
# and the routers'.  That is exact, in ticks of 10 ms; how long the guest sleeps is
# not.
busy_percent()
{
	local t0 t1 idle

	t0=${EPOCHREALTIME/./}
	cpu_read; idle=$cpu_idle
	pause $1
	t1=${EPOCHREALTIME/./}
	cpu_read
	awk -v us=$((t1 - t0)) -v ticks=$((cpu_idle - idle)) 'BEGIN {
		printf "%.2f", 200 - 1e6 * ticks / us }'
}

# What idle routers take of a CPU, and of memory; what the guest takes without any
# is of "none".
exp_idle()
{
	local system percent slots=128

	[ -z "$(only europa)" ] || memories
	nics_cpu 0
	user_cpu=1
	percent=$(busy_percent 10)
	result none 0 cpu_percent $percent %
	say "no router: $percent % of a CPU"
	for system in $(only europa); do
		idle europa europa 1 10 100
	done
	for system in $(only user-recvfrom user-mmsg tpacket kernel); do
		idle macvlan $system 1 10
	done
	for system in $(only afxdp); do
		idle veth afxdp 1 10
	done
}

# idle NICS SYSTEM N...: so many routers
idle()
{
	local n percent

	router_nics=$1
	router_system=$2
	for n in "${@:3}"; do
		start_routers $n
		entry_on $router_system
		sleep 2
		percent=$(busy_percent 10)
		entry_off $router_system
		result $router_system $n cpu_percent $percent %
		say "$router_system ($n): $percent % of a CPU"
		[ $router_system.$n != europa.1 ] ||
			result container $slots kib "$(charged_kib \
				/sys/fs/cgroup/lxc.payload.r0 kernel)" KiB
	done
	stop_routers
}
