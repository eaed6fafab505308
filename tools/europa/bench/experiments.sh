# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# The experiments with packets: exp_NAME runs one round of one.  Those with
# several routers are in routers.sh, those with TCP in tcp.sh.

peers="user-recvfrom user-mmsg tpacket afxdp afxdp-busy kernel xdp-redirect"
all="$peers europa europa-xdp"
# Where program and queue share a CPU
threaded="user-recvfrom-threaded user-mmsg-threaded tpacket-threaded
	afxdp-threaded kernel-threaded"
# Each in the way that is best there, as onecpu says
best_onecpu="user-recvfrom-threaded user-mmsg-threaded tpacket-threaded afxdp-busy
	kernel xdp-redirect europa europa-xdp"
seconds=${SECONDS_EACH:-1}

# only SYSTEM...: those of them that SYSTEMS asks for, or all
only()
{
	local system

	for system in "$@"; do
		case " ${SYSTEMS:-$system} " in
		*" $system "*) echo $system ;;
		esac
	done
}

# result SYSTEM X METRIC VALUE UNIT
result()
{
	echo "$experiment,$1,$2,$3,$4,$5,$round" >>"$work/round"
}

# kilo N: in thousands
kilo()
{
	printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10))
}

# costs X ARGUMENT...: lines of "SYSTEM NS"
costs()
{
	local x=$1 system ns

	while read -r system ns; do
		result $system $x ns $ns ns
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

	nics_cpu 0
	user_cpu=1
	for system in $(only $all kernel-rps); do
		sweep_curve $system 64
	done
	result limit 64 kpps "$(kilo "$("$bin/bench-limit" 0 1 60 2)")" kpps
}

# The same with all of it on one CPU.
exp_onecpu()
{
	local system

	nics_cpu 1
	user_cpu=1
	for system in $(only $all $threaded); do
		sweep_curve $system 64
	done
	result limit 64 kpps "$(kilo "$("$bin/bench-limit" 1 1 60 2)")" kpps
}

# More CPUs: each with a queue of the NICs, and for Europa a thread of the router.
exp_cores()
{
	local n system

	for n in 1 2; do
		nics_up $n
		user_cpu=$(seq -s, 0 $((n - 1)))
		for system in $(only $best_onecpu); do
			sweep $system $n
		done
	done
}

# sweep_table X SYSTEM SYSTEM-XDP: a table is filled once for the two
sweep_table()
{
	[ -n "$(only $2 $3)" ] || return 0
	"start_$2"
	[ -z "$(only $2)" ] || peak_at $2 $1
	if [ -n "$(only $3)" ]; then
		"$3_on"
		peak_at $3 $1
		"$3_off"
	fi
	"stop_$2"
}

# real NAME...: the first, and one of the prefixes that ROUTES has, if it has any of
# this family; or all of them
real()
{
	if [ -s "$top/build/bench/prefixes.${1%2}file" ]; then
		echo "$1" "${1%2}file"
	else
		echo "$@"
	fi
}

# large_tables NAME...: prefixes and random destinations from files of these names
large_tables()
{
	local name n system tables=$top/build/bench

	nics_cpu 0
	user_cpu=1
	for name in "$@"; do
		table=$tables/prefixes.$name
		n=$(wc -l <"$table")
		destinations "$tables/destinations.$name"
		for system in $(only user-recvfrom user-mmsg tpacket afxdp); do
			sweep $system $n
		done
		sweep_table $n kernel xdp-redirect
		sweep_table $n europa europa-xdp
	done
	table=
	destinations
}

# The paper's Figure 5(b)
exp_fig5b()
{
	# shellcheck disable=SC2046 # names
	large_tables $(real 2 170000 1000000)
}

# The same of IPv6, frames of 78 bytes
exp_ipv6()
{
	family6
	# shellcheck disable=SC2046 # names
	large_tables $(real ipv6.2 ipv6.200000)
	family4
}

# By the size of frames, FCS included; all on one CPU.
exp_sizes()
{
	local size system

	nics_cpu 1
	user_cpu=1
	for size in 64 512 1518; do
		frame_len=$((size - 4))
		for system in $(only $best_onecpu); do
			sweep $system $size
		done
	done
	frame_len=60
}

# What customizing costs: stages before the last one, which all packets take, all on
# one CPU.
exp_stages()
{
	local n system rules='"deny tcp dport 25", "deny udp dport 53",
		"deny to 192.0.2.0/24", "permit"'
	local stages=(
		"{ stage = \"acl\"; rules = ( $rules ); }"
		'{ stage = "police"; rate = "10G"; }'
		'{ stage = "wfq"; rate = "10G"; classes = ( { } ); }'
	)

	nics_cpu 1
	user_cpu=1
	router_config=$work/stages
	for n in 0 1 2 3; do
		{
			echo 'processing = ('
			[ $n = 0 ] || printf '%s,\n' "${stages[@]:0:n}"
			echo '{ stage = "ip"; } );'
		} >$router_config
		for system in $(only europa europa-xdp); do
			sweep $system $n
		done
	done
	router_config=
}

# Ten times what it can do: does it still?
exp_overload()
{
	local system

	nics_cpu 1
	user_cpu=1
	for system in $(only $best_onecpu); do
		"start_$system"
		find_peak $system
		measure $((peak * 10)) "$seconds"
		"stop_$system"
		result $system 1 kpps "$(kilo $peak)" kpps
		result $system 10 kpps "$(kilo $sent)" kpps
		say "$system: $(kilo $peak) kpps, $(kilo $sent) at 10 times"
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

# Latency at 10 and 70 % of each system's own peak, two CPUs as in fig5a; the
# kernel's also with the other CPU busy, as it is when a program polls there,
# Europa's also with the router on the CPU of the queue, which it polls.
exp_latency()
{
	local system share p

	nics_cpu 0
	user_cpu=1
	for system in $(only $all kernel-busy europa-busy europa-xdp-busy); do
		"start_$system"
		find_peak $system
		for share in 10 70; do
			offer $((peak * share / 100))
			pause 0.1
			echo >$debugfs/s1/latency
			pause "$seconds"
			offer_stop
			cat $debugfs/s1/latency >"$work/latency"
			for p in 50 99 99.9; do
				result $system $share us_p$p \
					"$(percentile $p)" us
			done
			say "$system at $share %: $(percentile 50) us, p99 $(percentile 99)"
			profile $system $share $((peak * share / 100))
		done
		"stop_$system"
	done
}

