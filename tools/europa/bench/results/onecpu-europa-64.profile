    38.72%  000  swapper        [k] pv_native_safe_halt
     3.83%  001  europa-router  [.] some
     3.07%  001  europa-router  [k] europa_rx_skb
     2.82%  001  europa-router  [k] europa_tx_burst
     2.57%  001  europa-router  [k] __netif_receive_skb_core.constprop.0
     2.21%  001  europa-router  [k] skb_copy_bits
     2.01%  001  europa-router  [k] napi_build_skb
     1.79%  001  europa-router  [k] memcpy_orig
     1.59%  001  europa-router  [k] europa_port_receive
     1.59%  001  europa-router  [k] europa_receive
     1.54%  001  europa-router  [k] memcpy
     1.51%  001  europa-router  [k] page_pool_put_unrefed_netmem
     1.48%  001  europa-router  [k] europa_rxring_fill
     1.37%  001  europa-router  [k] _raw_spin_lock
     1.17%  001  europa-router  [k] napi_gro_receive
     1.03%  001  europa-router  [k] europa_port_find
     1.03%  001  europa-router  [k] 0x0000000000000b50
     1.01%  001  europa-router  [k] europa_rx_one
     0.87%  001  europa-router  [k] ktime_get
     0.84%  001  europa-router  [k] 0x00000000000008de
     0.81%  001  europa-router  [k] napi_pp_put_page
     0.70%  001  europa-router  [k] dev_gro_receive
     0.70%  001  europa-router  [k] europa_rx_count
     0.70%  001  europa-router  [k] 0x0000000000000b37
     0.67%  001  europa-router  [k] europa_rxring_reserve
     0.67%  001  europa-router  [k] napi_consume_skb
     0.56%  001  europa-router  [k] __netif_receive_skb_list_core
     0.53%  001  europa-router  [k] europa_poll_before_rx
     0.53%  001  europa-router  [k] skb_release_data
     0.50%  001  europa-router  [k] europa_rxring_publish
     0.50%  001  europa-router  [k] netif_receive_skb_list_internal
     0.47%  001  europa-router  [k] europa_line_first
     0.47%  001  europa-router  [k] napi_schedule_prep
     0.45%  001  europa-router  [k] page_pool_alloc_pages
     0.42%  001  europa-router  [k] napi_skb_cache_get

    39.64%  000  [kernel.vmlinux]    
    27.85%  001  [kernel.vmlinux]    
    19.05%  001  [europa]            
     6.65%  001  [simnic]            
     4.94%  001  europa-router       
     0.73%  000  ld-linux-x86-64.so.2
     0.59%  000  libc.so.6           
     0.45%  001  libc.so.6           
