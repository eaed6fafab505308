    14.41%  001  iperf3         [k] rep_movs_alternative
    10.71%  000  iperf3         [k] memcpy_orig
    10.28%  000  iperf3         [k] rep_movs_alternative
     8.08%  001  europa-router  [k] memcpy_orig
     6.79%  000  swapper        [k] pv_native_safe_halt
     1.77%  001  europa-router  [.] worker_run
     1.53%  001  europa-router  [k] finish_task_switch.isra.0
     0.74%  001  iperf3         [k] handle_softirqs
     0.71%  001  europa-router  [.] some
     0.61%  001  europa-router  [k] handle_softirqs
     0.59%  000  iperf3         [k] europa_poll
     0.55%  000  iperf3         [k] __wake_up
     0.53%  001  iperf3         [k] finish_task_switch.isra.0
     0.51%  000  iperf3         [k] __rmqueue_pcplist
     0.48%  000  iperf3         [k] finish_task_switch.isra.0
     0.46%  001  iperf3         [k] free_unref_page_commit
     0.44%  000  iperf3         [k] tcp_write_xmit
     0.42%  000  iperf3         [k] tcp_sendmsg_locked
     0.42%  000  ksoftirqd/0    [k] memcpy_orig
     0.42%  001  europa-router  [.] forward_round
     0.40%  001  europa-router  [k] __rmqueue_pcplist

    44.92%  000  [kernel.vmlinux]    
    41.49%  001  [kernel.vmlinux]    
     3.89%  001  europa-router       
     2.84%  000  [europa]            
     2.44%  001  [europa]            
     1.30%  001  libc.so.6           
     0.93%  000  libc.so.6           
     0.78%  001  libiperf.so.0.0.0   
     0.76%  000  libiperf.so.0.0.0   
     0.51%  000  ld-linux-x86-64.so.2
