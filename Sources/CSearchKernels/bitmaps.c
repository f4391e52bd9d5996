#include <string.h>

#include "targets.h"

#define COUNTED(name, expression)                                                                    \
  INLINE uint32_t name##_body(uint64_t *target, const uint64_t *a, const uint64_t *b) {              \
    uint64_t count = 0;                                                                              \
    (void)a;                                                                                         \
    (void)b;                                                                                         \
    for (size_t word = 0; word < CSEARCH_WORDS; word++) {                                            \
      uint64_t value = (expression);                                                                 \
      target[word] = value;                                                                          \
      count += (uint64_t)__builtin_popcountll(value);                                                \
    }                                                                                                \
    return (uint32_t)count;                                                                          \
  }

COUNTED(and_into, a[word] & b[word])
COUNTED(and_not_into, a[word] & ~b[word])
COUNTED(or_into, a[word] | b[word])

INLINE uint32_t and_count_body(const uint64_t *a, const uint64_t *b) {
  uint64_t count = 0;
  for (size_t word = 0; word < CSEARCH_WORDS; word++)
    count += (uint64_t)__builtin_popcountll(a[word] & b[word]);
  return (uint32_t)count;
}

#if defined(__x86_64__)
#define CHOSEN(name)                                                                                 \
  static FAST uint32_t name##_fast(uint64_t *target, const uint64_t *a, const uint64_t *b) {         \
    return name##_body(target, a, b);                                                                \
  }                                                                                                  \
  static uint32_t name(uint64_t *target, const uint64_t *a, const uint64_t *b) {                     \
    return IS_FAST ? name##_fast(target, a, b) : name##_body(target, a, b);                          \
  }
#else
#define CHOSEN(name)                                                                                 \
  static uint32_t name(uint64_t *target, const uint64_t *a, const uint64_t *b) {                     \
    return name##_body(target, a, b);                                                                \
  }
#endif

CHOSEN(and_into)
CHOSEN(and_not_into)
CHOSEN(or_into)

uint32_t csearch_and_into(uint64_t *target, const uint64_t *a, const uint64_t *b) {
  return and_into(target, a, b);
}

uint32_t csearch_and_not_into(uint64_t *target, const uint64_t *a, const uint64_t *b) {
  return and_not_into(target, a, b);
}

uint32_t csearch_and(uint64_t *target, const uint64_t *other) { return and_into(target, target, other); }

uint32_t csearch_and_not(uint64_t *target, const uint64_t *other) {
  return and_not_into(target, target, other);
}

uint32_t csearch_or(uint64_t *target, const uint64_t *other) { return or_into(target, target, other); }

uint32_t csearch_complement(uint64_t *target, const uint64_t *whole) {
  return and_not_into(target, whole, target);
}

#if defined(__x86_64__)
static FAST uint32_t and_count_fast(const uint64_t *a, const uint64_t *b) { return and_count_body(a, b); }
#endif

uint32_t csearch_and_count(const uint64_t *bits, const uint64_t *other) {
#if defined(__x86_64__)
  if (IS_FAST) return and_count_fast(bits, other);
#endif
  return and_count_body(bits, other);
}

uint32_t csearch_count(const uint64_t *bits) { return csearch_and_count(bits, bits); }

void csearch_add(uint64_t *planes, size_t plane_count, const uint64_t *bits) {
  for (size_t word = 0; word < CSEARCH_WORDS; word++) {
    uint64_t carry = bits[word];
    for (size_t plane = 0; plane < plane_count && carry != 0; plane++) {
      uint64_t *counter = planes + plane * CSEARCH_WORDS + word;
      uint64_t next = *counter & carry;
      *counter ^= carry;
      carry = next;
    }
  }
}

uint32_t csearch_at_least(
    const uint64_t *planes, size_t plane_count, uint32_t least, uint64_t *target) {
  uint32_t count = 0;
  for (size_t word = 0; word < CSEARCH_WORDS; word++) {
    uint64_t greater = 0, equal = ~(uint64_t)0;
    for (size_t plane = plane_count; plane-- > 0;) {
      uint64_t bits = planes[plane * CSEARCH_WORDS + word];
      if (least >> plane & 1) {
        equal &= bits;
      } else {
        greater |= equal & bits;
        equal &= ~bits;
      }
    }
    target[word] = greater | equal;
    count += (uint32_t)__builtin_popcountll(target[word]);
  }
  return count;
}

/* MARK: Columns of bytes */

static void between_plain(
    const uint8_t *codes, size_t count, uint8_t low, uint8_t high, uint64_t *target) {
  uint8_t span = (uint8_t)(high - low);
  for (size_t word = 0; word < count / 64; word++) {
    uint64_t bits = 0;
    for (size_t bit = 0; bit < 64; bit++)
      bits |= (uint64_t)((uint8_t)(codes[word * 64 + bit] - low) <= span) << bit;
    target[word] = bits;
  }
}

#if defined(__x86_64__)
enum { PAGES_AHEAD = 4096 };

static FAST void between_fast(
    const uint8_t *codes, size_t count, uint8_t low, uint8_t high, uint64_t *target) {
  const __m256i least = _mm256_set1_epi8((char)low);
  const __m256i span = _mm256_set1_epi8((char)(uint8_t)(high - low));
  for (size_t word = 0; word < count / 64; word++) {
    const __m256i *from = (const __m256i *)(codes + word * 64);
    /* Codes of a column are read seldom, and the processor does not guess beyond a page. */
    _mm_prefetch((const char *)(codes + word * 64 + PAGES_AHEAD), _MM_HINT_T0);
    __m256i a = _mm256_sub_epi8(_mm256_loadu_si256(from), least);
    __m256i b = _mm256_sub_epi8(_mm256_loadu_si256(from + 1), least);
    uint32_t low_half = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, span), a));
    uint32_t high_half = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(b, span), b));
    target[word] = (uint64_t)high_half << 32 | low_half;
  }
}
#endif

void csearch_between(
    const uint8_t *codes, size_t count, uint8_t low, uint8_t high, uint64_t *target) {
  memset(target + count / 64, 0, (CSEARCH_WORDS - count / 64) * sizeof *target);
#if defined(__x86_64__)
  if (IS_FAST) {
    between_fast(codes, count, low, high, target);
    return;
  }
#endif
  between_plain(codes, count, low, high, target);
}

uint8_t csearch_greatest(const uint8_t *codes, size_t count) {
  uint8_t greatest = 0;
  for (size_t index = 0; index < count; index++) greatest = codes[index] > greatest ? codes[index] : greatest;
  return greatest;
}

void csearch_histogram(const uint8_t *codes, size_t count, const uint64_t *bits, uint32_t *counts) {
  /* Four tables: neighbours with one code would wait for each other's sum. */
  uint32_t parts[4][256];
  memset(parts, 0, sizeof parts);
  for (size_t word = 0; word < count / 64; word++) {
    uint64_t rest = bits[word];
    const uint8_t *from = codes + word * 64;
    if (rest == ~(uint64_t)0) {
      for (size_t bit = 0; bit < 64; bit += 4) {
        parts[0][from[bit]]++;
        parts[1][from[bit + 1]]++;
        parts[2][from[bit + 2]]++;
        parts[3][from[bit + 3]]++;
      }
      continue;
    }
    for (unsigned turn = 0; rest != 0; rest &= rest - 1, turn++)
      parts[turn & 3][from[__builtin_ctzll(rest)]]++;
  }
  for (size_t code = 0; code < 256; code++)
    counts[code] += parts[0][code] + parts[1][code] + parts[2][code] + parts[3][code];
}
