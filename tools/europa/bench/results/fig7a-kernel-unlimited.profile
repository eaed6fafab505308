    27.34%  001  iperf3       [k] handle_softirqs
    17.53%  000  iperf3       [k] rep_movs_alternative
     5.15%  001  swapper      [k] handle_softirqs
     3.86%  000  iperf3       [k] handle_softirqs
     2.74%  001  swapper      [k] pv_native_safe_halt
     2.70%  001  iperf3       [k] rep_movs_alternative
     0.98%  000  iperf3       [k] tcp_ack
     0.89%  000  iperf3       [k] enqueue_to_backlog
     0.85%  000  iperf3       [k] default_send_IPI_single_phys
     0.82%  000  iperf3       [k] __dev_queue_xmit
     0.82%  000  iperf3       [k] tcp_write_xmit
     0.80%  000  iperf3       [k] __mod_timer
     0.76%  000  iperf3       [k] __tcp_transmit_skb
     0.65%  001  swapper      [k] sock_def_readable
     0.62%  000  iperf3       [k] tcp_sendmsg_locked
     0.56%  000  iperf3       [k] get_page_from_freelist
     0.56%  000  iperf3       [k] ip_forward
     0.56%  000  iperf3       [k] net_rx_action
     0.47%  000  iperf3       [k] fib_table_lookup
     0.45%  000  iperf3       [k] kmem_cache_alloc_node_noprof
     0.42%  000  iperf3       [k] ip_finish_output2
     0.40%  001  iperf3       [k] tcp_v4_rcv

    49.86%  001  [kernel.vmlinux]    
    48.00%  000  [kernel.vmlinux]    
     0.74%  000  ld-linux-x86-64.so.2
     0.74%  000  libc.so.6           
