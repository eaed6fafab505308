# SPDX-License-Identifier: GPL-2.0-only
# Europa: see README

SHELL	:= /bin/bash
VM	:= tools/europa/vm

help:
	@echo 'Europa targets:'
	@echo '  demo           build, boot and show packets crossing two virtual routers'
	@echo '  demo-routing   four virtual routers with OSPF and BGP lose a link'
	@echo '  demo-restart   four virtual routers are killed under load'
	@echo '  demo-overlay   two virtual networks with the same addresses across two hosts'
	@echo '  test           run all tests, of the kernel on one with KASAN, lockdep and kmemleak'
	@echo '  test-rig       show that a fault, a hang or a panic fails the run'
	@echo '  bench          all experiments beside all peers (EXP=name: one of them)'
	@echo '  bench-quick    forwarding rate beside the peers, one round'
	@echo '  bench-lookup   forwarding tables beside those of DPDK, on the host'
	@echo '  shell          a shell in the guest'
	@echo '  kernel         build the kernel (VARIANT=demo or debug)'
	@echo '  tools          build library, router and command in build/tools'
	@echo '  check          style of shell scripts, unit tests of the tools'
	@echo '  patches        regenerate patches/ from the tree'
	@echo '  check-patches  patches/ is up to date, and each step builds and is clean'
	@echo '  setup          install the Debian packages that are missing'
	@echo '  clean          remove build/ (kernels stay in the cache)'
	@echo
	@echo 'Variables: LINUX=DIR another base kernel, ACCEL=tcg|kvm how to run the'
	@echo 'guest, EUROPA_CACHE=DIR where kernels are kept (~/.cache/europa).'

setup:
	$(VM)/setup

demo:
	tools/europa/demo/run

demo-routing:
	tools/europa/demo/routing-run routing

demo-restart:
	tools/europa/demo/routing-run restart

demo-overlay:
	tools/europa/demo/overlay-run

test: setup tools
	tools/europa/test/run

test-rig: setup
	tools/europa/test/rig

bench: setup tools
	$(VM)/setup bench
	tools/europa/bench/run $(EXP)

bench-quick: setup tools
	$(VM)/setup bench
	ROUNDS=1 tools/europa/bench/run onecpu

bench-lookup: setup
	$(VM)/setup lookup
	tools/europa/bench/lookup/run

shell: setup tools
	$(VM)/run --shell

VARIANT	?= demo
kernel: setup
	$(VM)/kernel $(VARIANT)

tools: setup
	$(MAKE) -s -C tools/europa

check: setup
	tools/europa/test/style
	$(MAKE) -s -C tools/europa check

patches: setup
	tools/europa/series/generate

check-patches: setup
	tools/europa/series/check

clean:
	rm -rf build

.PHONY: help setup demo demo-routing demo-restart demo-overlay test test-rig bench bench-quick bench-lookup shell kernel tools check \
	patches check-patches clean
