/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP programs of a few instructions, without libbpf */
#ifndef EUROPA_XDP_PROG_H
#define EUROPA_XDP_PROG_H

#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* A map of one virtual NIC, which the caller's netns must have. */
static inline int new_devmap(const char *nic)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_DEVMAP, .key_size = 4,
				.value_size = 4, .max_entries = 1 };
	uint32_t key = 0, ifindex = if_nametoindex(nic);
	int map = bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)map;
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)&ifindex;
	return bpf(BPF_MAP_UPDATE_ELEM, &attr) ? -1 : map;
}

static inline int load_xdp(const struct bpf_insn *insn, size_t count)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP,
				.insns = (uintptr_t)insn,
				.insn_cnt = (uint32_t)count,
				.license = (uintptr_t)"GPL" };

	return bpf(BPF_PROG_LOAD, &attr);
}

/* return bpf_redirect_map(map, 0, XDP_ABORTED); */
static inline int new_prog(int map)
{
	struct bpf_insn insn[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_xdp(insn, ARRAY_SIZE(insn));
}

/* return verdict; */
static inline int new_verdict(enum xdp_action verdict)
{
	struct bpf_insn insn[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_xdp(insn, ARRAY_SIZE(insn));
}

/* Attached, natively, until the link is closed. */
static inline int attach(int prog, const char *lower)
{
	union bpf_attr attr = {
		.link_create = { .prog_fd = (uint32_t)prog,
				 .target_ifindex = if_nametoindex(lower),
				 .attach_type = BPF_XDP,
				 .flags = 1U << 2 /* XDP_FLAGS_DRV_MODE */ },
	};

	return bpf(BPF_LINK_CREATE, &attr);
}

#endif
