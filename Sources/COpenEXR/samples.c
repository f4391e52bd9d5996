/* From the samples of a chunk to planes of floats. */
#include "internal.h"

#include <math.h>
#include <string.h>

static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 31;
  uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {
    float value = (float)mantissa * 0x1p-24f;
    return sign ? -value : value;
  }
  uint32_t bits = exponent == 31 ? sign | 0x7F800000 | mantissa << 13
                                 : sign | (exponent + 112) << 23 | mantissa << 13;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float sample_at(const uint8_t *base, int type, size_t index) {
  if (type == EXR_PIXEL_HALF) {
    uint16_t half;
    memcpy(&half, base + index * 2, 2);
    return half_to_float(half);
  }
  uint32_t bits;
  memcpy(&bits, base + index * 4, 4);
  /* Whole numbers are shown with the largest as white. */
  if (type == EXR_PIXEL_UINT) return (float)((double)bits / 4294967295.0);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Beyond this many samples the order in the file is taken as it is. */
enum { SORTED_SAMPLES = 256 };

/* Deep samples lie row by row, channel by channel, pixel by pixel. Blends each pixel from front to
   back ("over", colours premultiplied) into the four planes. */
int copenexr_flatten(
    copenexr_file *file, const int *channels, int depth_channel, size_t memory_limit) {
  exr_decode_pipeline_t *pipeline = &file->pipeline;
  size_t width = (size_t)pipeline->chunk.width, height = (size_t)pipeline->chunk.height;
  const int32_t *counts = pipeline->sample_count_table;
  const uint8_t *data = pipeline->unpacked_buffer ? pipeline->unpacked_buffer
                                                  : pipeline->packed_buffer;
  size_t room = (size_t)pipeline->chunk.unpacked_size;
  size_t used = 0;
  if (!counts || pipeline->sample_count_alloc_size < width * height * sizeof *counts) return -1;
  if (room > memory_limit) return -1;
  for (size_t y = 0; y < height; y++) {
    size_t row_total = 0;
    for (size_t x = 0; x < width; x++) {
      int32_t count = counts[y * width + x];
      if (count < 0) return -1;
      row_total += (size_t)count;
    }
    if (row_total == 0) continue;
    const uint8_t *bases[COPENEXR_PLANES] = {0};
    int types[COPENEXR_PLANES] = {0};
    const uint8_t *depth = NULL;
    int depth_type = 0;
    for (int c = 0; c < pipeline->channel_count; c++) {
      size_t size = row_total * (size_t)pipeline->channels[c].bytes_per_element;
      if (size > room - used || used > room) return -1;
      for (int p = 0; p < COPENEXR_PLANES; p++) {
        if (channels[p] == c) {
          bases[p] = data + used;
          types[p] = pipeline->channels[c].data_type;
        }
      }
      if (c == depth_channel) {
        depth = data + used;
        depth_type = pipeline->channels[c].data_type;
      }
      used += size;
    }
    size_t start = 0;
    for (size_t x = 0; x < width; x++) {
      int count = counts[y * width + x];
      int order[SORTED_SAMPLES];
      float keys[SORTED_SAMPLES];
      int sorted = depth && count > 1 && count <= SORTED_SAMPLES;
      if (sorted) {
        for (int s = 0; s < count; s++) {
          float key = sample_at(depth, depth_type, start + (size_t)s);
          int at = s;
          while (at > 0 && keys[at - 1] > key) {
            keys[at] = keys[at - 1];
            order[at] = order[at - 1];
            at--;
          }
          keys[at] = key;
          order[at] = s;
        }
      }
      float sums[COPENEXR_PLANES] = {0};
      for (int s = 0; s < count; s++) {
        size_t index = start + (size_t)(sorted ? order[s] : s);
        float through = 1 - sums[3];
        if (through <= 0) break;
        for (int p = 0; p < COPENEXR_PLANES; p++) {
          float value = bases[p] ? sample_at(bases[p], types[p], index) : (p == 3 ? 1.0f : 0.0f);
          if (isfinite(value)) sums[p] += value * through;
        }
      }
      for (int p = 0; p < COPENEXR_PLANES; p++) file->planes[p][y * width + x] = sums[p];
      start += (size_t)count;
    }
  }
  return 0;
}

/* Samples lie row by row, channel by channel; a subsampled channel has only rows and columns whose
   coordinates its sampling divides. */
int copenexr_unpack(copenexr_file *file, const int *channels) {
  exr_decode_pipeline_t *pipeline = &file->pipeline;
  const uint8_t *data = pipeline->unpacked_buffer ? pipeline->unpacked_buffer
                                                  : pipeline->packed_buffer;
  size_t room = (size_t)pipeline->chunk.unpacked_size, used = 0;
  size_t rows[COPENEXR_PLANES] = {0};
  if (!data) return -1;
  if (!pipeline->unpacked_buffer && pipeline->chunk.packed_size < room) return -1;
  for (int y = 0; y < pipeline->chunk.height; y++) {
    for (int c = 0; c < pipeline->channel_count; c++) {
      const exr_coding_channel_info_t *channel = &pipeline->channels[c];
      if (channel->height == 0) continue;
      if (channel->y_samples > 1 && (pipeline->chunk.start_y + y) % channel->y_samples != 0)
        continue;
      size_t width = (size_t)channel->width;
      size_t size = width * (size_t)channel->bytes_per_element;
      if (size > room - used) return -1;
      for (int p = 0; p < COPENEXR_PLANES; p++) {
        if (channels[p] != c || rows[p] >= (size_t)pipeline->chunk.height) continue;
        float *into = file->planes[p] + rows[p] * width;
        for (size_t x = 0; x < width; x++) into[x] = sample_at(data + used, channel->data_type, x);
        rows[p]++;
      }
      used += size;
    }
  }
  return 0;
}
