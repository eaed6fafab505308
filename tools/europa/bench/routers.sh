# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Several routers, each in an LXC container of its own, all on the same two
# lower netdevs.  Router i has MAC address 02:00:00:00:10:i towards the first.

# shellcheck source-path=SCRIPTDIR/../lxc source=../lxc/testbed.sh
. "$top/tools/europa/lxc/testbed.sh"

routers_lower=(s0 s1)
router_options=
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

# router_command I: what its router is
router_command()
{
	echo "exec europa-router -S -s $slots -z $slot_size $router_options" \
		"eu0 eu1" >"$containers/r$1/rootfs/root/router"
	rm -f "$containers/r$1/rootfs/root/log"
}

# router_ready I
router_ready()
{
	wait_for 60 grep -q forwarding "$containers/r$1/rootfs/root/log"
}

router_start()
{
	local hex

	hex=$(printf %02x $1)
	{
		nic r$1-eu0 0 eu0 lower=${routers_lower[0]} lend=on \
			mac=02:00:00:00:10:$hex
		nic r$1-eu1 1 eu1 lower=${routers_lower[1]} lend=on \
			mac=02:00:00:00:11:$hex
		echo "lxc.signal.halt = SIGTERM"
	} | container r$1
	router_init $1 >"$containers/r$1/rootfs/init"
	router_command $1
	lxc-start -n r$1
}

# routers_start N: those of N that do not run yet; wait until all forward
routers_start()
{
	local i first=${#router_pid[@]} pids=()

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
		pkill -x europa-router --parent ${router_pid[i]}
	done
	for i in "${!router_pid[@]}"; do
		router_ready $i
	done
}

# routers_stop: by the containers' first processes, without a program for each
routers_stop()
{
	kill "${router_pid[@]}"
	wait_for 120 routers_gone || {
		say "these stay:"
		ip -o link show type europa
		pgrep -af '^\[lxc monitor\]'
		return 1
	}
	router_pid=()
}

routers_gone()
{
	[ -z "$(ip -o link show type europa)" ] &&
		! pgrep -f '^\[lxc monitor\]'
}

# --- packets through all of them ------------------------------------------

# start_routers N: all of them get the same frames, in turn, but for the
# destination's MAC
start_routers()
{
	in_mac=02:00:00:00:10:00
	router_options="-r '10.2.0.0/24 dev eu1' -n '10.2.0.2 lladdr $dst_mac dev eu1'"
	routers_start $1
	echo $1 >$debugfs/s0/macs
}

stop_routers()
{
	echo 1 >$debugfs/s0/macs
	routers_stop
	router_options=
}

# entry_on SYSTEM, entry_off SYSTEM: how packets get to the routers
entry_on()
{
	local pid

	[ $1 = europa-xdp ] || return 0
	for pid in "${router_pid[@]}"; do
		europa xdp add eu0 link s0 netns $pid
	done
}

entry_off()
{
	[ $1 != europa-xdp ] || europa xdp off s0
}

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

# The paper's Figure 6: 1 to 10 routers.
exp_fig6()
{
	local n system

	nics_cpu 0
	for n in 1 2 5 10; do
		start_routers $n
		for system in $(only europa europa-xdp); do
			entry_on $system
			peak_at $system $n
			fairness $system $n
			entry_off $system
		done
	done
	stop_routers
}

# The paper's Figure 8: two routers, packet pools of few slots.
exp_fig8()
{
	fig8_udp
	fig8_tcp
}

fig8_udp()
{
	local slots=2 system

	nics_cpu 0
	start_routers 2
	for slots in 2 4 8 16 32 64 128 256; do
		routers_again
		for system in $(only europa europa-xdp); do
			entry_on $system
			peak_at $system $slots
			entry_off $system
		done
	done
	stop_routers
}

fig8_tcp()
{
	[ -n "$(only europa)" ] || return 0
	tcp_up 2
	routers=2
	start_tcp_europa
	for slots in 2 4 8 16 32 64 128 256; do
		routers_again
		tcp_result europa $slots 2
	done
	stop_tcp_europa
	tcp_down
}

# busy_percent SECONDS: of the routers' CPU, all but its idle time.  That is
# exact, in ticks of 10 ms; how long the guest sleeps is not.
busy_percent()
{
	local t0 t1 idle

	t0=${EPOCHREALTIME/./}
	cpu_read; idle=$cpu_idle
	pause $1
	t1=${EPOCHREALTIME/./}
	cpu_read
	awk -v us=$((t1 - t0)) -v ticks=$((cpu_idle - idle)) 'BEGIN {
		printf "%.2f", 100 - 1e6 * ticks / us }'
}

# What idle routers take of a CPU, and of memory.
exp_idle()
{
	local n percent slots=128

	memories
	nics_cpu 1
	for n in 1 10 100; do
		routers_start $n
		sleep 2
		percent=$(busy_percent 10)
		result europa $n cpu_percent $percent %
		say "europa ($n): $percent % of a CPU"
		[ $n != 1 ] || result container $slots kib \
			"$(charged_kib /sys/fs/cgroup/lxc.payload.r0 kernel)" KiB
	done
	routers_stop
}
