    13.66%  000  iperf3       [k] handle_softirqs
    11.24%  001  swapper      [k] pv_native_safe_halt
     8.56%  001  iperf3       [k] rep_movs_alternative
     7.64%  000  iperf3       [k] rep_movs_alternative
     4.48%  001  swapper      [k] handle_softirqs
     3.82%  001  iperf3       [k] handle_softirqs
     2.50%  001  swapper      [k] finish_task_switch.isra.0
     1.71%  001  iperf3       [k] default_send_IPI_single_phys
     1.34%  000  iperf3       [k] default_send_IPI_single_phys
     1.12%  001  swapper      [k] sock_def_readable
     1.08%  000  iperf3       [k] tbf_dequeue
     0.97%  000  iperf3       [k] tcp_ack
     0.68%  000  iperf3       [k] __dev_queue_xmit
     0.64%  000  iperf3       [k] __tcp_transmit_skb
     0.64%  000  iperf3       [k] tcp_sendmsg_locked
     0.59%  001  iperf3       [k] __dev_queue_xmit
     0.53%  001  iperf3       [k] do_select
     0.53%  001  iperf3       [k] tcp_recvmsg_locked
     0.51%  001  iperf3       [k] finish_task_switch.isra.0
     0.48%  000  iperf3       [k] tcp_write_xmit
     0.46%  001  iperf3       [k] __tcp_transmit_skb
     0.44%  000  iperf3       [k] net_rx_action
     0.44%  000  iperf3       [k] pskb_expand_head
     0.42%  001  iperf3       [k] schedule_hrtimeout_range_clock

    48.48%  001  [kernel.vmlinux]    
    48.05%  000  [kernel.vmlinux]    
     0.83%  000  libc.so.6           
     0.77%  001  libiperf.so.0.0.0   
     0.66%  001  libc.so.6           
     0.64%  000  ld-linux-x86-64.so.2
     0.42%  000  libiperf.so.0.0.0   
