    16.12%  001  europa-router  [.] some
     4.60%  001  europa-router  [k] europa_tx_burst
     4.52%  000  ksoftirqd/0    [k] europa_rxring_fill
     4.23%  000  ksoftirqd/0    [k] memcpy_orig
     3.96%  000  ksoftirqd/0    [k] europa_rx_frame
     3.31%  001  europa-router  [k] ktime_get
     2.72%  001  europa-router  [k] memcpy_orig
     2.34%  001  europa-router  [k] __napi_alloc_frag_align
     2.18%  000  ksoftirqd/0    [k] europa_receive_frames
     2.18%  001  europa-router  [.] worker_run
     1.91%  000  ksoftirqd/0    [k] xdp_do_redirect
     1.91%  001  europa-router  [k] finish_task_switch.isra.0
     1.61%  000  ksoftirqd/0    [k] bpf_prog_09f5879f173dbfed_europa_classify
     1.44%  000  ksoftirqd/0    [k] dev_map_enqueue
     1.40%  001  europa-router  [k] europa_tx_take
     1.23%  001  europa-router  [.] worker_flush
     0.98%  000  ksoftirqd/0    [k] europa_tx_burst
     0.90%  000  ksoftirqd/0    [k] europa_rxring_publish
     0.88%  000  ksoftirqd/0    [k] bq_enqueue
     0.88%  001  europa-router  [k] memcpy
     0.80%  001  europa-router  [.] since_last
     0.78%  000  ksoftirqd/0    [k] europa_poll
     0.71%  000  ksoftirqd/0    [k] __xdp_return
     0.69%  001  europa-router  [k] europa_pool_put
     0.67%  000  ksoftirqd/0    [k] europa_pool_fill
     0.67%  000  sleep          [k] memcpy_orig
     0.65%  000  ksoftirqd/0    [k] dev_map_redirect
     0.65%  000  ksoftirqd/0    [k] 0x0000000000000b37
     0.61%  001  europa-router  [k] page_frag_free
     0.59%  001  europa-router  [k] europa_tx_drain
     0.57%  000  ksoftirqd/0    [k] net_rx_action
     0.54%  000  ksoftirqd/0    [k] europa_rxring_reserve
     0.54%  001  europa-router  [k] __page_frag_alloc_align
     0.52%  000  ksoftirqd/0    [k] europa_pool_get_bulk
     0.52%  000  ksoftirqd/0    [k] memcpy
     0.50%  000  ksoftirqd/0    [k] xdp_return_frame_rx_napi
     0.50%  001  europa-router  [.] forward_round
     0.48%  000  ksoftirqd/0    [k] europa_xmit_flush
     0.48%  000  ksoftirqd/0    [k] page_pool_alloc_pages
     0.48%  001  europa-router  [.] __libc_sendto
     0.46%  000  ksoftirqd/0    [k] napi_complete_done
     0.44%  000  ksoftirqd/0    [k] page_pool_put_unrefed_netmem
     0.44%  000  sleep          [k] europa_rx_frame
     0.44%  001  europa-router  [k] 0x0000000000001d02
     0.42%  000  ksoftirqd/0    [k] europa_tx_drain
     0.40%  000  ksoftirqd/0    [k] europa_nic_xdp_xmit
     0.40%  000  ksoftirqd/0    [k] 0x0000000000000b50
     0.40%  000  sleep          [k] europa_rxring_fill

    21.81%  001  europa-router                            
    21.48%  000  [europa]                                 
    19.72%  000  [kernel.vmlinux]                         
    16.06%  001  [kernel.vmlinux]                         
     8.81%  001  [europa]                                 
     4.90%  000  [simnic]                                 
     2.26%  001  [simnic]                                 
     1.72%  000  bpf_prog_09f5879f173dbfed_europa_classify
     1.03%  000  libc.so.6                                
     0.98%  001  libc.so.6                                
     0.94%  000  ld-linux-x86-64.so.2                     
