    19.35%  001  europa-router    [.] worker_run
     6.26%  001  europa-router    [.] since_last
     5.53%  001  europa-router    [.] europa_shares_cpu
     3.30%  001  europa-router    [.] forward_round
     3.09%  001  europa-router    [.] sched_getcpu
     2.38%  000  ksoftirqd/0      [k] europa_port_receive
     2.10%  000  ksoftirqd/0      [k] europa_rx_skb
     1.87%  001  europa-router    [.] sched_getcpu@plt
     1.66%  000  ksoftirqd/0      [k] __netif_receive_skb_core.constprop.0
     1.63%  000  ksoftirqd/0      [k] napi_build_skb
     1.49%  000  ksoftirqd/0      [k] europa_receive
     1.43%  001  europa-router    [.] take_tables
     1.31%  000  ksoftirqd/0      [k] skb_copy_bits
     1.11%  000  ksoftirqd/0      [k] europa_rx_one
     1.00%  000  ksoftirqd/0      [k] europa_line_add_skb
     0.97%  000  ksoftirqd/0      [k] europa_rxring_reserve
     0.94%  001  europa-router    [k] finish_task_switch.isra.0
     0.83%  001  swapper          [k] pv_native_safe_halt
     0.80%  000  ksoftirqd/0      [k] europa_port_find
     0.77%  000  ksoftirqd/0      [k] europa_rxring_fill
     0.75%  000  ksoftirqd/0      [k] europa_rx_serve_queue
     0.72%  000  ksoftirqd/0      [k] 0x0000000000000b50
     0.71%  000  ksoftirqd/0      [k] memcpy_orig
     0.66%  001  europa-router    [k] queued_spin_lock_slowpath
     0.66%  001  europa-router    [.] some
     0.61%  000  ksoftirqd/0      [k] 0x00000000000008de
     0.58%  000  ksoftirqd/0      [k] napi_gro_receive
     0.58%  000  sleep            [k] __netif_receive_skb_core.constprop.0
     0.58%  000  sleep            [k] europa_port_receive
     0.58%  000  sleep            [k] napi_build_skb
     0.57%  000  ksoftirqd/0      [k] europa_line_add
     0.57%  000  ksoftirqd/0      [k] napi_pp_put_page
     0.55%  000  ksoftirqd/0      [k] europa_line_first
     0.55%  000  sleep            [k] europa_rx_skb
     0.52%  000  ksoftirqd/0      [k] europa_pool_get_bulk
     0.51%  000  ksoftirqd/0      [k] _raw_spin_lock
     0.51%  000  ksoftirqd/0      [k] napi_consume_skb
     0.49%  000  ksoftirqd/0      [k] skb_release_data
     0.48%  000  ksoftirqd/0      [k] dev_gro_receive
     0.48%  000  ksoftirqd/0      [k] europa_poll_schedule
     0.46%  000  ksoftirqd/0      [k] napi_schedule_prep
     0.46%  000  ksoftirqd/0      [k] page_pool_put_unrefed_netmem
     0.46%  001  europa-router    [k] europa_tx_burst
     0.41%  000  ksoftirqd/0      [k] europa_line_next
     0.41%  000  ksoftirqd/0      [k] netif_receive_skb_list_internal
     0.41%  000  sleep            [k] skb_copy_bits

    38.78%  001  europa-router       
    21.33%  000  [kernel.vmlinux]    
    20.97%  000  [europa]            
     5.77%  001  [kernel.vmlinux]    
     4.99%  000  [simnic]            
     3.58%  001  libc.so.6           
     1.50%  001  [europa]            
     1.46%  000  ld-linux-x86-64.so.2
     1.07%  000  libc.so.6           
