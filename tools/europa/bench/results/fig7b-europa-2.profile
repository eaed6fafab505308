    18.63%  001  swapper          [k] pv_native_safe_halt
    17.44%  000  swapper          [k] pv_native_safe_halt
     9.00%  001  europa-router    [.] worker_run
     6.15%  000  iperf3           [k] rep_movs_alternative
     5.23%  001  iperf3           [k] rep_movs_alternative
     4.94%  000  iperf3           [k] memcpy_orig
     0.99%  001  iperf3           [k] _copy_to_iter
     0.77%  001  europa-router    [k] finish_task_switch.isra.0
