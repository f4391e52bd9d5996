#include <string.h>

#include "targets.h"

static size_t find_plain(
    const uint8_t *text, size_t count, const uint8_t *needle, size_t length, size_t from) {
  while (from + length <= count) {
    const uint8_t *found = memchr(text + from, needle[0], count - length - from + 1);
    if (found == NULL) return count;
    from = (size_t)(found - text);
    if (memcmp(found, needle, length) == 0) return from;
    from++;
  }
  return count;
}

#if defined(__x86_64__)
/* 32 places at a time are asked whether the first and the last byte fit; where both do, the rest is
   compared. */
static FAST size_t find_fast(
    const uint8_t *text, size_t count, const uint8_t *needle, size_t length, size_t from) {
  const __m256i first = _mm256_set1_epi8((char)needle[0]);
  const __m256i last = _mm256_set1_epi8((char)needle[length - 1]);
  for (; from + 32 + length - 1 <= count; from += 32) {
    __m256i heads = _mm256_loadu_si256((const __m256i *)(text + from));
    __m256i tails = _mm256_loadu_si256((const __m256i *)(text + from + length - 1));
    __m256i fits = _mm256_and_si256(_mm256_cmpeq_epi8(heads, first), _mm256_cmpeq_epi8(tails, last));
    for (uint32_t bits = (uint32_t)_mm256_movemask_epi8(fits); bits != 0; bits &= bits - 1) {
      size_t place = from + (size_t)__builtin_ctz(bits);
      if (length < 3 || memcmp(text + place + 1, needle + 1, length - 2) == 0) return place;
    }
  }
  return find_plain(text, count, needle, length, from);
}
#endif

size_t csearch_find(
    const uint8_t *text, size_t count, const uint8_t *needle, size_t length, size_t from) {
  if (length == 0 || length > count || from > count - length) return count;
#if defined(__x86_64__)
  if (IS_FAST) return find_fast(text, count, needle, length, from);
#endif
  return find_plain(text, count, needle, length, from);
}
