# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# With PROFILE=1: where each CPU's time goes, by function and by module, while a system is at
# its peak; in the first round, after what is measured, in
# EXPERIMENT-SYSTEM-X.profile, or with more in its name.
sampled=

profiled()
{
	[ -n "${PROFILE:-}" ] && [ "$round" = 1 ]
}

# sample SYSTEM X: for a second, of what goes on
sample()
{
	perf record -q -a -e cpu-clock -F 1999 -o $work/perf.data -- sleep 1 \
		>>$work/log 2>&1
	perf report -q -i $work/perf.data --stdio --no-children \
		--percent-limit 0.4 -s cpu,comm,sym 2>>$work/log |
		grep . >"$out/$experiment$sampled-$1-$2.profile"
	echo >>"$out/$experiment$sampled-$1-$2.profile"
	perf report -q -i $work/perf.data --stdio --no-children \
		--percent-limit 0.4 -s cpu,dso 2>>$work/log |
		grep . >>"$out/$experiment$sampled-$1-$2.profile"
}

# profile SYSTEM X LOAD
profile()
{
	profiled || return 0
	offer $3
	pause 0.1
	sample $1 $2
	offer_stop
}

# tcp_has_sent BYTES: w0 has received so many
tcp_has_sent()
{
	count w0 rx_bytes
	[ $counted -ge $1 ]
}

# profile_tcp SYSTEM X N: of N flows, once they flow
profile_tcp()
{
	local flows tcp_seconds=10	# perf takes some to begin

	profiled || return 0
	count w0 rx_bytes
	tcp_flows $3 &
	flows=$!
	wait_for 10 tcp_has_sent $((counted + 1000000)) || true
	pause 1		# the others begin, too
	sample $1 $2
	wait $flows
}
