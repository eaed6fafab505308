# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Routers in LXC containers, each in its own, all on the same two lower netdevs.
# Router i has MAC address 02:00:00:00:10:i towards the first.

# shellcheck source-path=SCRIPTDIR/../lxc source=../lxc/testbed.sh
. "$top/tools/europa/lxc/testbed.sh"

routers_lower=(s0 s1)
router_options=
# MAC addresses that they send to: of the one who gets the frames, and of the one
# who sends them if there is a way back
router_peers=
# What they forward by: a system, on NICs of a kind: europa, macvlan, or veth: of
# these the first one is, for AF_XDP, and receives what bench-steer passes on.
router_system=europa
router_nics=europa
# Of those that run; there are none without
router_pid=()

# router_init I: what container I runs: its router, and that again if it ends
router_init()
{
	cat <<-END
	set -eu
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip addr add 10.1.$1.1/24 dev eu0
	ip addr add 10.2.$1.1/24 dev eu1
	ip link set eu0 up
	ip link set eu1 up
	trap 'kill \$!; wait \$!; exit 0' TERM
	while :; do
		taskset 2 sh /root/router >/root/log 2>&1 &
		wait \$! || true
	done
	END
}

# router_program: what its router is, as a shell script
router_program()
{
	case $router_system in
	europa*)
		echo "exec europa-router -S -s $slots -z $slot_size" \
			"$router_options eu0 eu1" ;;
	kernel)
		cat <<-END
		tc qdisc del dev eu0 clsact 2>/dev/null || true
		ip route replace 10.2.0.0/24 dev eu1
		ip neigh replace 10.2.0.2 lladdr $dst_mac dev eu1
		sysctl -qw net.ipv4.ip_forward=1
		echo forwarding
		exec sleep infinity
		END
		;;
	*)
		case $router_system in
		user-* | tpacket) drop_in_container ;;
		esac
		echo "exec $bin/$(program_of $router_system)" \
			"-s $slots $router_options eu0 eu1 $router_peers" ;;
	esac
}

# As drop_on, but for ARP
drop_in_container()
{
	cat <<-END
	for dev in eu0 eu1; do
		tc qdisc replace dev \$dev clsact
		tc filter replace dev \$dev ingress protocol ip pref 1 \
			handle 1 matchall action drop
	done
	END
}

# router_command I
router_command()
{
	router_program >"$containers/r$1/rootfs/root/router"
	rm -f "$containers/r$1/rootfs/root/log"
}

# router_ready I
router_ready()
{
	wait_for 60 grep -q forwarding "$containers/r$1/rootfs/root/log"
}

# router_mac I NIC
router_mac()
{
	printf '02:00:00:00:%d:%02x' $((10 + $2)) $1
}

# other_nic I NIC KIND KEY=VALUE...: the lines of one that is not Europa's
other_nic()
{
	local key

	for key in type=$3 name=eu$2 hwaddr="$(router_mac $1 $2)" "${@:4}"; do
		echo "lxc.net.$2.${key%%=*} = ${key#*=}"
	done
}

# router_nic I NIC
router_nic()
{
	local lower=${routers_lower[$2]}

	case $router_nics.$2 in
	europa.*)
		nic r$1-eu$2 $2 eu$2 lower=$lower lend=on \
			mac="$(router_mac $1 $2)" ;;
	veth.0)
		other_nic $1 $2 veth veth.pair=r$1-eu$2 ;;
	*)
		other_nic $1 $2 macvlan link=$lower macvlan.mode=private ;;
	esac
}

router_start()
{
	local try

	{
		router_nic $1 0
		router_nic $1 1
		echo "lxc.signal.halt = SIGTERM"
	} | container r$1
	router_init $1 >"$containers/r$1/rootfs/init"
	router_command $1
	# A dying network namespace may keep what it needs for long.
	for try in 1 2 3; do
		! lxc-start -n r$1 || return 0
		grep -E " ERROR | produced output: " "$containers/r$1/log" >&2 ||
			true
		: >"$containers/r$1/log"
		sleep 5
	done
	return 1
}

# lower_takes DEV: NICs of this kind.  Those of another kind keep it until the
# last network namespace that has one is gone, which takes a while.
lower_takes()
{
	local kind=europa

	[ $router_nics = europa ] || kind=macvlan
	ip link add link $1 name probe type $kind && ip link del probe
}

# routers_start N: those of N that do not run yet; wait until all forward
routers_start()
{
	local i first=${#router_pid[@]} pids=()

	if [ $first = 0 ]; then
		wait_for 60 lower_takes ${routers_lower[0]}
		wait_for 60 lower_takes ${routers_lower[1]}
	fi
	for i in $(seq $first $(($1 - 1))); do
		router_start $i &
		pids+=($!)
		# Two CPUs
		[ $((i % 4)) != 3 ] || { wait_all "${pids[@]}"; pids=(); }
	done
	wait_all "${pids[@]}"
	for i in $(seq $first $(($1 - 1))); do
		router_ready $i
		router_pid[i]=$(lxc-info -n r$i -pH)
	done
}

# wait_all PID...: fails if one has
wait_all()
{
	local pid

	for pid in "$@"; do
		wait $pid
	done
}

# routers_again: with other options, in the same containers
routers_again()
{
	local i

	for i in "${!router_pid[@]}"; do
		router_command $i
		pkill --parent ${router_pid[i]}
	done
	for i in "${!router_pid[@]}"; do
		router_ready $i
	done
}

# LXC does not always manage to give its monitors a name.
monitors='^\[lxc monitor\]|^lxc-start -n r'

# routers_stop: by the containers' first processes, without a program for each
routers_stop()
{
	kill "${router_pid[@]}"
	wait_for 120 routers_gone || {
		say "these stay:"
		ip -o link show type europa
		pgrep -af "$monitors"
		return 1
	}
	router_pid=()
}

routers_gone()
{
	[ -z "$(ip -o link show type europa)" ] &&
		! pgrep -f "$monitors"
}

# start_routers N: all of them get the same frames, in turn, but for the
# destination's MAC
start_routers()
{
	in_mac=$(router_mac 0 0)
	router_peers=$dst_mac
	router_options=
	[ $router_nics != europa ] ||
		router_options="-r '10.2.0.0/24 dev eu1' -n '10.2.0.2 lladdr $dst_mac dev eu1'"
	routers_start $1
	echo $1 >$debugfs/s0/macs
}

stop_routers()
{
	echo 1 >$debugfs/s0/macs
	routers_stop
	router_options=
	router_nics=europa
	router_system=europa
}

# entry_on SYSTEM [MAC NETDEV...], entry_off SYSTEM: how packets get to the
# routers; bench-steer may know others too
entry_on()
{
	local pid i to=()

	case $router_nics.$1 in
	europa.europa-xdp)
		for pid in "${router_pid[@]}"; do
			europa xdp add eu0 link ${routers_lower[0]} netns $pid
			europa xdp add eu1 link ${routers_lower[1]} netns $pid
		done ;;
	veth.*)
		for i in "${!router_pid[@]}"; do
			to+=("$(router_mac $i 0)" "r$i-eu0")
		done
		program $bin/bench-steer s0 "${to[@]}" "${@:2}"
		program_ready ;;
	esac
}

entry_off()
{
	case $router_nics.$1 in
	europa.europa-xdp)
		europa xdp off ${routers_lower[0]}
		europa xdp off ${routers_lower[1]} ;;
	veth.*)	program_stop ;;
	esac
}
