    37.26%  000  swapper          [k] pv_native_safe_halt
     4.13%  001  ksoftirqd/1      [k] __dev_queue_xmit
     3.73%  001  ksoftirqd/1      [k] __netif_receive_skb_core.constprop.0
     3.08%  001  ksoftirqd/1      [k] ip_finish_output2
     2.77%  001  ksoftirqd/1      [k] napi_build_skb
     2.49%  001  ksoftirqd/1      [k] ip_rcv_finish_core.constprop.0
     2.29%  001  ksoftirqd/1      [k] ip_forward
     2.26%  001  ksoftirqd/1      [k] ktime_get
     2.12%  001  ksoftirqd/1      [k] ip_rcv_core
     1.87%  001  ksoftirqd/1      [k] netif_skb_features
     1.36%  001  ksoftirqd/1      [k] _raw_spin_lock
     1.33%  001  ksoftirqd/1      [k] dev_hard_start_xmit
     1.24%  001  ksoftirqd/1      [k] ip_output
     1.16%  001  ksoftirqd/1      [k] napi_pp_put_page
     1.10%  001  ksoftirqd/1      [k] __ip_finish_output
     1.07%  001  ksoftirqd/1      [k] napi_gro_receive
     1.05%  001  ksoftirqd/1      [k] 0x0000000000000b50
     1.02%  001  ksoftirqd/1      [k] napi_consume_skb
     0.99%  001  ksoftirqd/1      [k] ip_list_rcv
     0.96%  001  ksoftirqd/1      [k] skb_free_head
     0.96%  001  ksoftirqd/1      [k] 0x00000000000008de
     0.91%  001  ksoftirqd/1      [k] validate_xmit_skb.constprop.0
     0.88%  001  ksoftirqd/1      [k] napi_skb_cache_get
     0.82%  001  ksoftirqd/1      [k] __netif_receive_skb_list_core
     0.79%  001  ksoftirqd/1      [k] ip_sublist_rcv
     0.71%  001  ksoftirqd/1      [k] page_pool_put_unrefed_netmem
     0.71%  001  ksoftirqd/1      [k] skb_put
     0.65%  001  ksoftirqd/1      [k] ip_route_input_slow
     0.62%  001  ksoftirqd/1      [k] page_pool_alloc_pages
     0.59%  001  ksoftirqd/1      [k] skb_release_data
     0.59%  001  ksoftirqd/1      [k] 0x0000000000001d02
     0.57%  001  ksoftirqd/1      [k] 0x0000000000000b37
     0.57%  001  ksoftirqd/1      [k] 0x0000000000001b3f
     0.54%  001  ksoftirqd/1      [k] __build_skb_around
     0.54%  001  ksoftirqd/1      [k] eth_type_trans
     0.54%  001  ksoftirqd/1      [k] fib_table_lookup
     0.54%  001  ksoftirqd/1      [k] ip_route_use_hint
     0.54%  001  ksoftirqd/1      [k] kmem_cache_size
     0.54%  001  ksoftirqd/1      [k] netif_receive_skb_list_internal
     0.54%  001  ksoftirqd/1      [k] read_tsc
     0.48%  001  ksoftirqd/1      [k] 0x00000000000008f4
     0.45%  001  ksoftirqd/1      [k] memcpy
     0.45%  001  ksoftirqd/1      [k] napi_skb_cache_put
     0.45%  001  ksoftirqd/1      [k] 0x000000000000092d
     0.42%  001  ksoftirqd/1      [k] dev_gro_receive
     0.42%  001  ksoftirqd/1      [k] 0x0000000000000749
     0.42%  001  ksoftirqd/1      [k] 0x0000000000000fe0
     0.42%  001  ksoftirqd/1      [k] 0x0000000000001066

    49.93%  001  [kernel.vmlinux]    
    38.22%  000  [kernel.vmlinux]    
     9.87%  001  [simnic]            
     0.96%  000  libc.so.6           
     0.85%  000  ld-linux-x86-64.so.2
