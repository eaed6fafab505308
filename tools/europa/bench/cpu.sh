# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Where the time of the CPUs goes: the program's own code, its calls, and all the
# rest, softirqs and NAPI's threads.  The kernel accounts for interrupts by the
# clock, so a program's time is its own.  Europa's poller is a NAPI: its time is
# of the softirqs', or of the calls by which a router sends or polls.

# cpu_read: ticks until now into $cpu_busy, $cpu_idle, $cpu_program and $cpu_calls
cpu_read()
{
	local name user nice system idle iowait irq softirq rest stat

	cpu_busy=0
	cpu_idle=0
	cpu_program=0
	cpu_calls=0
	while read -r name user nice system idle iowait irq softirq rest; do
		case $name in
		"cpu$queue_cpu" | "cpu$user_cpu")
			cpu_busy=$((cpu_busy + user + nice + system + irq + softirq))
			cpu_idle=$((cpu_idle + idle + iowait)) ;;
		esac
	done </proc/stat
	[ -n "$forwarder" ] || return 0
	read -ra stat <"/proc/$forwarder/stat"
	cpu_program=${stat[13]}
	cpu_calls=${stat[14]}
}

# router_says N: it has printed its counters N times
router_says()
{
	[ "$(grep -c '^stat end' $work/program.log)" -ge $1 ]
}

# empty_share: of the time between the router's last two reports, what went into
# looking at empty rings
empty_share()
{
	awk '$2 == "cycles" || $2 == "empty_cycles" {
			before[$2] = last[$2]
			last[$2] = $3
		}
		END {
			all = last["cycles"] - before["cycles"]
			printf "%.6f", (last["empty_cycles"] - \
				before["empty_cycles"]) / (all ? all : 1)
		}' $work/program.log
}

# cpu_time SYSTEM X LOAD: ns a packet
cpu_time()
{
	local busy idle program calls packets t0 t1 reports ask=:

	case $1 in
	europa*)
		ask="kill -USR1 $forwarder"
		reports=$(grep -c '^stat end' $work/program.log || true) ;;
	esac
	offer $3
	pause 0.1
	$ask
	t0=${EPOCHREALTIME/./}
	cpu_read
	busy=$cpu_busy idle=$cpu_idle program=$cpu_program calls=$cpu_calls
	count s1 tx_packets; packets=$counted
	pause "$seconds"
	$ask
	t1=${EPOCHREALTIME/./}
	cpu_read
	count s1 tx_packets; packets=$((counted - packets))
	offer_stop
	[ $packets -gt 0 ] || return 0
	busy=$((cpu_busy - busy)) idle=$((cpu_idle - idle))
	program=$((cpu_program - program)) calls=$((cpu_calls - calls))
	# A tick is 10 ms.
	cpu_result $1 $2 softirq $((busy - program - calls)) 10000000 $packets
	cpu_result $1 $2 idle $idle 10000000 $packets
	if [ -n "$forwarder" ]; then
		cpu_result $1 $2 calls $calls 10000000 $packets
		cpu_result $1 $2 program $program 10000000 $packets
	fi
	[ "$ask" != : ] || return 0
	wait_for 10 router_says $((reports + 2))
	cpu_result $1 $2 empty "$(empty_share)" $(((t1 - t0) * 1000)) $packets
}

# cpu_result SYSTEM X WHAT AMOUNT NS PACKETS: AMOUNT times NS for so many
cpu_result()
{
	result $1 $2 cpu_ns_$3 \
		"$(awk "BEGIN { printf \"%.0f\", $4 * $5 / $6 }")" ns
}
