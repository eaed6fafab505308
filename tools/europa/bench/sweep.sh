# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with guest
# shellcheck disable=SC2086 # numbers and names without blanks
# Looking for the highest rate of what has been started.  Short looks at
# doubling loads say about where it is; what counts is measured there, for
# longer.

first_load=20000
look_seconds=0.2
# Where the last look ended, by system: the next one begins there.
declare -A hint
# The system that every measurement becomes a point of, for a curve
curve=
# What was sent, by load, since about_peak
declare -A sent_at

# look LOAD SECONDS
look()
{
	measure $1 $2
	[ -z "$curve" ] || result $curve "$(kilo $1)" kpps_at "$(kilo $sent)" \
		kpps
}

# keeps_up LOAD: most of it is forwarded; the best is kept in $best and $best_load
keeps_up()
{
	look $1 $look_seconds
	[ $sent -le $best ] || { best=$sent; best_load=$1; }
	[ $((sent * 10)) -ge $((offered * 7)) ]
}

# grows LOAD: more is forwarded than at less load
grows()
{
	local before=$best

	keeps_up $1 || [ $((sent * 10)) -gt $((before * 11)) ]
}

# about_peak SYSTEM: $load, such that the peak is between it and twice as much.
# Some forward ever more beyond the load that they keep up with.
about_peak()
{
	local best=0 best_load top=${hint[$1]:-$first_load}

	load=$top
	best_load=$top
	until keeps_up $load || [ $load -lt 1000 ]; do
		load=$((load / 2))
	done
	load=$top
	while grows $((load * 2)); do
		load=$((load * 2))
	done
	load=$best_load
	[ $((best * 10)) -ge $((load * 9)) ] || load=$((load / 2))
	hint[$1]=$load
	peak=0 peak_load=$load lossfree=0 lossfree_load=0
	sent_at=()
}

# point LOAD: one that counts, for the peak and for the loss
point()
{
	look $1 $seconds
	sent_at[$1]=$sent
	[ $sent -le $peak ] || { peak=$sent; peak_load=$1; }
	# If more left than came, it is of what came before.
	[ $lost != 0 ] || [ $1 -le $lossfree_load ] ||
		{ lossfree=$sent; lossfree_load=$1; }
}

# neighbours: of the peak among the points, into $low and $high; 0: none
neighbours()
{
	local at

	low=0 high=0
	for at in "${!sent_at[@]}"; do
		if [ $at -lt $peak_load ] && [ $at -gt $low ]; then
			low=$at
		elif [ $at -gt $peak_load ] &&
		     { [ $high = 0 ] || [ $at -lt $high ]; }; then
			high=$at
		fi
	done
}

# refine: a system that falls behind beyond its peak has a sharp one, which the
# points must not pass over; with one that stays there is nothing to do
refine()
{
	local low high step

	neighbours
	[ $high -gt 0 ] || point $((peak_load * 140 / 100))
	for step in 1 2 3; do
		neighbours
		if [ $high = 0 ]; then
			return
		elif [ $((peak * 100)) -ge $((peak_load * 98)) ]; then
			point $(((peak_load + high) / 2))
		elif [ $((sent_at[$high] * 100)) -ge $((peak * 95)) ]; then
			return
		else
			point $(((low + peak_load) / 2))
		fi
	done
}

# find_peak SYSTEM [PERCENT...]: into $peak and $peak_load, from points at so
# many percent of about where it is
find_peak()
{
	local load percent

	about_peak $1
	shift
	[ $# -gt 0 ] || set -- 100 140 200
	for percent in "$@"; do
		point $((load * percent / 100))
	done
	refine
}

# no_loss LOAD: not one packet is lost.  What the host takes of the guest's time now
# and then is no loss of the system's: a load gets a second chance.
no_loss()
{
	point $1
	[ $lossfree_load -ge $1 ] || point $1
	[ $lossfree_load -ge $1 ]
}

# find_lossfree: the highest load of which nothing is lost, into $lossfree, by
# halving first the steps below the peak, and then the one where it is.
find_lossfree()
{
	local percent=(0 2 4 7 12 20 35 50 70 100 140)
	local low=0 high=10 middle step at=$peak_load

	while [ $((high - low)) -gt 1 ]; do
		middle=$(((low + high) / 2))
		if no_loss $((at * percent[middle] / 100)); then
			low=$middle
		else
			high=$middle
		fi
	done
	low=$((at * percent[low] / 100)) high=$((at * percent[high] / 100))
	for step in 1 2 3; do
		middle=$(((low + high) / 2))
		if no_loss $middle; then
			low=$middle
		else
			high=$middle
		fi
	done
}

# peak_at SYSTEM X: of what runs
peak_at()
{
	find_peak $1
	result $1 $2 kpps "$(kilo $peak)" kpps
	say "$1 ($2): $(kilo $peak) kpps"
	profile $1 $2 $peak_load
}

# sweep SYSTEM X: the peak of a system that is started for it
sweep()
{
	"start_$1"
	peak_at $1 $2
	"stop_$1"
}

# sweep_curve SYSTEM X: besides the peak all points on the way, the highest load
# without loss, and where the CPUs' time goes
sweep_curve()
{
	"start_$1"
	unset "hint[$1]"
	curve=$1
	find_peak $1 84 119 168
	find_lossfree
	# Looking for it may have found another peak.
	result $1 $2 kpps "$(kilo $peak)" kpps
	# 0 of a system that loses some at any load
	result $1 $2 kpps_lossfree "$(kilo $lossfree)" kpps
	curve=
	say "$1: $(kilo $peak) kpps, without loss $(kilo $lossfree)"
	cpu_time $1 half $((peak / 2))
	cpu_time $1 peak $peak_load
	profile $1 $2 $peak_load
	"stop_$1"
}
