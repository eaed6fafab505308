# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # work is the caller's
# Routers in network namespaces; their output is in $work/NETNS.log.

declare -A router_pid

# router_start NETNS ARGUMENT...: it forwards when this returns
router_start()
{
	ip netns exec "$1" europa-router "${@:2}" >"$work/$1.log" 2>&1 &
	router_pid[$1]=$!
	wait_for 30 grep -q '^forwarding' "$work/$1.log"
}

# router_stop NETNS
router_stop()
{
	kill -TERM "${router_pid[$1]}" && wait "${router_pid[$1]}"
}

# router_told NETNS N: has it told its counters more often than N times?
router_told()
{
	[ "$(grep -c '^stat end' "$work/$1.log")" -gt "$2" ]
}

# router_counter NETNS NAME
router_counter()
{
	local before

	before=$(grep -c '^stat end' "$work/$1.log")
	kill -USR1 "${router_pid[$1]}"
	wait_for 10 router_told "$1" "$before"
	awk -v name="$2" '$1 == "stat" && $2 == name { n = $3 }
		END { print n + 0 }' "$work/$1.log"
}
