    12.70%  001  iperf3         [k] rep_movs_alternative
    11.84%  000  swapper        [k] pv_native_safe_halt
     9.57%  000  iperf3         [k] rep_movs_alternative
     8.87%  000  iperf3         [k] memcpy_orig
     6.45%  001  europa-router  [k] memcpy_orig
     1.40%  001  iperf3         [k] finish_task_switch.isra.0
     1.20%  001  swapper        [k] pv_native_safe_halt
     1.01%  001  europa-router  [k] finish_task_switch.isra.0
     0.61%  000  iperf3         [k] _copy_from_iter
     0.57%  001  europa-router  [.] some
     0.55%  000  swapper        [k] memcpy_orig
     0.55%  001  europa-router  [.] worker_run
     0.55%  001  iperf3         [k] handle_softirqs
     0.52%  000  iperf3         [k] tcp_write_xmit
     0.48%  001  europa-router  [k] sock_def_readable
     0.46%  000  iperf3         [k] __tcp_transmit_skb
     0.46%  001  europa-router  [k] europa_tx_burst
     0.44%  000  iperf3         [k] __mod_timer
     0.44%  001  europa-router  [k] __rmqueue_pcplist
     0.44%  001  europa-router  [k] handle_softirqs
     0.42%  000  iperf3         [k] __rmqueue_pcplist
     0.42%  000  iperf3         [k] __wake_up

    46.90%  000  [kernel.vmlinux]    
    42.94%  001  [kernel.vmlinux]    
     2.93%  001  [europa]            
     2.29%  001  europa-router       
     1.42%  000  [europa]            
     0.94%  001  libiperf.so.0.0.0   
     0.79%  001  libc.so.6           
     0.63%  000  libc.so.6           
     0.57%  000  ld-linux-x86-64.so.2
