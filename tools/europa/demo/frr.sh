# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Sourced by routing: FRR in a router's container, unpacked in $FRR.  Uses ends(),
# $dead and $containers.
frr_daemons=(zebra ospfd bgpd)

# frr_config K ROOT: its files in the container
frr_config()
{
	local k=$1 root=$2 name

	mkdir -p "$root/root/frr"
	for name in "${frr_daemons[@]}"; do
		cp "$FRR/usr/lib/frr/$name" "$root/root/frr"
		{
			echo "log file /root/$name.log"
			"frr_$name" "$k"
		} >"$root/etc/$name.conf"
	done
	cp "$FRR"/usr/lib/*/frr/libfrr*.so.0 "$root/root/frr"
	# Whom it would run as; it insists on the groups it was built for.
	echo "root:x:0:0::/root:/bin/sh" >"$root/etc/passwd"
	printf '%s\n' root:x:0: frrvty:x:101:root >"$root/etc/group"
}

frr_zebra() { echo "router-id 10.255.0.$1"; }

frr_ospfd()
{
	local nic cost

	while read -r nic _ _ cost; do
		[ "$cost" = 0 ] || cat <<-EOF
		interface $nic
		 ip ospf area 0
		 ip ospf cost $cost
		 ip ospf network point-to-point
		 ip ospf hello-interval 1
		 ip ospf dead-interval $dead
		EOF
	done < <(ends "$1")
	cat <<-EOF
	interface lo
	 ip ospf area 0
	router ospf
	 ospf router-id 10.255.0.$1
	EOF
}

frr_bgpd()
{
	local peer

	cat <<-EOF
	ip prefix-list networks permit 10.0.0.0/16 le 32
	route-map networks permit 10
	 match ip address prefix-list networks
	router bgp 65000
	 bgp router-id 10.255.0.$1
	 bgp log-neighbor-changes
	EOF
	for peer in 1 2 3 4; do
		[ "$peer" != "$1" ] || continue
		cat <<-EOF
		 neighbor 10.255.0.$peer remote-as 65000
		 neighbor 10.255.0.$peer update-source 10.255.0.$1
		 neighbor 10.255.0.$peer timers connect 2
		EOF
	done
	cat <<-EOF
	 address-family ipv4 unicast
	  redistribute connected route-map networks
	 exit-address-family
	EOF
}

# Begins it, within the container; its routes name nexthop objects, nothing else.
frr_start()
{
	echo "echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode"
	cat <<-EOF
	for name in ${frr_daemons[*]}; do
		LD_LIBRARY_PATH=/root/frr /root/frr/\$name -d -u root -g root \\
			-f /etc/\$name.conf -i /root/\$name.pid \\
			-z /root/zserv.api --vty_socket /root
	done
	EOF
}

# frr_sessions K: of BGP that are up
frr_sessions()
{
	awk '/ADJCHANGE.* Up/ { n++ } /ADJCHANGE.* Down/ { n-- } END { print n + 0 }' \
		"$containers/r$1/rootfs/root/bgpd.log"
}

# frr_changes K: how often a session of BGP has come up or gone down
frr_changes()
{
	grep -c ADJCHANGE "$containers/r$1/rootfs/root/bgpd.log" || true
}
