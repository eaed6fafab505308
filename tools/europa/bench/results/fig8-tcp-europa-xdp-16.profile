    14.37%  000  swapper        [k] pv_native_safe_halt
     3.66%  001  europa-router  [k] csum_partial
     3.49%  000  iperf3         [k] rep_movs_alternative
     3.40%  001  europa-router  [k] memcpy_orig
     2.44%  000  iperf3         [k] memcpy_orig
     2.07%  001  iperf3         [k] rep_movs_alternative
     1.96%  000  iperf3         [k] csum_partial
     1.46%  001  europa-router  [k] europa_rx_frame
     1.44%  001  europa-router  [k] sock_def_readable
     1.37%  001  europa-router  [k] finish_task_switch.isra.0
     1.09%  000  ksoftirqd/0    [k] memcpy_orig
     1.05%  001  europa-router  [.] some
     0.98%  001  europa-router  [k] europa_tx_burst
     0.81%  001  europa-router  [k] tcp_v4_rcv
     0.81%  001  iperf3         [k] finish_task_switch.isra.0
     0.76%  001  europa-router  [k] __skb_flow_dissect
     0.76%  001  europa-router  [k] tcp_rcv_established
     0.74%  000  ksoftirqd/0    [k] csum_partial
     0.70%  001  iperf3         [k] free_unref_page_commit
     0.65%  001  swapper        [k] pv_native_safe_halt
     0.61%  000  iperf3         [k] napi_build_skb
     0.55%  000  swapper        [k] csum_partial
     0.52%  000  iperf3         [k] skb_pp_cow_data
     0.52%  001  europa-router  [k] __inet_lookup_established
     0.52%  001  europa-router  [k] skb_try_coalesce
     0.50%  000  iperf3         [k] skb_segment
     0.50%  000  swapper        [k] memcpy_orig
     0.50%  001  europa-router  [k] __netif_receive_skb_core.constprop.0
     0.50%  001  europa-router  [k] enqueue_to_backlog
     0.46%  001  europa-router  [k] page_frag_free
     0.46%  001  europa-router  [k] veth_xmit
     0.44%  000  iperf3         [k] __rmqueue_pcplist
     0.44%  001  europa-router  [k] ip_rcv_core
     0.41%  001  europa-router  [k] ip_rcv_finish_core.constprop.0
     0.41%  001  europa-router  [k] napi_build_skb

    46.65%  000  [kernel.vmlinux]                         
    41.11%  001  [kernel.vmlinux]                         
     5.65%  001  [europa]                                 
     2.20%  001  europa-router                            
     1.61%  000  [europa]                                 
     0.65%  001  libc.so.6                                
     0.55%  000  libc.so.6                                
     0.46%  000  ld-linux-x86-64.so.2                     
     0.44%  001  libiperf.so.0.0.0                        
