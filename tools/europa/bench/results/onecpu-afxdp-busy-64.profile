    34.62%  000  swapper      [k] pv_native_safe_halt
     6.61%  001  bench-afxdp  [k] __xsk_generic_xmit
     4.33%  001  bench-afxdp  [k] kmem_cache_alloc_node_noprof
     4.06%  001  bench-afxdp  [k] __alloc_skb
     3.36%  001  bench-afxdp  [k] xsk_destruct_skb
     2.49%  001  bench-afxdp  [k] ktime_get
     2.46%  001  bench-afxdp  [k] __dev_direct_xmit
     2.22%  001  bench-afxdp  [k] netif_skb_features
     1.96%  001  bench-afxdp  [k] kmem_cache_free
     1.93%  001  bench-afxdp  [k] __xsk_map_redirect
     1.81%  001  bench-afxdp  [.] forward_batch
     1.52%  001  bench-afxdp  [k] __xsk_rcv
     1.17%  001  bench-afxdp  [k] _raw_spin_lock
     1.02%  001  bench-afxdp  [k] kmalloc_reserve
     0.96%  001  bench-afxdp  [k] __xsk_rcv_zc
     0.96%  001  bench-afxdp  [k] _raw_spin_lock_irqsave
     0.96%  001  bench-afxdp  [k] xp_alloc
     0.94%  001  bench-afxdp  [k] kfree
     0.88%  001  bench-afxdp  [k] memcpy
     0.88%  001  bench-afxdp  [k] skb_store_bits
     0.88%  001  bench-afxdp  [k] sock_alloc_send_pskb
     0.85%  001  bench-afxdp  [k] xdp_do_redirect
     0.76%  001  bench-afxdp  [k] alloc_skb_with_frags
     0.76%  001  bench-afxdp  [k] skb_release_data
     0.67%  001  bench-afxdp  [k] rcu_all_qs
     0.67%  001  bench-afxdp  [k] 0x0000000000000b37
     0.64%  001  bench-afxdp  [k] __xdp_return
     0.61%  001  bench-afxdp  [k] memcpy_orig
     0.61%  001  bench-afxdp  [k] validate_xmit_skb.constprop.0
     0.56%  001  bench-afxdp  [k] 0x0000000000001b3f
     0.53%  001  bench-afxdp  [k] __cond_resched
     0.47%  001  bench-afxdp  [k] page_pool_alloc_pages
     0.47%  001  bench-afxdp  [k] 0x00000000000011e3
     0.44%  001  bench-afxdp  [k] dev_kfree_skb_any_reason
     0.44%  001  bench-afxdp  [k] skb_set_owner_w
     0.44%  001  bench-afxdp  [k] 0x00000000000009cd
     0.41%  001  bench-afxdp  [k] bpf_dispatcher_xdp_func
     0.41%  001  bench-afxdp  [k] napi_consume_skb
     0.41%  001  bench-afxdp  [k] page_pool_alloc_netmems
     0.41%  001  bench-afxdp  [k] read_tsc

    53.10%  001  [kernel.vmlinux]               
    35.94%  000  [kernel.vmlinux]               
     6.26%  001  [simnic]                       
     1.87%  001  bench-afxdp                    
     0.99%  000  ld-linux-x86-64.so.2           
     0.91%  000  libc.so.6                      
