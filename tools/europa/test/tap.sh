# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Results in TAP

n=0
status=0

# result WHAT: the command before was a test
result()
{
	local good=$?

	n=$((n + 1))
	if [ $good = 0 ]; then
		echo "ok $n $1"
	else
		echo "not ok $n $1"
		status=1
	fi
}

finish()
{
	echo "1..$n"
	return $status
}
