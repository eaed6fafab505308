    40.27%  000  swapper      [k] pv_native_safe_halt
    10.95%  001  ksoftirqd/1  [k] bpf_ipv4_fib_lookup
     5.98%  001  ksoftirqd/1  [k] fib_table_lookup
     3.36%  001  ksoftirqd/1  [k] bpf_prog_2693f4b4effbaaca_xdp_redirect
     2.87%  001  ksoftirqd/1  [k] xdp_do_redirect
     2.27%  001  ksoftirqd/1  [k] dev_map_redirect
     1.72%  001  ksoftirqd/1  [k] dev_map_enqueue
     1.69%  001  ksoftirqd/1  [k] fib_lookup_good_nhc
     1.53%  001  ksoftirqd/1  [k] ktime_get
     1.39%  001  ksoftirqd/1  [k] bq_enqueue
     1.31%  001  ksoftirqd/1  [k] bpf_xdp_fib_lookup
     1.31%  001  ksoftirqd/1  [k] make_kuid
     1.17%  001  ksoftirqd/1  [k] dev_get_by_index_rcu
     1.17%  001  ksoftirqd/1  [k] 0x0000000000000b37
     1.15%  001  ksoftirqd/1  [k] ip_mtu_from_fib_result
     1.06%  001  ksoftirqd/1  [k] page_pool_put_page_bulk
     0.96%  001  ksoftirqd/1  [k] 0x0000000000000749
     0.87%  001  ksoftirqd/1  [k] memcpy_orig
     0.82%  001  ksoftirqd/1  [k] bpf_dispatcher_xdp_func
     0.76%  001  ksoftirqd/1  [k] _raw_spin_lock
     0.74%  001  ksoftirqd/1  [k] xdp_return_frame_bulk
     0.74%  001  ksoftirqd/1  [k] 0x00000000000007a4
     0.74%  001  ksoftirqd/1  [k] 0x00000000000009cd
     0.71%  001  ksoftirqd/1  [k] 0x0000000000000f70
     0.68%  001  ksoftirqd/1  [k] page_pool_alloc_pages
     0.68%  001  ksoftirqd/1  [k] 0x0000000000001369
     0.60%  001  ksoftirqd/1  [k] 0x00000000000007c6
     0.60%  001  ksoftirqd/1  [k] 0x0000000000001375
     0.57%  001  ksoftirqd/1  [k] map_id_range_down
     0.57%  001  ksoftirqd/1  [k] memcpy
     0.57%  001  ksoftirqd/1  [k] 0x0000000000000b50
     0.57%  001  ksoftirqd/1  [k] 0x0000000000001b3f
     0.46%  001  ksoftirqd/1  [k] read_tsc
     0.44%  001  ksoftirqd/1  [k] page_pool_alloc_netmems
     0.44%  001  ksoftirqd/1  [k] 0x0000000000000f95
     0.44%  001  ksoftirqd/1  [k] 0x0000000000001ae0

    41.88%  001  [kernel.vmlinux]                      
    40.98%  000  [kernel.vmlinux]                      
    12.04%  001  [simnic]                              
     3.36%  001  bpf_prog_2693f4b4effbaaca_xdp_redirect
     0.74%  000  libc.so.6                             
     0.71%  000  ld-linux-x86-64.so.2                  
