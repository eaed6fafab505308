# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by routing: BIRD in a router's container, unpacked in $BIRD.  Uses
# ends(), $dead and $containers.

# bird_config K ROOT: its files in the container
bird_config()
{
	local k=$1 root=$2

	cp "$BIRD/usr/sbin/bird" "$root/root/bird"
	{ bird_ospf "$k"; bird_bgp "$k"; } >"$root/etc/bird.conf"
}

bird_ospf()
{
	local nic cost

	cat <<-EOF
	log "/root/bird.log" all;
	debug protocols { states };
	router id 10.255.0.$1;
	protocol device { }
	protocol direct { ipv4; interface "eu*", "lo"; }
	protocol kernel { ipv4 { import none; export where source != RTS_DEVICE; }; }
	protocol ospf v2 inside {
		ipv4 { import all; export none; };
		area 0 {
			interface "lo" { stub; };
	EOF
	while read -r nic _ _ cost; do
		[ "$cost" = 0 ] ||
			echo "interface \"$nic\" { cost $cost; type ptp; hello 1; dead $dead; };"
	done < <(ends "$1")
	echo "}; }"
}

bird_bgp()
{
	local peer

	for peer in 1 2 3 4; do
		[ "$peer" != "$1" ] || continue
		cat <<-EOF
		protocol bgp to$peer {
			local 10.255.0.$1 as 65000;
			neighbor 10.255.0.$peer as 65000;
			connect delay time 1; connect retry time 2;
			ipv4 { next hop self; import all;
				export where source = RTS_DEVICE && net ~ [ 10.0.0.0/16+ ]; };
		}
		EOF
	done
}

# Begins it, within the container.
bird_start()
{
	echo "/root/bird -c /etc/bird.conf -s /root/bird.ctl -P /root/bird.pid"
}

# bird_sessions K: of BGP that are up
bird_sessions()
{
	LD_LIBRARY_PATH='' "$BIRD/usr/sbin/birdc" \
		-s "$containers/r$1/rootfs/root/bird.ctl" show protocols |
		grep -c Established || true
}

# bird_changes K: how often a session of BGP has come up or gone down
bird_changes()
{
	grep -c ' to[1-4]: State changed' "$containers/r$1/rootfs/root/bird.log" ||
		true
}
