# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Experiments with several routers, each in an LXC container of its own, all on
# the same two lower netdevs.  Router i has MAC address 02:00:00:00:10:i towards
# s0.

# shellcheck source-path=SCRIPTDIR/../lxc source=../lxc/testbed.sh
. "$top/tools/europa/lxc/testbed.sh"

routers_dst=10.2.0.2
routers_lower=(s0 s1)

routers_init()
{
	cat <<-END
	set -eu
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip addr add 10.1.$1.1/24 dev eu0
	ip addr add 10.2.$1.1/24 dev eu1
	ip link set eu0 up
	ip link set eu1 up
	taskset 2 europa-router -S -s $slots -z $slot_size $router_options \\
		eu0 eu1 >/root/log 2>&1 &
	trap 'kill \$!; wait \$!; exit 0' TERM
	wait \$!
	END
}

# routers_start N: and wait until all forward
routers_start()
{
	local i hex

	for i in $(seq 0 $(($1 - 1))); do
		hex=$(printf %02x $i)
		{
			nic r$i-eu0 0 eu0 lower=${routers_lower[0]} \
				mac=02:00:00:00:10:$hex
			nic r$i-eu1 1 eu1 lower=${routers_lower[1]} \
				mac=02:00:00:00:11:$hex
			echo "lxc.signal.halt = SIGTERM"
		} | container r$i
		routers_init $i >"$containers/r$i/rootfs/init"
		rm -f "$containers/r$i/rootfs/root/log"
		lxc-start -n r$i
	done
	for i in $(seq 0 $(($1 - 1))); do
		wait_for 60 grep -q forwarding "$containers/r$i/rootfs/root/log"
	done
}

routers_stop()
{
	local i

	for i in $(seq 0 $(($1 - 1))); do
		lxc-stop -n r$i &
	done
	wait
	wait_for 60 routers_gone
}

routers_gone()
{
	[ -z "$(ip -o link show type europa)" ]
}

# All of them get the same frames, in turn, but for the destination's MAC.
start_routers()
{
	in_mac=02:00:00:00:10:00
	router_options="-r '10.2.0.0/24 dev eu1' -n '10.2.0.2 lladdr $dst_mac dev eu1'"
	echo $routers >$debugfs/s0/macs
	routers_start $routers
}

stop_routers()
{
	echo 1 >$debugfs/s0/macs
	routers_stop $routers
}

start_routers-xdp()
{
	local i

	start_routers
	for i in $(seq 0 $((routers - 1))); do
		europa xdp add eu0 link s0 netns "$(lxc-info -n r$i -pH)"
	done
}

stop_routers-xdp()
{
	europa xdp off s0
	stop_routers
}

# What each router has sent
routers_sent()
{
	local i

	for i in $(seq 0 $((routers - 1))); do
		awk '/eu1:/ { sub(/.*:/, ""); print $10 }' \
			"/proc/$(lxc-info -n r$i -pH)/net/dev"
	done
}

# fairness SYSTEM: the slowest and the fastest router with more than they take
fairness()
{
	"start_$starter"
	offer 1500000
	sleep 0.5
	routers_sent >$work/before
	sleep "$seconds"
	routers_sent >$work/after
	offer_stop
	"stop_$starter"
	paste $work/before $work/after | awk '{ print $2 - $1 }' | sort -n \
		>$work/each
	result "$1" $routers share \
		"$(awk 'NR == 1 { low = $1 } { high = $1 }
		   END { printf "%.3f", high ? low / high : 0 }' $work/each)" 1
}

# The paper's Figure 6: 1 to 10 routers.
exp_fig6()
{
	nics_cpu 0
	for routers in 1 2 4 6 8 10; do
		starter=routers sweep europa $routers
		starter=routers fairness europa
		starter=routers-xdp sweep europa-xdp $routers
		starter=routers-xdp fairness europa-xdp
	done
}

# The paper's Figure 8: two routers, packet pools of few slots.
exp_fig8()
{
	nics_cpu 0
	routers=2
	for slots in ${SLOTS:-2 4 8 16 32 64 128 256}; do
		starter=routers sweep europa $slots
		starter=routers-xdp sweep europa-xdp $slots
	done
	slots=4096
}

# CPU time that idle routers take, all of the CPU's but for its idle time.
exp_idle()
{
	local idle0 idle1

	router_options=
	for routers in 1 10 100; do
		routers_start $routers
		sleep 10
		idle0=$(awk '/^cpu1 / { print $5 }' /proc/stat)
		sleep 10
		idle1=$(awk '/^cpu1 / { print $5 }' /proc/stat)
		routers_stop $routers
		result europa $routers cpu_percent \
			"$(awk -v n=$((1000 - idle1 + idle0)) \
				'BEGIN { printf "%.2f", n < 0 ? 0 : n / 10 }')" %
		say "europa ($routers): of 1000 ticks $((idle1 - idle0)) idle"
	done
}
