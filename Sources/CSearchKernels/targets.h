#ifndef CSEARCHKERNELS_TARGETS_H
#define CSEARCHKERNELS_TARGETS_H

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "CSearchKernels.h"

/* Plain loops that the compiler makes vectors of, once for every x86-64 and once with what nearly all have. */

#define INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define FAST __attribute__((target("avx2,popcnt,bmi,bmi2,lzcnt")))
#define IS_FAST (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
#endif

#endif
