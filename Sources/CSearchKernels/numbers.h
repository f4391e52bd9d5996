#ifndef CSEARCHKERNELS_NUMBERS_H
#define CSEARCHKERNELS_NUMBERS_H

#include <string.h>

#include "CSearchKernels.h"

/* Places whose numbers are fetched before the first of them is used: they lie too far apart for the
   processor to guess the next, and one wait for all of them costs what one wait for each would. */
enum { AHEAD = 64 };

static inline uint64_t number_at(const uint8_t *bytes, uint32_t width, size_t index) {
  uint64_t value;
  if (width == 0) return 0;
  if (width > 56) {
    memcpy(&value, bytes + index * 8, sizeof value);
    return value;
  }
  uint64_t place = (uint64_t)index * width;
  memcpy(&value, bytes + (place >> 3), sizeof value);
  return value >> (place & 7) & (((uint64_t)1 << width) - 1);
}

static inline void fetch_number(const uint8_t *bytes, uint32_t width, size_t index) {
  if (width > 0) __builtin_prefetch(bytes + (width > 56 ? index * 8 : (uint64_t)index * width >> 3));
}

#endif
