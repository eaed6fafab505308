/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The harness, with a limit a test that leaves room for an emulated machine
 * whose kernel checks all it does: there half a minute is too little
 */
#ifndef EUROPA_HARNESS_H
#define EUROPA_HARNESS_H

#include "../kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300	/* seconds */

#endif /* EUROPA_HARNESS_H */
