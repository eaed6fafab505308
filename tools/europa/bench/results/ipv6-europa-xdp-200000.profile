    27.26%  001  europa-router    [.] some
     4.47%  000  ksoftirqd/0      [k] europa_rxring_fill
     3.90%  001  europa-router    [k] ktime_get
     3.49%  001  europa-router    [k] europa_tx_burst
     2.54%  000  ksoftirqd/0      [k] europa_pool_fill
     2.38%  000  ksoftirqd/0      [k] europa_rx_frame
     2.02%  000  ksoftirqd/0      [k] memcpy_orig
     1.69%  001  europa-router    [k] __napi_alloc_frag_align
     1.51%  001  europa-router    [k] europa_tx_take
     1.49%  000  ksoftirqd/0      [k] bpf_prog_09f5879f173dbfed_europa_classify
     1.49%  000  ksoftirqd/0      [k] europa_rxring_reserve
     1.43%  001  europa-router    [.] worker_flush
     1.34%  000  ksoftirqd/0      [k] xdp_do_redirect
     1.29%  000  ksoftirqd/0      [k] europa_line_add_frame
     1.20%  000  ksoftirqd/0      [k] europa_rx_serve_queue
     1.16%  000  ksoftirqd/0      [k] dev_map_enqueue
     0.91%  000  ksoftirqd/0      [k] europa_receive_frames
     0.89%  000  ksoftirqd/0      [k] dev_map_redirect
     0.89%  000  ksoftirqd/0      [k] europa_line_next
     0.82%  000  sleep            [k] europa_rxring_fill
     0.80%  001  europa-router    [k] europa_tx_drain
     0.78%  000  ksoftirqd/0      [k] europa_pool_get_bulk
     0.74%  000  ksoftirqd/0      [k] europa_line_add
     0.71%  001  europa-router    [k] europa_pool_put
     0.67%  000  ksoftirqd/0      [k] _raw_spin_lock
     0.67%  000  ksoftirqd/0      [k] bq_enqueue
     0.67%  001  europa-router    [k] memcpy
     0.65%  000  ksoftirqd/0      [k] europa_rxring_publish
     0.64%  000  ksoftirqd/0      [k] europa_tx_burst
     0.64%  001  europa-router    [.] forward_round
     0.60%  000  ksoftirqd/0      [k] page_pool_alloc_netmems
     0.60%  001  swapper          [k] pv_native_safe_halt
     0.56%  000  ksoftirqd/0      [k] memcpy
     0.54%  000  ksoftirqd/0      [k] page_pool_alloc_pages
     0.54%  000  ksoftirqd/0      [k] xdp_return_frame
     0.54%  000  ksoftirqd/0      [k] 0x0000000000000749
     0.54%  000  ksoftirqd/0      [k] 0x0000000000000b37
     0.49%  000  ksoftirqd/0      [k] page_pool_put_unrefed_netmem
     0.44%  000  ksoftirqd/0      [k] __xdp_return
     0.44%  001  europa-router    [k] europa_pool_take_back
     0.42%  000  ksoftirqd/0      [k] europa_rx_count
     0.42%  000  ksoftirqd/0      [k] 0x0000000000001c8a

    30.11%  001  europa-router                            
    22.52%  000  [europa]                                 
    16.43%  000  [kernel.vmlinux]                         
     9.84%  001  [kernel.vmlinux]                         
     7.97%  001  [europa]                                 
     5.63%  000  [simnic]                                 
     1.82%  000  bpf_prog_09f5879f173dbfed_europa_classify
     1.76%  000  libc.so.6                                
     1.54%  001  [simnic]                                 
     1.49%  000  ld-linux-x86-64.so.2                     
