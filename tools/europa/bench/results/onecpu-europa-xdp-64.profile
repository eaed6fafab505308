    34.06%  000  swapper        [k] pv_native_safe_halt
     9.22%  001  europa-router  [.] some
     4.72%  001  europa-router  [k] europa_tx_burst
     3.12%  001  europa-router  [k] europa_rx_frame
     2.10%  001  europa-router  [k] bpf_prog_09f5879f173dbfed_europa_classify
     2.10%  001  europa-router  [k] memcpy_orig
     1.98%  001  europa-router  [k] xdp_do_redirect
     1.86%  001  europa-router  [k] europa_rxring_fill
     1.77%  001  europa-router  [k] memcpy
     1.47%  001  europa-router  [k] dev_map_enqueue
     1.44%  001  europa-router  [k] europa_receive_frames
     1.29%  001  europa-router  [k] __xdp_return
     1.02%  001  europa-router  [.] worker_run
     0.96%  001  europa-router  [.] forward_round
     0.96%  001  europa-router  [k] ktime_get
     0.93%  001  europa-router  [k] bq_enqueue
     0.93%  001  europa-router  [k] dev_map_redirect
     0.93%  001  europa-router  [.] worker_flush
     0.90%  001  europa-router  [k] page_pool_alloc_pages
     0.87%  001  europa-router  [k] europa_tx_take
     0.81%  001  europa-router  [k] _raw_spin_lock
     0.78%  001  europa-router  [k] 0x0000000000000749
     0.69%  001  europa-router  [k] europa_rxring_reserve
     0.66%  001  europa-router  [k] 0x0000000000000b37
     0.60%  001  europa-router  [k] bpf_dispatcher_xdp_func
     0.60%  001  europa-router  [k] 0x0000000000000b50
     0.57%  001  europa-router  [k] read_tsc
     0.57%  001  europa-router  [k] 0x00000000000007c6
     0.54%  001  europa-router  [k] __page_frag_alloc_align
     0.51%  001  europa-router  [k] 0x0000000000001369
     0.48%  001  europa-router  [k] xdp_return_frame_bulk
     0.48%  001  europa-router  [k] xdp_return_frame_rx_napi
     0.45%  001  europa-router  [k] __napi_busy_loop
     0.45%  001  europa-router  [k] busy_poll_stop.constprop.0
     0.45%  001  europa-router  [k] do_syscall_64
     0.45%  001  europa-router  [k] europa_rxring_publish
     0.45%  001  europa-router  [k] net_rx_action
     0.45%  001  europa-router  [k] 0x00000000000009cd
     0.45%  001  europa-router  [k] 0x0000000000001d02
     0.42%  001  europa-router  [k] page_frag_free
     0.42%  001  europa-router  [k] 0x0000000000001b3f

    35.06%  000  [kernel.vmlinux]                         
    22.86%  001  [kernel.vmlinux]                         
    16.49%  001  [europa]                                 
    12.65%  001  europa-router                            
     8.68%  001  [simnic]                                 
     2.10%  001  bpf_prog_09f5879f173dbfed_europa_classify
     0.87%  000  libc.so.6                                
     0.66%  000  ld-linux-x86-64.so.2                     
