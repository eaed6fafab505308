    15.66%  001  europa-router  [.] some
     7.52%  001  europa-router  [k] europa_tx_burst
     2.60%  000  ksoftirqd/0    [k] bpf_prog_09f5879f173dbfed_europa_classify
     2.60%  000  ksoftirqd/0    [k] dev_map_enqueue
     2.32%  000  ksoftirqd/0    [k] europa_rx_frame
     2.15%  000  ksoftirqd/0    [k] europa_rxring_fill
     1.95%  000  ksoftirqd/0    [k] xdp_do_redirect
     1.82%  001  europa-router  [.] worker_flush
     1.80%  000  ksoftirqd/0    [k] 0x0000000000000b37
     1.78%  000  ksoftirqd/0    [k] bpf_dispatcher_xdp_func
     1.76%  000  ksoftirqd/0    [k] europa_line_add
     1.60%  001  europa-router  [k] europa_tx_drain
     1.48%  000  ksoftirqd/0    [k] europa_line_add_frame
     1.45%  001  europa-router  [k] _raw_spin_lock
     1.41%  001  europa-router  [k] europa_pool_put
     1.35%  000  ksoftirqd/0    [k] bq_enqueue
     1.33%  000  ksoftirqd/0    [k] memcpy
     1.29%  000  ksoftirqd/0    [k] europa_receive_frames
     1.27%  001  europa-router  [k] europa_pool_take_back
     1.21%  000  ksoftirqd/0    [k] queued_spin_lock_slowpath
     1.19%  001  europa-router  [k] ktime_get
     1.17%  000  ksoftirqd/0    [k] 0x0000000000001b3f
     1.17%  001  europa-router  [k] europa_tx_take
     1.17%  001  europa-router  [.] forward_round
     1.07%  001  europa-router  [k] memcpy
     0.98%  000  ksoftirqd/0    [k] page_pool_put_unrefed_netmem
     0.94%  000  ksoftirqd/0    [k] page_pool_alloc_pages
     0.84%  001  europa-router  [k] memcpy_orig
     0.82%  000  ksoftirqd/0    [k] ktime_get
     0.80%  001  europa-router  [k] read_tsc
     0.78%  000  ksoftirqd/0    [k] europa_tx_burst
     0.78%  001  europa-router  [k] 0x0000000000001369
     0.76%  000  ksoftirqd/0    [k] dev_map_redirect
     0.74%  000  ksoftirqd/0    [k] bpf_xdp_redirect_map
     0.74%  000  ksoftirqd/0    [k] 0x00000000000009cd
     0.72%  000  ksoftirqd/0    [k] europa_pool_fill
     0.64%  000  ksoftirqd/0    [k] 0x0000000000000b50
     0.64%  001  europa-router  [k] europa_poll_ensure
     0.59%  000  ksoftirqd/0    [k] europa_rxring_reserve
     0.59%  001  europa-router  [k] xdp_return_frame
     0.57%  001  europa-router  [k] __page_frag_alloc_align
     0.55%  000  ksoftirqd/0    [k] europa_pool_get_bulk
     0.53%  000  ksoftirqd/0    [k] 0x00000000000007c6
     0.51%  000  ksoftirqd/0    [k] europa_rx_serve_queue
     0.51%  000  ksoftirqd/0    [k] memcpy_orig
     0.49%  000  ksoftirqd/0    [k] europa_pool_hand_over
     0.49%  000  ksoftirqd/0    [k] europa_rxring_publish
     0.49%  001  swapper        [k] pv_native_safe_halt
     0.45%  000  ksoftirqd/0    [k] net_rx_action
     0.45%  001  europa-router  [k] __napi_alloc_frag_align
     0.45%  001  europa-router  [k] page_frag_free
     0.45%  001  europa-router  [k] 0x0000000000000f95
     0.45%  001  europa-router  [k] 0x0000000000001375
     0.45%  001  europa-router  [k] 0x0000000000001d02
     0.43%  000  ksoftirqd/0    [k] xdp_return_frame_rx_napi
     0.43%  000  ksoftirqd/0    [k] 0x0000000000000749
     0.43%  001  europa-router  [k] europa_xmit_flush
     0.43%  001  europa-router  [k] xdp_return_frame_bulk
     0.43%  001  europa-router  [k] 0x0000000000000fa2
     0.41%  001  europa-router  [k] __xdp_return

    21.17%  000  [kernel.vmlinux]                         
    19.08%  001  europa-router                            
    16.52%  000  [europa]                                 
    15.08%  001  [europa]                                 
    11.17%  001  [kernel.vmlinux]                         
     7.27%  000  [simnic]                                 
     4.30%  001  [simnic]                                 
     2.83%  000  bpf_prog_09f5879f173dbfed_europa_classify
     0.90%  000  ld-linux-x86-64.so.2                     
     0.88%  000  libc.so.6                                
     0.41%  001  libc.so.6                                
