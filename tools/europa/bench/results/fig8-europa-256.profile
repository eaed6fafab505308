     8.63%  001  europa-router  [.] some
     5.37%  001  europa-router  [k] finish_task_switch.isra.0
     3.66%  000  ksoftirqd/0    [k] skb_copy_bits
     3.16%  001  europa-router  [k] europa_tx_burst
     2.72%  001  swapper        [k] pv_native_safe_halt
     2.67%  000  ksoftirqd/0    [k] europa_rx_skb
     2.62%  001  europa-router  [.] worker_run
     2.52%  000  ksoftirqd/0    [k] europa_port_receive
     2.51%  001  europa-router  [k] ktime_get
     2.38%  001  europa-router  [.] since_last
     2.07%  001  europa-router  [k] memcpy_orig
     1.80%  000  ksoftirqd/0    [k] __wake_up
     1.59%  000  ksoftirqd/0    [k] europa_rxring_fill
     1.49%  000  ksoftirqd/0    [k] __netif_receive_skb_core.constprop.0
     1.46%  000  ksoftirqd/0    [k] europa_receive
     1.46%  000  ksoftirqd/0    [k] napi_build_skb
     1.25%  001  europa-router  [k] memcpy
     1.17%  000  ksoftirqd/0    [k] europa_rx_one
     0.99%  000  ksoftirqd/0    [k] europa_port_find
     0.95%  001  europa-router  [k] __napi_alloc_frag_align
     0.91%  000  sleep          [k] europa_rx_skb
     0.87%  001  europa-router  [k] europa_tx_take
     0.84%  000  ksoftirqd/0    [k] memcpy_orig
     0.74%  000  ksoftirqd/0    [k] napi_gro_receive
     0.73%  000  ksoftirqd/0    [k] 0x0000000000000b50
     0.68%  001  europa-router  [.] forward_round
     0.66%  000  ksoftirqd/0    [k] europa_rx_count
     0.65%  000  sleep          [k] skb_copy_bits
     0.65%  001  europa-router  [.] __poll
     0.61%  000  sleep          [k] europa_port_receive
     0.58%  001  europa-router  [k] europa_tx_drain
     0.58%  001  europa-router  [.] take_tables
     0.57%  000  ksoftirqd/0    [k] napi_consume_skb
     0.55%  000  ksoftirqd/0    [k] napi_pp_put_page
     0.55%  000  ksoftirqd/0    [k] page_pool_put_unrefed_netmem
     0.55%  001  europa-router  [k] europa_pool_put
     0.52%  000  ksoftirqd/0    [k] napi_skb_cache_get
     0.50%  000  ksoftirqd/0    [k] __netif_receive_skb_list_core
     0.50%  000  ksoftirqd/0    [k] europa_rxring_publish
     0.50%  001  europa-router  [k] do_sys_poll
     0.50%  001  europa-router  [.] europa_shares_cpu
     0.50%  001  europa-router  [k] europa_xmit_flush
     0.49%  000  ksoftirqd/0    [k] napi_schedule_prep
     0.49%  001  europa-router  [.] worker_flush
     0.47%  000  ksoftirqd/0    [k] 0x00000000000008de
     0.45%  000  ksoftirqd/0    [k] europa_poll_before_rx
     0.45%  000  ksoftirqd/0    [k] skb_free_head
     0.44%  000  ksoftirqd/0    [k] _raw_spin_lock
     0.44%  000  ksoftirqd/0    [k] skb_release_data
     0.42%  000  ksoftirqd/0    [k] dev_gro_receive
     0.42%  000  ksoftirqd/0    [k] europa_rxring_reserve
     0.42%  001  europa-router  [k] page_frag_free
     0.40%  000  sleep          [k] napi_build_skb
     0.40%  001  europa-router  [k] __page_frag_alloc_align

    24.76%  000  [kernel.vmlinux]    
    22.40%  001  [kernel.vmlinux]    
    18.24%  000  [europa]            
    16.67%  001  europa-router       
     7.54%  001  [europa]            
     4.29%  000  [simnic]            
     1.84%  001  [simnic]            
     1.57%  001  libc.so.6           
     1.44%  000  ld-linux-x86-64.so.2
     1.12%  000  libc.so.6           
