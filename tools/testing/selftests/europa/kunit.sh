#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What KUnit's tests said when the module was loaded.
set -u

n=0
status=0

result()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		status=1
	fi
}

kunit()
{
	dir=/sys/kernel/debug/kunit
	for suite in europa-ring europa-pool europa-lend europa-port; do
		if [ ! -e $dir/$suite/results ]; then
			n=$((n + 1))
			echo "ok $n $suite # SKIP no KUnit in this kernel"
			continue
		fi
		grep -E '^ *(not )?ok [0-9]+ europa_' $dir/$suite/results \
			>/tmp/kunit.$$
		while read -r line; do
			case $line in
			ok*) result 0 "kunit ${line#ok * }" ;;
			*) result 1 "kunit ${line#not ok * }" ;;
			esac
		done </tmp/kunit.$$
		[ -s /tmp/kunit.$$ ] || result 1 "kunit $suite has no results"
		rm -f /tmp/kunit.$$
	done
}

echo "TAP version 13"
modprobe europa 2>/dev/null
kunit
echo "1..$n"
exit $status
