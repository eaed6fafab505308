    28.61%  001  europa-router  [.] worker_run
     4.05%  001  swapper        [k] pv_native_safe_halt
     3.71%  001  europa-router  [.] europa_shares_cpu
     3.50%  001  europa-router  [.] since_last
     3.27%  000  ksoftirqd/0    [k] europa_rx_skb
     2.67%  000  ksoftirqd/0    [k] __netif_receive_skb_core.constprop.0
     2.63%  000  ksoftirqd/0    [k] napi_build_skb
     2.25%  000  ksoftirqd/0    [k] skb_copy_bits
     2.21%  001  europa-router  [.] sched_getcpu
     1.82%  000  ksoftirqd/0    [k] europa_receive
     1.80%  000  ksoftirqd/0    [k] europa_rxring_fill
     1.70%  001  europa-router  [.] forward_round
     1.59%  000  ksoftirqd/0    [k] europa_port_receive
     1.31%  000  ksoftirqd/0    [k] europa_rx_one
     1.25%  000  ksoftirqd/0    [k] europa_port_find
     1.15%  000  ksoftirqd/0    [k] napi_gro_receive
     1.08%  000  ksoftirqd/0    [k] 0x0000000000000b50
     1.02%  001  europa-router  [.] sched_getcpu@plt
     0.96%  000  ksoftirqd/0    [k] napi_pp_put_page
     0.89%  000  ksoftirqd/0    [k] 0x00000000000008de
     0.85%  000  ksoftirqd/0    [k] europa_rxring_reserve
     0.85%  000  ksoftirqd/0    [k] memcpy_orig
     0.79%  000  ksoftirqd/0    [k] napi_skb_cache_get
     0.76%  000  ksoftirqd/0    [k] page_pool_put_unrefed_netmem
     0.72%  000  ksoftirqd/0    [k] skb_release_data
     0.68%  000  ksoftirqd/0    [k] napi_consume_skb
     0.66%  000  ksoftirqd/0    [k] dev_gro_receive
     0.64%  000  ksoftirqd/0    [k] europa_rx_count
     0.62%  000  ksoftirqd/0    [k] __netif_receive_skb_list_core
     0.62%  000  ksoftirqd/0    [k] eth_type_trans
     0.59%  000  ksoftirqd/0    [k] _raw_spin_lock
     0.57%  000  ksoftirqd/0    [k] 0x0000000000000b37
     0.53%  001  europa-router  [k] europa_tx_burst
     0.51%  000  ksoftirqd/0    [k] netif_receive_skb_list_internal
     0.51%  000  ksoftirqd/0    [k] page_pool_alloc_pages
     0.51%  001  europa-router  [.] some
     0.51%  001  europa-router  [.] take_tables
     0.49%  000  ksoftirqd/0    [k] europa_poll_before_rx
     0.49%  000  ksoftirqd/0    [k] napi_schedule_prep
     0.47%  000  ksoftirqd/0    [k] 0x0000000000000749
     0.45%  000  ksoftirqd/0    [k] memcpy
     0.44%  000  ksoftirqd/0    [k] europa_pool_fill
     0.44%  000  ksoftirqd/0    [k] skb_free_head
     0.42%  000  ksoftirqd/0    [k] 0x0000000000000890

    39.66%  001  europa-router       
    24.56%  000  [kernel.vmlinux]    
    17.54%  000  [europa]            
     6.26%  001  [kernel.vmlinux]    
     5.87%  000  [simnic]            
     2.38%  001  libc.so.6           
     1.17%  001  [europa]            
     1.10%  000  ld-linux-x86-64.so.2
     0.93%  000  libc.so.6           
