# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Shared by the scripts of the VM rig: where things are, how to say so.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
vm=$top/tools/europa/vm
cache=${EUROPA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/europa}

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# progress TOTAL LABEL: show on standard error how far a build is whose
# output comes in, a line an object; copy it to the file LOG.
progress()
{
	awk -v total="$1" -v label="$2" -v log_file="$3" '
		BEGIN { start = systime(); last = start }
		{
			print > log_file
			if ($1 ~ /^(CC|AS|LD|AR|HOSTCC)$/)
				n++
			now = systime()
			if (now - last >= 10) {
				printf "  %s: %d of about %d objects, %d s\n",
				       label, n, total, now - start
				fflush()
				last = now
			}
		}
		END {
			printf "  %s: %d objects, %d s\n", label, n,
			       systime() - start
		}' >&2
}
