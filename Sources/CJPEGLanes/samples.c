#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "CJPEGLanes.h"

/* Plain loops that the compiler makes vectors of. */

#define INLINE static inline __attribute__((always_inline))

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_integers __attribute__((vector_size(16)));
typedef uint8_t four_bytes __attribute__((vector_size(4)));

/* How many of sixteen bytes stand before the first FF. */
INLINE int before_mark(const uint8_t *data) {
#if defined(__SSE2__)
  __m128i bytes = _mm_loadu_si128((const __m128i *)data);
  return __builtin_ctz((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(-1))) | 1 << 16);
#else
  int count = 0;
  while (count < 16 && data[count] != 0xFF) count++;
  return count;
#endif
}

size_t cjpeglanes_unstuff(const uint8_t *data, size_t count, uint8_t *target, size_t *written) {
  const uint8_t *const start = data, *const end = data + count;
  uint8_t *to = target;
  while (data < end) {
    if (end - data >= 16) {
      int before = before_mark(data);
      memcpy(to, data, 16);
      if (__builtin_expect(before == 16, 1)) {
        data += 16;
        to += 16;
        continue;
      }
      data += before;
      to += before;
    } else if (*data != 0xFF) {
      *to++ = *data++;
      continue;
    }
    if (end - data < 2 || data[1] != 0) break;
    *to++ = 0xFF;
    data += 2;
  }
  *written += (size_t)(to - target);
  return (size_t)(data - start);
}

int32_t cjpeglanes_take(const struct cjpeglanes_stretch *stretch, int32_t sum, int16_t *coefficients) {
  const uint8_t *record = stretch->records + stretch->difference_offset;
  if (stretch->width == 1 && stretch->height == 1) {
    for (size_t unit = 0; unit < stretch->count; unit++, record += stretch->record_size) {
      int16_t difference;
      memcpy(&difference, record, sizeof difference);
      sum = (int32_t)((uint32_t)sum + (uint32_t)difference);
      coefficients[unit] = (int16_t)sum;
    }
    return sum;
  }
  for (size_t unit = 0; unit < stretch->count; unit++, record += stretch->record_size) {
    const uint8_t *next = record;
    for (size_t y = 0; y < stretch->height; y++) {
      for (size_t x = 0; x < stretch->width; x++, next += sizeof(int16_t)) {
        int16_t difference;
        memcpy(&difference, next, sizeof difference);
        sum = (int32_t)((uint32_t)sum + (uint32_t)difference);
        coefficients[y * stretch->stride + unit * stretch->width + x] = (int16_t)sum;
      }
    }
  }
  return sum;
}

INLINE four_bytes quarters(float mean, four detail) {
  const four zero = {0, 0, 0, 0}, most = {255, 255, 255, 255};
  four sum = {mean, mean, mean, mean};
  sum += (four){detail[0], -detail[0], detail[0], -detail[0]};
  sum += (four){detail[1], detail[1], -detail[1], -detail[1]};
  sum += (four){detail[2], -detail[2], -detail[2], detail[2]};
  sum = (four)((four_integers)sum & (sum > zero));
  const four_integers above = sum > most;
  sum = (four)(((four_integers)most & above) | ((four_integers)sum & ~above));
  /* 2 to the 23rd in a float leaves no bits behind the point: adding it rounds to the nearest. */
  four_integers rounded = (four_integers)(sum + (four){8388608, 8388608, 8388608, 8388608});
  return __builtin_convertvector(rounded & 255, four_bytes);
}

void cjpeglanes_quarter(
    const struct cjpeglanes_stretch *stretch, float factor, const int16_t *coefficients, uint8_t *samples) {
  const size_t row = 2 * stretch->stride;
  for (size_t unit = 0; unit < stretch->count; unit++) {
    const uint8_t *record = stretch->records + unit * stretch->record_size + stretch->detail_offset;
    for (size_t y = 0; y < stretch->height; y++) {
      for (size_t x = 0; x < stretch->width; x++, record += sizeof(four)) {
        size_t column = unit * stretch->width + x;
        four detail;
        memcpy(&detail, record, sizeof detail);
        four_bytes made =
            quarters((float)coefficients[y * stretch->stride + column] * factor / 8 + 128, detail);
        uint8_t both[4], *sample = samples + 2 * (y * row + column);
        memcpy(both, &made, sizeof both);
        memcpy(sample, both, 2);
        memcpy(sample + row, both + 2, 2);
      }
    }
  }
}

static inline uint8_t clamped(int32_t value) {
  value = value < 0 ? 0 : value;
  return (uint8_t)(value > 255 ? 255 : value);
}

INLINE void mean(const int16_t *coefficients, int32_t factor, size_t count, uint8_t *samples) {
  for (size_t index = 0; index < count; index++)
    samples[index] = clamped((((int32_t)coefficients[index] * factor + 4) >> 3) + 128);
}

INLINE void mix(
    const uint8_t *luma, const uint8_t *blues, const uint8_t *reds, size_t count, uint8_t *pixels) {
  enum { PART = 64 };
  for (size_t first = 0; first < count; first += PART) {
    /* BT.601, full range, 16-bit fixed point: apart first, which makes vectors. */
    uint8_t red[PART], green[PART], blue[PART];
    size_t part = count - first < PART ? count - first : PART;
    for (size_t index = 0; index < part; index++) {
      int32_t light = luma[first + index];
      int32_t b = (int16_t)(blues[first + index] - 128), r = (int16_t)(reds[first + index] - 128);
      /* Factors of 16 bits: what is more than one is added whole. */
      red[index] = clamped(light + r + ((26345 * r + 32768) >> 16));
      green[index] = clamped(light - r + ((18734 * r - 22554 * b + 32768) >> 16));
      blue[index] = clamped(light + 2 * b + ((-14942 * b + 32768) >> 16));
    }
    uint8_t *target = pixels + 3 * first;
    for (size_t index = 0; index < part; index++) {
      target[3 * index] = red[index];
      target[3 * index + 1] = green[index];
      target[3 * index + 2] = blue[index];
    }
  }
}

/* Twice as many samples at once, and products of 32 bits. */
#if defined(__x86_64__)
#define FAST __attribute__((target("avx2")))

static FAST void mean_fast(const int16_t *coefficients, int32_t factor, size_t count, uint8_t *samples) {
  mean(coefficients, factor, count, samples);
}

static FAST void mix_fast(
    const uint8_t *luma, const uint8_t *blues, const uint8_t *reds, size_t count, uint8_t *pixels) {
  mix(luma, blues, reds, count, pixels);
}
#endif

void cjpeglanes_mean(const int16_t *coefficients, int32_t factor, size_t count, uint8_t *samples) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    mean_fast(coefficients, factor, count, samples);
    return;
  }
#endif
  mean(coefficients, factor, count, samples);
}

void cjpeglanes_mix(
    const uint8_t *luma, const uint8_t *blues, const uint8_t *reds, size_t count, uint8_t *pixels) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    mix_fast(luma, blues, reds, count, pixels);
    return;
  }
#endif
  mix(luma, blues, reds, count, pixels);
}
