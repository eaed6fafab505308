    14.46%  001  europa-router    [.] since_last
    12.08%  001  europa-router    [.] worker_run
     5.48%  001  europa-router    [.] europa_shares_cpu
     4.80%  000  ksoftirqd/0      [k] europa_rx_frame
     3.55%  000  ksoftirqd/0      [k] europa_rxring_fill
     2.06%  000  ksoftirqd/0      [k] __xdp_return
     1.88%  000  ksoftirqd/0      [k] europa_rxring_reserve
     1.85%  001  europa-router    [.] forward_round
     1.61%  000  ksoftirqd/0      [k] xdp_do_redirect
     1.52%  000  ksoftirqd/0      [k] bpf_prog_09f5879f173dbfed_europa_classify
     1.33%  001  europa-router    [.] sched_getcpu@plt
     1.33%  001  europa-router    [.] take_tables
     1.27%  001  swapper          [k] pv_native_safe_halt
     1.22%  000  ksoftirqd/0      [k] europa_pool_get_bulk
     1.20%  000  ksoftirqd/0      [k] europa_rx_serve_queue
     1.16%  000  ksoftirqd/0      [k] dev_map_enqueue
     1.16%  001  europa-router    [.] sched_getcpu
     1.15%  000  ksoftirqd/0      [k] europa_line_add_frame
     1.06%  001  europa-router    [k] europa_tx_burst
     1.02%  000  ksoftirqd/0      [k] europa_receive_frames
     1.00%  000  ksoftirqd/0      [k] europa_line_next
     1.00%  000  ksoftirqd/0      [k] memcpy_orig
     0.95%  000  ksoftirqd/0      [k] europa_rxring_publish
     0.90%  000  ksoftirqd/0      [k] dev_map_redirect
     0.90%  001  europa-router    [k] finish_task_switch.isra.0
     0.82%  000  sleep            [k] europa_rx_frame
     0.82%  001  europa-router    [k] ktime_get
     0.82%  001  europa-router    [k] queued_spin_lock_slowpath
     0.77%  000  ksoftirqd/0      [k] page_pool_put_unrefed_netmem
     0.77%  001  europa-router    [.] some
     0.75%  000  ksoftirqd/0      [k] _raw_spin_lock
     0.75%  000  ksoftirqd/0      [k] europa_line_add
     0.70%  000  ksoftirqd/0      [k] europa_rx_count
     0.66%  000  ksoftirqd/0      [k] xdp_return_frame
     0.63%  000  ksoftirqd/0      [k] bq_enqueue
     0.63%  001  europa-router    [k] europa_tx_drain
     0.59%  000  ksoftirqd/0      [k] 0x0000000000000b37
     0.52%  000  ksoftirqd/0      [k] europa_line_first
     0.52%  000  ksoftirqd/0      [k] 0x0000000000001b68
     0.48%  000  ksoftirqd/0      [k] page_pool_alloc_pages
     0.47%  000  ksoftirqd/0      [k] 0x0000000000000749
     0.47%  001  europa-router    [k] europa_tx_take
     0.43%  000  sleep            [k] europa_rxring_fill
     0.41%  001  europa-router    [k] europa_xmit_flush

    37.61%  001  europa-router                            
    23.42%  000  [europa]                                 
    16.95%  000  [kernel.vmlinux]                         
     6.52%  001  [kernel.vmlinux]                         
     5.16%  000  [simnic]                                 
     3.55%  001  [europa]                                 
     1.83%  001  libc.so.6                                
     1.81%  000  bpf_prog_09f5879f173dbfed_europa_classify
     1.20%  000  ld-linux-x86-64.so.2                     
     1.08%  000  libc.so.6                                
     0.54%  001  [simnic]                                 
