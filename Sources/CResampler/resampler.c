#include "CResampler.h"

#include <string.h>

/* What every processor does: the ends of rows, grey lines, and all where there are no such
   instructions. The results are the same. */

static int16_t saturated(int32_t value) {
  return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
}

static void sum_samples(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line, size_t first) {
  for (size_t at = first; at < sample_count; at++) {
    int32_t sum = 1 << (shift - 1);
    for (size_t row = 0; row < row_count; row++) sum += rows[row * sample_count + at] * weights[row];
    line[at] = saturated(sum >> shift);
  }
}

static void reduce_samples(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t channels, size_t count, int shift, uint8_t *target) {
  for (size_t x = 0; x < count; x++) {
    for (size_t channel = 0; channel < channels; channel++) {
      const int16_t *from = line + firsts[x] * channels + channel;
      int32_t sum = 1 << (shift - 1);
      for (size_t tap = 0; tap < tap_count; tap++)
        sum += from[tap * channels] * weights[x * tap_count + tap];
      sum >>= shift;
      target[x * channels + channel] = (uint8_t)(sum > 255 ? 255 : sum < 0 ? 0 : sum);
    }
  }
}

#if defined(__x86_64__)

#include <immintrin.h>

/* Two weights of 16 bits as they lie in memory. */
static inline __attribute__((always_inline)) int pair(const int16_t *weights) {
  int both;
  memcpy(&both, weights, sizeof both);
  return both;
}

/* Each returns how many samples it has done; the last block overlaps the one before. */

static size_t sum_blocks_of_16(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line) {
  if (sample_count < 16) return 0;
  const __m128i zero = _mm_setzero_si128();
  const __m128i half = _mm_set1_epi32(1 << (shift - 1));
  const __m128i places = _mm_cvtsi32_si128(shift);
  for (size_t at = 0; at < sample_count; at += 16) {
    if (at > sample_count - 16) at = sample_count - 16;
    const uint8_t *from = rows + at;
    __m128i a = half, b = half, c = half, d = half;
    for (size_t row = 0; row < row_count; row += 2) {
      const uint8_t *below = row + 1 < row_count ? from + sample_count : from;
      __m128i first = _mm_loadu_si128((const __m128i *)from);
      __m128i second = _mm_loadu_si128((const __m128i *)below);
      __m128i weight = _mm_set1_epi32(pair(weights + row));
      __m128i low = _mm_unpacklo_epi8(first, second), high = _mm_unpackhi_epi8(first, second);
      a = _mm_add_epi32(a, _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), weight));
      b = _mm_add_epi32(b, _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), weight));
      c = _mm_add_epi32(c, _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), weight));
      d = _mm_add_epi32(d, _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), weight));
      from = below + sample_count;
    }
    _mm_storeu_si128(
        (__m128i *)(line + at),
        _mm_packs_epi32(_mm_sra_epi32(a, places), _mm_sra_epi32(b, places)));
    _mm_storeu_si128(
        (__m128i *)(line + at + 8),
        _mm_packs_epi32(_mm_sra_epi32(c, places), _mm_sra_epi32(d, places)));
  }
  return sample_count;
}

__attribute__((target("avx2"))) static size_t sum_blocks_of_32(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line) {
  if (sample_count < 32) return 0;
  const __m256i zero = _mm256_setzero_si256();
  const __m256i half = _mm256_set1_epi32(1 << (shift - 1));
  const __m128i places = _mm_cvtsi32_si128(shift);
  for (size_t at = 0; at < sample_count; at += 32) {
    if (at > sample_count - 32) at = sample_count - 32;
    const uint8_t *from = rows + at;
    __m256i a = half, b = half, c = half, d = half;
    for (size_t row = 0; row < row_count; row += 2) {
      const uint8_t *below = row + 1 < row_count ? from + sample_count : from;
      __m256i first = _mm256_loadu_si256((const __m256i *)from);
      __m256i second = _mm256_loadu_si256((const __m256i *)below);
      __m256i weight = _mm256_set1_epi32(pair(weights + row));
      __m256i low = _mm256_unpacklo_epi8(first, second);
      __m256i high = _mm256_unpackhi_epi8(first, second);
      a = _mm256_add_epi32(a, _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), weight));
      b = _mm256_add_epi32(b, _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), weight));
      c = _mm256_add_epi32(c, _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), weight));
      d = _mm256_add_epi32(d, _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), weight));
      from = below + sample_count;
    }
    /* Unpacking works in halves: samples 0 to 7 and 16 to 23, then 8 to 15 and 24 to 31. */
    __m256i even = _mm256_packs_epi32(_mm256_sra_epi32(a, places), _mm256_sra_epi32(b, places));
    __m256i odd = _mm256_packs_epi32(_mm256_sra_epi32(c, places), _mm256_sra_epi32(d, places));
    _mm256_storeu_si256((__m256i *)(line + at), _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(line + at + 16), _mm256_permute2x128_si256(even, odd, 0x31));
  }
  return sample_count;
}

/* Red, green and blue rounded, and one byte more. */
static inline __attribute__((always_inline)) int pixel_of(__m128i sums, __m128i places) {
  sums = _mm_sra_epi32(sums, places);
  sums = _mm_packs_epi32(sums, sums);
  return _mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
}

static void reduce_by_pairs(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t count, int shift, uint8_t *target) {
  const __m128i half = _mm_set1_epi32(1 << (shift - 1));
  const __m128i places = _mm_cvtsi32_si128(shift);
  int pixel = 0;
  for (size_t x = 0; x < count; x++, weights += tap_count) {
    const int16_t *from = line + firsts[x] * 3;
    __m128i sums = half;
    for (size_t tap = 0; tap < tap_count; tap += 2) {
      /* R R' G G' B B' */
      __m128i pixels = _mm_unpacklo_epi16(
          _mm_loadl_epi64((const __m128i *)(from + tap * 3)),
          _mm_loadl_epi64((const __m128i *)(from + tap * 3 + 3)));
      sums = _mm_add_epi32(sums, _mm_madd_epi16(pixels, _mm_set1_epi32(pair(weights + tap))));
    }
    pixel = pixel_of(sums, places);
    /* The fourth byte is overwritten by the next pixel, and the last one has no place for it. */
    if (x + 1 < count) memcpy(target + x * 3, &pixel, 4);
  }
  if (count > 0) memcpy(target + (count - 1) * 3, &pixel, 3);
}

__attribute__((target("avx2"))) static void reduce_by_fours(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t count, int shift, uint8_t *target) {
  /* Of two pixels R R' G G' B B' and nothing, in either half. */
  const __m256i colours = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1));
  /* The first two weights for one half, the others for the other. */
  const __m256i pairs = _mm256_setr_epi8(
      0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  const __m256i half = _mm256_castsi128_si256(_mm_set1_epi32(1 << (shift - 1)));
  const __m256i rounding = _mm256_permute2x128_si256(half, half, 0x80);
  const __m128i places = _mm_cvtsi32_si128(shift);
  int pixel = 0;
  for (size_t x = 0; x < count; x++, weights += tap_count) {
    const int16_t *from = line + firsts[x] * 3;
    __m256i sums = rounding;
    for (size_t tap = 0; tap < tap_count; tap += 4) {
      __m256i pixels = _mm256_inserti128_si256(
          _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(from + tap * 3))),
          _mm_loadu_si128((const __m128i *)(from + tap * 3 + 6)), 1);
      long long four;
      memcpy(&four, weights + tap, sizeof four);
      sums = _mm256_add_epi32(
          sums, _mm256_madd_epi16(
                    _mm256_shuffle_epi8(pixels, colours),
                    _mm256_shuffle_epi8(_mm256_set1_epi64x(four), pairs)));
    }
    pixel = pixel_of(
        _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)), places);
    if (x + 1 < count) memcpy(target + x * 3, &pixel, 4);
  }
  if (count > 0) memcpy(target + (count - 1) * 3, &pixel, 3);
}

void cresampler_sum_rows(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line) {
  size_t done = 0;
  if (__builtin_cpu_supports("avx2"))
    done = sum_blocks_of_32(rows, sample_count, row_count, weights, shift, line);
  if (done == 0) done = sum_blocks_of_16(rows, sample_count, row_count, weights, shift, line);
  sum_samples(rows, sample_count, row_count, weights, shift, line, done);
}

void cresampler_reduce_line(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t channels, size_t count, int shift, uint8_t *target) {
  if (channels != 3)
    reduce_samples(line, firsts, weights, tap_count, channels, count, shift, target);
  else if (__builtin_cpu_supports("avx2"))
    reduce_by_fours(line, firsts, weights, tap_count, count, shift, target);
  else
    reduce_by_pairs(line, firsts, weights, tap_count, count, shift, target);
}

#else

void cresampler_sum_rows(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line) {
  sum_samples(rows, sample_count, row_count, weights, shift, line, 0);
}

void cresampler_reduce_line(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t channels, size_t count, int shift, uint8_t *target) {
  reduce_samples(line, firsts, weights, tap_count, channels, count, shift, target);
}

#endif
