# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# The systems under test: start_NAME and stop_NAME.
# $user_cpu is where a forwarder's program runs (for each thread one, with commas
# between).

# Where containers find them too
bin=/usr/libexec/europa-bench
user_cpu=1
# Its process, if there is one
forwarder=
# Of a pool, or frames of a peer's rings.  More are slower by XDP on two CPUs: what is
# on its way is in no cache then.  The peers have about the same with 256 and 4096.
slots=512
slot_size=2048
# A file of prefixes; they lead to where everything goes.
table=
# A file of settings for europa-router
router_config=

# host_mac: frames are for the host's own address
host_mac()
{
	in_mac=$(cat /sys/class/net/s0/address)
}

# program NAME ARGUMENT...: on its CPU, in the background
program()
{
	# What another one has said is not this one's.
	: >"$work/program.log"
	taskset -c "$user_cpu" "$@" >>"$work/program.log" 2>&1 &
	forwarder=$!
}

# program_ready: it forwards; a large table takes its time
program_ready()
{
	wait_for 120 grep -q forwarding "$work/program.log"
}

# Its other processes end after it.
program_stop()
{
	local others

	grep -v "^stat \|^forwarding" "$work/program.log" >>"$work/log" || true
	others=$(pgrep -P "$forwarder" || true)
	kill "$forwarder" 2>/dev/null || true
	wait "$forwarder" 2>/dev/null || true
	forwarder=
	wait_for 10 all_gone $others
}

# all_gone PID...
all_gone()
{
	local pid

	for pid in "$@"; do
		[ ! -e /proc/$pid ] || return 1
	done
}

# program_of SYSTEM: and what makes it this one
program_of()
{
	case $1 in
	user-*)		echo bench-${1#user-} ;;
	afxdp-busy)	echo bench-afxdp -b ;;
	xdp-redirect)	echo bench-xdp_redirect ;;
	*)		echo bench-$1 ;;
	esac
}

# It has got its sockets before traffic comes.
peer()
{
	host_mac
	# shellcheck disable=SC2046 # words
	program $bin/$(program_of $1) -s $slots -q $queues \
		${table:+-R "$table"} s0 s1 $dst_mac
	program_ready
}

# drop_on DEV...: behind packet sockets, what they have had a copy of need not be
# routed.
drop_on()
{
	local dev

	for dev in "$@"; do
		tc qdisc add dev $dev clsact
		tc filter add dev $dev ingress matchall action drop
	done
}

drop_off()
{
	local dev

	for dev in "$@"; do
		tc qdisc del dev $dev clsact
	done
}

for system in user-recvfrom user-mmsg tpacket; do
	eval "start_$system() { drop_on s0; peer $system; }
		stop_$system() { program_stop; drop_off s0; }"
done

start_afxdp()	{ peer afxdp; }
stop_afxdp()	{ program_stop; }

# The queue has a thread, which the program competes with for the CPU as with any,
# instead of softirqs that come before it.
threaded_on()
{
	local thread

	echo 1 >/sys/class/net/s0/threaded
	for thread in $(pgrep '^napi/s0-'); do
		taskset -pc $queue_cpu $thread >/dev/null
	done
}

threaded_off()
{
	echo 0 >/sys/class/net/s0/threaded
}

for system in user-recvfrom user-mmsg tpacket afxdp kernel; do
	eval "start_$system-threaded() { threaded_on; start_$system; }
		stop_$system-threaded() { stop_$system; threaded_off; }"
done

# defer_on DEV...: a program is to poll the NIC: the queue waits for it a while.
defer_on()
{
	local dev

	for dev in "$@"; do
		echo 1000000 >/sys/class/net/$dev/gro_flush_timeout
		echo 2 >/sys/class/net/$dev/napi_defer_hard_irqs
	done
}

defer_off()
{
	local dev

	for dev in "$@"; do
		echo 0 >/sys/class/net/$dev/gro_flush_timeout
		echo 0 >/sys/class/net/$dev/napi_defer_hard_irqs
	done
}

start_afxdp-busy()
{
	defer_on s0
	peer afxdp-busy
}

stop_afxdp-busy()
{
	program_stop
	defer_off s0
}

# forwarding 1|0: by the host's stack
forwarding()
{
	if [ $family = 4 ]; then
		sysctl -qw net.ipv4.ip_forward=$1
	else
		sysctl -qw net.ipv6.conf.all.forwarding=$1
	fi
}

host_routes_up()
{
	host_mac
	ip addr add $near dev s0
	ip addr add $far dev s1
	ip neigh replace $next_hop lladdr $dst_mac dev s1 nud permanent
	if [ -n "$table" ]; then
		$bin/bench-routes "$table" $next_hop s1
	fi
	forwarding 1
}

host_routes_down()
{
	forwarding 0
	if [ -n "$table" ]; then
		# Quicker than to flush them
		ip link set s1 down
		ip link set s1 up
	fi
	ip addr flush dev s0
	ip addr flush dev s1
}

start_kernel()	{ host_routes_up; }
stop_kernel()	{ host_routes_down; }

# The other CPU does what comes after the driver.
start_kernel-rps()
{
	start_kernel
	echo 2 >/sys/class/net/s0/queues/rx-0/rps_cpus
}

stop_kernel-rps()
{
	stop_kernel
	echo 0 >/sys/class/net/s0/queues/rx-0/rps_cpus
}

# Somebody else takes all of the other CPU.
start_kernel-busy()
{
	start_kernel
	program sh -c 'while :; do :; done'
}

stop_kernel-busy()
{
	program_stop
	stop_kernel
}

# What is needed besides start_kernel
xdp-redirect_on()
{
	program $bin/bench-xdp_redirect s0 s1 $dst_mac
	program_ready
}

xdp-redirect_off()	{ program_stop; }

start_xdp-redirect()
{
	host_routes_up
	xdp-redirect_on
}

stop_xdp-redirect()
{
	xdp-redirect_off
	host_routes_down
}

# Where the program shares the CPU with the queue it polls it.  They take turns
# of 128 packets: more slots would only be a longer queue.
start_europa()
{
	local options=() busy='' slots=$slots

	if [ $user_cpu = "$queue_cpu" ]; then
		busy=-B
		slots=256
		defer_on s0
	fi
	[ -e /run/netns/router ] || ip netns add router
	ip link add link s0 name eu0 numrxqueues $queues type europa
	ip link add link s1 name eu1 numrxqueues $queues type europa
	in_mac=$(cat /sys/class/net/eu0/address)
	ip link set eu0 netns router
	ip link set eu1 netns router
	[ $family = 6 ] ||
		ip netns exec router sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	ip -n router addr add $near dev eu0
	ip -n router addr add $far dev eu1
	ip -n router link set eu0 up
	ip -n router link set eu1 up
	if [ -n "$table" ]; then
		sed "s/\$/ via $next_hop dev eu1/" "$table" >$work/routes
		options=(-R "$work/routes")
	fi
	program ip netns exec router europa-router -S $busy -t $queues \
		-C "$user_cpu" -s $slots -z $slot_size \
		${router_config:+-c $router_config} \
		-n "$next_hop lladdr $dst_mac dev eu1" "${options[@]}" eu0 eu1
	program_ready
}

stop_europa()
{
	program_stop
	defer_off s0
	ip netns del router
	while [ -n "$(ip -o link show type europa)" ]; do
		sleep 0.1
	done
}

# The same without another CPU: the router polls the queue.
start_europa-busy()
{
	local user_cpu=$queue_cpu

	start_europa
}

stop_europa-busy()	{ stop_europa; }

# What is needed besides start_europa
europa-xdp_on()		{ europa xdp add eu0 link s0 netns router; }
europa-xdp_off()	{ europa xdp off s0; }

start_europa-xdp()
{
	start_europa
	europa-xdp_on
}

stop_europa-xdp()
{
	europa-xdp_off
	stop_europa
}

start_europa-xdp-busy()
{
	start_europa-busy
	europa-xdp_on
}

stop_europa-xdp-busy()	{ stop_europa-xdp; }
