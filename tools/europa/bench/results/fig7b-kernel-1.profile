    17.99%  001  swapper      [k] pv_native_safe_halt
    14.21%  000  iperf3       [k] handle_softirqs
    11.99%  000  iperf3       [k] rep_movs_alternative
     5.50%  001  iperf3       [k] handle_softirqs
     5.15%  001  iperf3       [k] rep_movs_alternative
     4.68%  001  swapper      [k] handle_softirqs
     2.75%  001  swapper      [k] finish_task_switch.isra.0
     1.23%  000  iperf3       [k] default_send_IPI_single_phys
     0.70%  000  iperf3       [k] tcp_write_xmit
     0.68%  000  iperf3       [k] __dev_queue_xmit
     0.59%  000  iperf3       [k] tcp_ack
     0.59%  001  iperf3       [k] default_send_IPI_single_phys
     0.53%  000  iperf3       [k] enqueue_to_backlog
     0.48%  000  iperf3       [k] kmem_cache_alloc_node_noprof
     0.44%  000  iperf3       [k] ip_finish_output2
     0.44%  000  iperf3       [k] ip_forward
     0.42%  000  iperf3       [k] __mod_timer
     0.42%  000  iperf3       [k] __tcp_transmit_skb
     0.42%  001  iperf3       [k] enqueue_to_backlog
     0.42%  001  swapper      [k] sock_def_readable

    49.07%  001  [kernel.vmlinux]    
    48.14%  000  [kernel.vmlinux]    
     0.77%  000  libc.so.6           
     0.68%  000  ld-linux-x86-64.so.2
     0.62%  001  libiperf.so.0.0.0   
