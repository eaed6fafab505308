// SPDX-License-Identifier: GPL-2.0-only
/* Forwarding in the kernel, by XDP and the kernel's routing table */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET	2
#define AF_INET6	10

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u32);
} netdevs SEC(".maps");

/* What the routing table is asked; false if it is not to be asked. */
static __always_inline bool ask_ip(const struct iphdr *ip, const void *end,
				   struct bpf_fib_lookup *fib)
{
	if ((const void *)(ip + 1) > end || ip->ttl <= 1)
		return false;
	fib->family = AF_INET;
	fib->tos = ip->tos;
	fib->l4_protocol = ip->protocol;
	fib->tot_len = bpf_ntohs(ip->tot_len);
	fib->ipv4_src = ip->saddr;
	fib->ipv4_dst = ip->daddr;
	return true;
}

static __always_inline bool ask_ip6(const struct ipv6hdr *ip, const void *end,
				    struct bpf_fib_lookup *fib)
{
	if ((const void *)(ip + 1) > end || ip->hop_limit <= 1)
		return false;
	fib->family = AF_INET6;
	fib->l4_protocol = ip->nexthdr;
	fib->tot_len = bpf_ntohs(ip->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip->saddr, sizeof(ip->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip->daddr, sizeof(ip->daddr));
	return true;
}

static __always_inline void age_ip(struct iphdr *ip)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
}

SEC("xdp")
int xdp_redirect(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;
	struct bpf_fib_lookup fib = {};
	struct ethhdr *eth = data;
	void *ip = data + sizeof(*eth);

	if (ip > data_end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP) ?
	    !ask_ip(ip, data_end, &fib) :
	    eth->h_proto != bpf_htons(ETH_P_IPV6) ||
	    !ask_ip6(ip, data_end, &fib))
		return XDP_PASS;
	fib.ifindex = ctx->ingress_ifindex;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0))
		return XDP_PASS;

	/* Both are there: the bounds were checked. */
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		age_ip(ip);
	else
		((struct ipv6hdr *)ip)->hop_limit--;
	__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	return bpf_redirect_map(&netdevs, fib.ifindex, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
