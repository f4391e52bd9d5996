/* The inner loops of the resampler in 16-bit fixed point: the instruction that multiplies and adds
   pairs is several times as fast as floats, and Swift has no word for it. Nothing is checked here:
   LanczosResampler.swift says how much room there must be. */
#ifndef CRESAMPLER_H
#define CRESAMPLER_H

#include <stddef.h>
#include <stdint.h>

/* `line[i]` becomes the weighted sum of the samples `i` of `row_count` rows of `sample_count` bytes that
   follow each other, shifted right by `shift` and rounded. `weights` has an even count: behind an odd
   number of rows one more, which is 0. */
void cresampler_sum_rows(
    const uint8_t *rows, size_t sample_count, size_t row_count, const int16_t *weights, int shift,
    int16_t *line);

/* `count` pixels of `channels` (1 or 3) bytes, pixel `x` being the weighted sum of the `tap_count` (a
   multiple of four) pixels of `line` from `firsts[x]` on, with the weights from `x * tap_count` on,
   shifted right by `shift`, rounded and clamped. Reads two samples behind the last pixel it needs. */
void cresampler_reduce_line(
    const int16_t *line, const uint32_t *firsts, const int16_t *weights, size_t tap_count,
    size_t channels, size_t count, int shift, uint8_t *target);

#endif
