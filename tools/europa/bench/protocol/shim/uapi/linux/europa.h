/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/europa.h>
