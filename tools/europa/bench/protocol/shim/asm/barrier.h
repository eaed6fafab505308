/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/compiler.h>

#define smp_mb()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
