# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # shared with run
# Two threads and rings, at hardware speed: on the host.

# exp_protocol: one round
exp_protocol()
{
	local cpus="0 1"

	[ "$(nproc)" -gt 1 ] || cpus="0 0"
	# shellcheck disable=SC2086 # two words
	"$top/build/tools/bin/bench-protocol" 1 $cpus |
		sed "s/,1$/,$round/"
}
