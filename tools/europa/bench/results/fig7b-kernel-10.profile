    17.93%  000  iperf3       [k] handle_softirqs
    12.30%  001  swapper      [k] pv_native_safe_halt
    10.96%  001  swapper      [k] handle_softirqs
     8.79%  000  iperf3       [k] rep_movs_alternative
     4.58%  001  iperf3       [k] rep_movs_alternative
     2.25%  001  swapper      [k] sock_def_readable
     1.69%  001  swapper      [k] finish_task_switch.isra.0
     1.30%  001  iperf3       [k] handle_softirqs
     1.26%  000  iperf3       [k] default_send_IPI_single_phys
     0.62%  000  iperf3       [k] tcp_ack
     0.61%  000  iperf3       [k] __dev_queue_xmit
     0.60%  001  iperf3       [k] finish_task_switch.isra.0
     0.52%  000  iperf3       [k] __mod_timer
     0.51%  000  iperf3       [k] enqueue_to_backlog
     0.51%  000  iperf3       [k] tcp_write_xmit
     0.42%  001  swapper      [k] __inet_lookup_established
     0.40%  000  iperf3       [k] __tcp_transmit_skb
     0.40%  000  iperf3       [k] fib_table_lookup
     0.40%  000  iperf3       [k] process_backlog
     0.40%  000  iperf3       [k] skb_release_data

    49.06%  000  [kernel.vmlinux]    
    47.63%  001  [kernel.vmlinux]    
     0.79%  001  libiperf.so.0.0.0   
     0.78%  000  libc.so.6           
     0.66%  000  libiperf.so.0.0.0   
     0.56%  001  libc.so.6           
