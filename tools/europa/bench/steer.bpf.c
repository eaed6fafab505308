// SPDX-License-Identifier: GPL-2.0-only
/* To the netdev of a MAC address, which its last four bytes stand for */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} netdevs SEC(".maps");

SEC("xdp")
int steer(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u32 key;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;
	__builtin_memcpy(&key, eth->h_dest + 2, sizeof(key));
	return bpf_redirect_map(&netdevs, key, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
