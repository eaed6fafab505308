    19.78%  000  iperf3         [k] memcpy_orig
     7.01%  001  iperf3         [k] rep_movs_alternative
     6.93%  000  iperf3         [k] rep_movs_alternative
     6.57%  001  europa-router  [.] worker_run
     2.68%  001  swapper        [k] pv_native_safe_halt
     2.04%  001  iperf3         [k] finish_task_switch.isra.0
     1.94%  001  europa-router  [k] finish_task_switch.isra.0
     1.68%  000  iperf3         [k] handle_softirqs
     1.12%  001  europa-router  [k] sock_def_readable
     1.08%  001  iperf3         [k] _copy_to_iter
     0.80%  000  iperf3         [k] __wake_up
     0.72%  001  swapper        [k] handle_softirqs
     0.68%  001  europa-router  [.] some
     0.64%  001  europa-router  [k] handle_softirqs
     0.58%  000  iperf3         [k] europa_poll
     0.58%  001  europa-router  [.] since_last
     0.56%  001  europa-router  [k] memcpy_orig
     0.52%  000  iperf3         [k] tcp_ack
     0.50%  000  iperf3         [k] tcp_write_xmit
     0.48%  001  swapper        [k] finish_task_switch.isra.0
     0.46%  001  iperf3         [k] skb_release_data
     0.42%  001  europa-router  [k] europa_pool_reap

    45.18%  000  [kernel.vmlinux]    
    35.61%  001  [kernel.vmlinux]    
     8.57%  001  europa-router       
     3.80%  001  [europa]            
     2.96%  000  [europa]            
     1.28%  001  libc.so.6           
     0.94%  000  libc.so.6           
     0.60%  000  ld-linux-x86-64.so.2
     0.54%  001  libiperf.so.0.0.0   
