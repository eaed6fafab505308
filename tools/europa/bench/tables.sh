# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Tables of the Internet's size, in a container's own network namespace: s, how
# long until packets are forwarded by them, and what memory they keep: kib_user of
# the router, kib of the kernel.

# seconds_since MICROSECONDS
seconds_since()
{
	awk -v from=$1 -v to=${EPOCHREALTIME/./} \
		'BEGIN { printf "%.2f", (to - from) / 1000000 }'
}

available_kib()
{
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

tables_up()
{
	local nic

	ip netns add router
	for nic in 0 1; do
		ip link add link s$nic name eu$nic type europa
		ip link set eu$nic netns router
		ip -n router addr add 10.$((nic + 1)).0.1/24 dev eu$nic
		ip -n router addr add fd00:$nic::1/64 dev eu$nic nodad
		ip -n router link set eu$nic up
	done
	# As many as there are
	ip netns exec router sysctl -qw net.ipv6.route.max_size=2147483647
}

# Has the kernel done with what has gone?  A million routes take a while.
memory_rests()
{
	local before

	before=$(available_kib)
	sleep 1
	[ $(($(available_kib) - before)) -lt 1024 ]
}

tables_down()
{
	ip netns del router
	sleep 1
	wait_for 300 memory_rests
}

# table_router SYSTEM X N ARGUMENT...: a router that has N prefixes at last
table_router()
{
	local from took kib

	from=${EPOCHREALTIME/./}
	program ip netns exec router europa-router "${@:4}" eu0 eu1
	wait_for 600 grep -q forwarding $work/program.log
	took=$(seconds_since $from)
	kib=$(awk '$1 == "RssAnon:" { print $2 }' /proc/$forwarder/status)
	kill -USR1 $forwarder
	wait_for 60 router_says 1
	[ "$(awk '$2 == "prefixes" { print $3 }' $work/program.log)" -ge $3 ] ||
		{ say "$1 ($2): not all prefixes"; exit 1; }
	result $1 $2 s $took s
	result $1 $2 kib_user $kib KiB
	say "$1 ($2): $3 prefixes in $took s, $kib KiB"
	program_stop
}

# table_kernel X FILE GATEWAY...: fills the kernel's
table_kernel()
{
	local x=$1 from took before kib

	wait_for 60 memory_rests
	before=$(available_kib)
	from=${EPOCHREALTIME/./}
	shift
	while [ $# -gt 0 ]; do
		ip netns exec router "$bin/bench-routes" "$1" $2 eu1
		shift 2
	done
	took=$(seconds_since $from)
	kib=$((before - $(available_kib)))
	result kernel $x s $took s
	result kernel $x kib $kib KiB
	say "kernel ($x): $took s, $kib KiB"
}

# tables X FILE GATEWAY...
tables()
{
	local x=$1 n i of=("${@:2}")

	tables_up
	for ((i = 0; i < ${#of[@]}; i += 2)); do
		sed "s/\$/ via ${of[i + 1]} dev eu1/" "${of[i]}"
	done >$work/routes
	n=$(wc -l <$work/routes)
	table_router europa $x $n -R $work/routes
	table_kernel $x "${of[@]}"
	table_router europa-netlink $x $n
	tables_down
}

# From a file, by netlink to the kernel as a routing daemon does, and from the
# kernel on, as europa-router reads them when it starts.
exp_tables()
{
	local ipv4=("$top/build/bench/prefixes.1000000" 10.2.0.2)
	local ipv6=("$top/build/bench/prefixes.ipv6.200000" fd00:1::2)

	user_cpu=1
	tables ipv4 "${ipv4[@]}"
	tables ipv6 "${ipv6[@]}"
	tables both "${ipv4[@]}" "${ipv6[@]}"
}
