    10.34%  001  europa-router    [.] some
     7.44%  001  europa-router    [k] europa_tx_burst
     3.41%  000  ksoftirqd/0      [k] europa_rx_frame
     3.09%  000  ksoftirqd/0      [k] xdp_do_redirect
     2.97%  001  europa-router    [k] memcpy_orig
     2.62%  000  ksoftirqd/0      [k] memcpy_orig
     2.54%  001  europa-router    [k] ktime_get
     2.38%  000  ksoftirqd/0      [k] bpf_prog_09f5879f173dbfed_europa_classify
     2.30%  000  ksoftirqd/0      [k] europa_rxring_fill
     1.91%  000  ksoftirqd/0      [k] dev_map_enqueue
     1.71%  001  europa-router    [.] worker_run
     1.63%  000  ksoftirqd/0      [k] europa_receive_frames
     1.61%  001  europa-router    [k] memcpy
     1.52%  000  ksoftirqd/0      [k] __xdp_return
     1.38%  001  europa-router    [k] europa_tx_take
     1.34%  001  europa-router    [k] __napi_alloc_frag_align
     1.30%  000  ksoftirqd/0      [k] dev_map_redirect
     1.18%  001  europa-router    [k] _raw_spin_lock
     1.14%  001  europa-router    [k] page_frag_free
     1.08%  000  ksoftirqd/0      [k] 0x0000000000000b37
     1.06%  000  ksoftirqd/0      [k] bq_enqueue
     1.04%  000  ksoftirqd/0      [k] memcpy
     1.00%  000  ksoftirqd/0      [k] 0x0000000000001b68
     0.98%  000  ksoftirqd/0      [k] 0x0000000000000b50
     0.87%  000  ksoftirqd/0      [k] 0x0000000000000749
     0.85%  001  europa-router    [k] europa_pool_put
     0.85%  001  europa-router    [k] finish_task_switch.isra.0
     0.83%  001  europa-router    [k] europa_tx_drain
     0.75%  000  ksoftirqd/0      [k] europa_rxring_reserve
     0.69%  000  ksoftirqd/0      [k] europa_pool_fill
     0.69%  000  ksoftirqd/0      [k] page_pool_put_unrefed_netmem
     0.69%  000  ksoftirqd/0      [k] 0x00000000000007a4
     0.69%  000  ksoftirqd/0      [k] 0x00000000000009cd
     0.67%  000  ksoftirqd/0      [k] europa_rxring_publish
     0.67%  000  ksoftirqd/0      [k] 0x00000000000007c6
     0.65%  001  europa-router    [k] europa_xmit_flush
     0.65%  001  europa-router    [.] forward_round
     0.63%  000  ksoftirqd/0      [k] europa_line_add_frame
     0.63%  001  europa-router    [k] read_tsc
     0.63%  001  europa-router    [k] 0x0000000000000f0e
     0.61%  001  europa-router    [k] 0x0000000000000fa2
     0.61%  001  swapper          [k] pv_native_safe_halt
     0.57%  000  ksoftirqd/0      [k] bpf_dispatcher_xdp_func
     0.57%  001  europa-router    [.] worker_flush
     0.57%  001  europa-router    [k] 0x0000000000001369
     0.55%  000  ksoftirqd/0      [k] page_pool_alloc_pages
     0.51%  000  ksoftirqd/0      [k] page_pool_alloc_netmems
     0.51%  000  ksoftirqd/0      [k] xdp_return_frame_rx_napi
     0.49%  001  europa-router    [k] 0x0000000000001375
     0.45%  000  ksoftirqd/0      [k] 0x0000000000001b3f
     0.45%  001  europa-router    [k] 0x0000000000000f95
     0.43%  000  ksoftirqd/0      [k] europa_line_add
     0.43%  001  europa-router    [k] xdp_return_frame_bulk
     0.43%  001  europa-router    [k] 0x0000000000001d02
     0.41%  001  europa-router    [k] __page_frag_alloc_align

    21.52%  000  [kernel.vmlinux]                         
    18.05%  001  [kernel.vmlinux]                         
    14.45%  000  [europa]                                 
    14.39%  001  europa-router                            
    12.42%  001  [europa]                                 
     8.68%  000  [simnic]                                 
     4.35%  001  [simnic]                                 
     2.70%  000  bpf_prog_09f5879f173dbfed_europa_classify
     1.14%  000  libc.so.6                                
     1.08%  000  ld-linux-x86-64.so.2                     
     0.79%  001  libc.so.6                                
