# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# The experiments: exp_NAME runs one round of one; about_NAME says what x is.

read -ra all <<<"${SYSTEMS:-user-recvfrom user-mmsg tpacket afxdp afxdp-busy \
kernel xdp-redirect europa europa-xdp}"
seconds=${SECONDS_EACH:-1}
# Offered loads, packets a second
loads=(20000 40000 70000 100000 150000 200000 250000 300000 400000 500000
       600000 800000 1000000 1500000)

# result SYSTEM X METRIC VALUE UNIT
result()
{
	echo "$experiment,$1,$2,$3,$4,$5,$round" >>"$work/round"
}

kilo()
{
	awk -v n="$1" 'BEGIN { printf "%.2f", n / 1000 }'
}

# sweep SYSTEM X: the peak of what is forwarded over all offered loads, and the
# highest load of which nothing is lost
sweep()
{
	local load peak=0 lossfree=0

	"start_${starter:-$1}"
	for load in "${loads[@]}"; do
		measure "$load" "$seconds"
		[ "$sent" -le $peak ] || peak=$sent
		# What is in flight at either end is no loss.
		[ $((sent * 1000)) -lt $((offered * 998)) ] || lossfree=$sent
		[ "$sweeps" = 0 ] || result "$1" "$(kilo "$load")" kpps_at \
			"$(kilo "$sent")" kpps
		# Far beyond the peak nothing new comes.
		[ $((offered)) -lt $((peak * 5)) ] || break
	done
	"stop_${starter:-$1}"
	result "$1" "$2" kpps "$(kilo $peak)" kpps
	result "$1" "$2" kpps_lossfree "$(kilo $lossfree)" kpps
	say "$1${2:+ ($2)}: $(kilo $peak) kpps, lossfree $(kilo $lossfree)"
}
sweeps=0
# Who starts and stops the system, if not start_SYSTEM and stop_SYSTEM.
starter=

# costs X ARGUMENT...: lines of "SYSTEM NS"
costs()
{
	local x=$1 system ns

	while read -r system ns; do
		result "$system" "$x" ns "$ns" ns
		say "$system${x:+ ($x)}: $ns ns"
	done < <(taskset -c 1 "$bin/bench-costs" "${@:2}")
}

# The paper's Table 1: to copy a packet, by size.
exp_table1()
{
	local size

	for size in 64 128 256 512 1024 1500; do
		costs $size copy $size
	done
}

# The paper's Table 2: system calls.
exp_table2()
{
	costs 64 call
}

# The paper's Figure 5(a): two CPUs, the queue on one, the program on the other.
exp_fig5a()
{
	local system

	sweeps=1
	nics_cpu 0
	user_cpu=1
	for system in "${all[@]}" kernel-rps; do
		sweep "$system" 64
	done
	sweeps=0
	result limit 64 kpps "$(kilo "$("$bin/bench-limit" 0 1 60 2)")" kpps
}

# The same with all of it on one CPU.
exp_onecpu()
{
	local system

	sweeps=1
	nics_cpu 1
	user_cpu=1
	for system in "${all[@]}"; do
		sweep "$system" 64
	done
	sweeps=0
	result limit 64 kpps "$(kilo "$("$bin/bench-limit" 1 1 60 2)")" kpps
}

# More CPUs: each with a queue of the NICs, and for Europa a thread of the router.
exp_cores()
{
	local n system one=("${loads[@]}") loads

	loads=("${one[@]}" 2000000 2500000)
	for n in 1 2; do
		nics_up $n
		user_cpu=$(seq -s, 0 $((n - 1)))
		for system in kernel xdp-redirect europa europa-xdp; do
			sweep $system $n
		done
	done
}

# The paper's Figure 5(b): large tables, random destinations.
exp_fig5b()
{
	local x n system tables=$top/build/bench sizes=(2 170000 1000000)

	nics_cpu 0
	user_cpu=1
	[ -z "${ROUTES:-}" ] || sizes=(2 file)
	for x in "${sizes[@]}"; do
		table=$tables/prefixes.$x
		n=$(wc -l <"$table")
		destinations "$tables/destinations.$x"
		for system in kernel xdp-redirect europa europa-xdp; do
			sweep $system $n
		done
	done
	table=
	destinations
}

# By the size of frames, FCS included; all on one CPU.
exp_sizes()
{
	local size system

	nics_cpu 1
	for size in 64 128 256 512 1024 1518; do
		frame_len=$((size - 4))
		for system in "${all[@]}"; do
			sweep "$system" $size
		done
	done
	frame_len=60
}

# Ten times what it can do: does it still?
exp_overload()
{
	local system load peak

	nics_cpu 1
	for system in "${all[@]}"; do
		peak=0
		"start_$system"
		for load in "${loads[@]}"; do
			measure "$load" "$seconds"
			[ "$sent" -le $peak ] || peak=$sent
			[ $((offered)) -lt $((peak * 3)) ] || break
		done
		measure $((peak * 10)) "$seconds"
		"stop_$system"
		result "$system" 1 kpps "$(kilo $peak)" kpps
		result "$system" 10 kpps "$(kilo "$sent")" kpps
		say "$system: $(kilo $peak) kpps, $(kilo "$sent") at 10 times"
	done
}

# percentile P: of the latencies that s1 has seen, us
percentile()
{
	awk -v p="$1" '
		{ ns[NR] = $1; n[NR] = $2; sum += $2 }
		END {
			for (i = 1; i <= NR; i++) {
				seen += n[i]
				if (seen >= sum * p / 100)
					break
			}
			printf "%.1f", ns[i] / 1000
		}' "$work/latency"
}

# Latency at 10 and 70 % of each system's own highest load without loss, two
# CPUs as in fig5a.
exp_latency()
{
	local system load lossfree share p

	nics_cpu 0
	user_cpu=1
	for system in "${all[@]}"; do
		lossfree=0
		"start_$system"
		for load in "${loads[@]}"; do
			measure "$load" "$seconds"
			[ $((sent * 1000)) -lt $((offered * 998)) ] ||
				lossfree=$sent
			[ $((offered * 2)) -lt $((sent * 3)) ] || break
		done
		[ $lossfree -gt 0 ] || lossfree=20000
		for share in 10 70; do
			offer $((lossfree * share / 100))
			sleep 0.3
			echo >$debugfs/s1/latency
			sleep "$seconds"
			cat $debugfs/s1/latency >"$work/latency"
			offer_stop
			for p in 50 99 99.9; do
				result "$system" $share "us_p$p" \
					"$(percentile $p)" us
			done
			say "$system at $share %: $(percentile 50) us, p99 $(percentile 99)"
		done
		"stop_$system"
	done
}

# So many virtual NICs on one lower netdev, of which one forwards.
exp_nics()
{
	local n made=0

	nics_cpu 1
	ip netns add idle
	for n in 2 10 100 1000; do
		while [ $made -lt $((n - 2)) ]; do
			made=$((made + 1))
			echo "link add link s0 name i$made netns idle type europa"
		done | ip -batch -
		made=$((n - 2))
		sweep europa $n
		sweep europa-xdp $n
	done
	ip netns del idle
	while [ -n "$(ip -o -n idle link 2>/dev/null)" ]; do sleep 0.1; done
}
