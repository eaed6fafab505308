    10.77%  001  europa-router  [.] some
     4.97%  001  europa-router  [k] finish_task_switch.isra.0
     4.51%  001  europa-router  [.] worker_run
     3.62%  001  europa-router  [k] europa_tx_burst
     3.49%  000  ksoftirqd/0    [k] europa_rx_skb
     3.24%  000  ksoftirqd/0    [k] skb_copy_bits
     2.52%  001  europa-router  [k] memcpy_orig
     1.97%  000  ksoftirqd/0    [k] memcpy_orig
     1.95%  000  ksoftirqd/0    [k] napi_build_skb
     1.94%  000  ksoftirqd/0    [k] __netif_receive_skb_core.constprop.0
     1.84%  001  europa-router  [k] ktime_get
     1.47%  001  europa-router  [.] since_last
     1.45%  000  ksoftirqd/0    [k] europa_rxring_fill
     1.39%  000  ksoftirqd/0    [k] europa_receive
     1.27%  001  europa-router  [k] europa_tx_take
     1.20%  000  ksoftirqd/0    [k] europa_port_find
     1.19%  001  europa-router  [k] __napi_alloc_frag_align
     0.92%  000  ksoftirqd/0    [k] europa_rx_one
     0.92%  001  europa-router  [.] forward_round
     0.87%  000  ksoftirqd/0    [k] napi_gro_receive
     0.85%  000  ksoftirqd/0    [k] europa_port_receive
     0.77%  001  europa-router  [k] memcpy
     0.73%  000  ksoftirqd/0    [k] 0x0000000000000b50
     0.73%  001  europa-router  [.] worker_flush
     0.72%  000  ksoftirqd/0    [k] 0x00000000000008de
     0.68%  000  sleep          [k] memcpy_orig
     0.68%  001  europa-router  [.] clock_nanosleep@GLIBC_2.2.5
     0.67%  000  ksoftirqd/0    [k] page_pool_put_unrefed_netmem
     0.67%  000  sleep          [k] skb_copy_bits
     0.60%  000  sleep          [k] europa_rx_skb
     0.58%  000  ksoftirqd/0    [k] skb_free_head
     0.58%  001  europa-router  [k] europa_tx_drain
     0.57%  001  europa-router  [k] europa_xmit_flush
     0.55%  001  europa-router  [.] __libc_sendto
     0.53%  000  ksoftirqd/0    [k] europa_poll_before_rx
     0.53%  000  ksoftirqd/0    [k] europa_rx_count
     0.53%  000  sleep          [k] napi_build_skb
     0.53%  001  europa-router  [.] europa_shares_cpu
     0.52%  000  ksoftirqd/0    [k] dev_gro_receive
     0.52%  000  ksoftirqd/0    [k] napi_pp_put_page
     0.50%  000  ksoftirqd/0    [k] skb_release_data
     0.50%  000  sleep          [k] __netif_receive_skb_core.constprop.0
     0.50%  001  europa-router  [k] do_syscall_64
     0.50%  001  europa-router  [k] europa_pool_put
     0.47%  000  ksoftirqd/0    [k] napi_skb_cache_put
     0.42%  000  ksoftirqd/0    [k] napi_schedule_prep
     0.42%  000  ksoftirqd/0    [k] napi_skb_cache_get
     0.42%  000  ksoftirqd/0    [k] netif_receive_skb_list_internal
     0.42%  000  sleep          [k] europa_receive
     0.40%  001  europa-router  [k] do_nanosleep

    25.71%  000  [kernel.vmlinux]    
    20.12%  001  europa-router       
    17.98%  001  [kernel.vmlinux]    
    16.99%  000  [europa]            
     7.83%  001  [europa]            
     5.06%  000  [simnic]            
     2.05%  001  libc.so.6           
     1.85%  001  [simnic]            
     1.22%  000  ld-linux-x86-64.so.2
     0.97%  000  libc.so.6           
