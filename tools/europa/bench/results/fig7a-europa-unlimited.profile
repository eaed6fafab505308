    13.11%  001  iperf3         [k] rep_movs_alternative
    12.15%  000  swapper        [k] pv_native_safe_halt
    10.49%  000  iperf3         [k] rep_movs_alternative
     9.22%  000  iperf3         [k] memcpy_orig
     6.25%  001  europa-router  [k] memcpy_orig
     1.54%  001  iperf3         [k] finish_task_switch.isra.0
     1.47%  001  swapper        [k] pv_native_safe_halt
     1.03%  001  europa-router  [k] finish_task_switch.isra.0
     1.00%  001  europa-router  [.] worker_run
     0.63%  001  europa-router  [.] some
     0.58%  000  iperf3         [k] _copy_from_iter
     0.54%  001  europa-router  [k] europa_tx_burst
     0.51%  001  europa-router  [k] sock_def_readable
     0.51%  001  iperf3         [k] __skb_datagram_iter
     0.49%  000  iperf3         [k] __tcp_transmit_skb
     0.49%  001  iperf3         [k] handle_softirqs
     0.47%  001  iperf3         [k] skb_release_data
     0.45%  001  iperf3         [k] _copy_to_iter
     0.42%  000  iperf3         [k] tcp_write_xmit
     0.40%  001  europa-router  [k] __rmqueue_pcplist

    46.73%  000  [kernel.vmlinux]    
    42.15%  001  [kernel.vmlinux]    
     3.42%  001  [europa]            
     2.84%  001  europa-router       
     1.45%  000  [europa]            
     0.78%  000  libc.so.6           
     0.78%  001  libiperf.so.0.0.0   
     0.69%  001  libc.so.6           
     0.65%  000  ld-linux-x86-64.so.2
     0.40%  000  libiperf.so.0.0.0   
