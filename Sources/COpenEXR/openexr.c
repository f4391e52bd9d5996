#include "COpenEXR.h"

#include "dwa.h"

#include <errno.h>
#include <math.h>
#include <openexr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct copenexr_file {
  exr_context_t context;
  int descriptor;
  long long byte_count;
  char message[256];
  exr_decode_pipeline_t pipeline;
  int pipeline_part;
  int is_pipeline_ready;
  float *planes[COPENEXR_PLANES];
  size_t plane_sizes[COPENEXR_PLANES];
  copenexr_dwa *dwa;
  int dwa_part;
};

/* Rows that are read at a time from a part with DWA compression. */
enum { DWA_ROWS = 32 };

static void on_error(exr_const_context_t context, exr_result_t code, const char *message) {
  void *data = NULL;
  (void)code;
  if (exr_get_user_data(context, &data) == EXR_ERR_SUCCESS && data) {
    copenexr_file *file = data;
    snprintf(file->message, sizeof file->message, "%s", message);
  }
}

static int64_t on_read(
    exr_const_context_t context, void *data, void *buffer, uint64_t size, uint64_t offset,
    exr_stream_error_func_ptr_t error) {
  copenexr_file *file = data;
  uint64_t done = 0;
  (void)error;
  (void)context;
  if (offset > INT64_MAX) return -1;
  while (done < size) {
    ssize_t got = pread(
        file->descriptor, (char *)buffer + done, (size_t)(size - done), (off_t)(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += (uint64_t)got;
  }
  return (int64_t)done;
}

static int64_t on_size(exr_const_context_t context, void *data) {
  (void)context;
  return ((copenexr_file *)data)->byte_count;
}

static void give_message(
    const copenexr_file *file, exr_result_t code, char *message, size_t message_size) {
  const char *words = file->message[0] ? file->message : exr_get_error_code_as_string(code);
  if (message_size > 0) snprintf(message, message_size, "%s", words ? words : "unknown error");
}

copenexr_file *copenexr_open(
    int descriptor, long long byte_count, int maximum_size, char *message, size_t message_size) {
  copenexr_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  file->descriptor = descriptor;
  file->byte_count = byte_count;
  exr_context_initializer_t start = EXR_DEFAULT_CONTEXT_INITIALIZER;
  start.user_data = file;
  start.error_handler_fn = on_error;
  start.read_fn = on_read;
  start.size_fn = on_size;
  start.max_image_width = maximum_size;
  start.max_image_height = maximum_size;
  start.max_tile_width = maximum_size;
  start.max_tile_height = maximum_size;
  exr_result_t code = exr_start_read(&file->context, "file", &start);
  if (code != EXR_ERR_SUCCESS) {
    give_message(file, code, message, message_size);
    free(file);
    return NULL;
  }
  return file;
}

static void end_pipeline(copenexr_file *file) {
  if (file->is_pipeline_ready) exr_decoding_destroy(file->context, &file->pipeline);
  file->is_pipeline_ready = 0;
}

void copenexr_close(copenexr_file *file) {
  if (!file) return;
  end_pipeline(file);
  copenexr_dwa_close(file->dwa);
  exr_finish(&file->context);
  for (int i = 0; i < COPENEXR_PLANES; i++) free(file->planes[i]);
  free(file);
}

static int is_dwa(copenexr_file *file, int part) {
  exr_compression_t compression;
  exr_storage_t storage;
  return exr_get_compression(file->context, part, &compression) == EXR_ERR_SUCCESS &&
         (compression == EXR_COMPRESSION_DWAA || compression == EXR_COMPRESSION_DWAB) &&
         exr_get_storage(file->context, part, &storage) == EXR_ERR_SUCCESS &&
         (storage == EXR_STORAGE_SCANLINE || storage == EXR_STORAGE_TILED);
}

int copenexr_part_count(copenexr_file *file) {
  int count = 0;
  return exr_get_count(file->context, &count) == EXR_ERR_SUCCESS ? count : 0;
}

int copenexr_get_part(copenexr_file *file, int part, copenexr_part *info) {
  exr_storage_t storage;
  exr_attr_box2i_t window;
  const exr_attr_chlist_t *channels = NULL;
  memset(info, 0, sizeof *info);
  if (exr_get_storage(file->context, part, &storage) != EXR_ERR_SUCCESS) return -1;
  info->storage = storage == EXR_STORAGE_SCANLINE        ? 0
                  : storage == EXR_STORAGE_TILED         ? 1
                  : storage == EXR_STORAGE_DEEP_SCANLINE ? 2
                                                         : 3;
  if (exr_get_data_window(file->context, part, &window) != EXR_ERR_SUCCESS) return -1;
  info->data_min_x = window.min.x;
  info->data_min_y = window.min.y;
  info->data_max_x = window.max.x;
  info->data_max_y = window.max.y;
  if (exr_get_display_window(file->context, part, &window) != EXR_ERR_SUCCESS) return -1;
  info->display_min_x = window.min.x;
  info->display_min_y = window.min.y;
  info->display_max_x = window.max.x;
  info->display_max_y = window.max.y;
  if (exr_get_channels(file->context, part, &channels) != EXR_ERR_SUCCESS) return -1;
  info->channel_count = channels->num_channels;
  info->level_count_x = info->level_count_y = 1;
  int32_t rows = 1;
  if (is_dwa(file, part)) {
    /* The C++ library reads tiles as rows. */
    info->storage = 0;
    rows = DWA_ROWS;
  } else if (info->storage == 1 || info->storage == 3) {
    if (exr_get_tile_levels(file->context, part, &info->level_count_x, &info->level_count_y) !=
        EXR_ERR_SUCCESS)
      return -1;
  } else if (exr_get_scanlines_per_chunk(file->context, part, &rows) != EXR_ERR_SUCCESS) {
    return -1;
  }
  info->rows_per_chunk = rows;
  exr_attr_chromaticities_t chroma;
  char kept[sizeof file->message];
  memcpy(kept, file->message, sizeof kept);
  if (exr_attr_get_chromaticities(file->context, part, "chromaticities", &chroma) ==
      EXR_ERR_SUCCESS) {
    const float all[8] = {chroma.red_x,  chroma.red_y,  chroma.green_x, chroma.green_y,
                          chroma.blue_x, chroma.blue_y, chroma.white_x, chroma.white_y};
    memcpy(info->chromaticities, all, sizeof all);
  }
  /* Its absence is no error worth words. */
  memcpy(file->message, kept, sizeof kept);
  return 0;
}

int copenexr_get_channel(copenexr_file *file, int part, int index, copenexr_channel *info) {
  const exr_attr_chlist_t *channels = NULL;
  memset(info, 0, sizeof *info);
  if (exr_get_channels(file->context, part, &channels) != EXR_ERR_SUCCESS) return -1;
  if (index < 0 || index >= channels->num_channels) return -1;
  const exr_attr_chlist_entry_t *entry = &channels->entries[index];
  snprintf(info->name, sizeof info->name, "%s", entry->name.str);
  info->x_sampling = entry->x_sampling;
  info->y_sampling = entry->y_sampling;
  return 0;
}

int copenexr_get_level(
    copenexr_file *file, int part, int level, int *width, int *height, int *tile_width,
    int *tile_height) {
  return exr_get_level_sizes(file->context, part, level, level, width, height) == EXR_ERR_SUCCESS &&
                 exr_get_tile_sizes(file->context, part, level, level, tile_width, tile_height) ==
                     EXR_ERR_SUCCESS
             ? 0
             : -1;
}

/* Room for `count` floats in plane `index`. */
static float *plane(copenexr_file *file, int index, size_t count) {
  size_t bytes = (count ? count : 1) * sizeof(float);
  if (file->plane_sizes[index] < bytes) {
    free(file->planes[index]);
    file->planes[index] = malloc(bytes);
    file->plane_sizes[index] = file->planes[index] ? bytes : 0;
  }
  if (file->planes[index]) memset(file->planes[index], 0, bytes);
  return file->planes[index];
}

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
static int flatten(
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
static int unpack(copenexr_file *file, const int *channels) {
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

static int read_chunk(
    copenexr_file *file, int part, const exr_chunk_info_t *chunk, int is_deep, const int *channels,
    int depth_channel, size_t memory_limit, copenexr_area *area, const float **planes,
    int *plane_widths, int *plane_heights, char *message, size_t message_size) {
  if (chunk->unpacked_size > memory_limit || chunk->packed_size > memory_limit ||
      chunk->sample_count_table_size > memory_limit) {
    if (message_size > 0)
      snprintf(
          message, message_size, "a chunk of %llu bytes exceeds the limit of %zu",
          (unsigned long long)chunk->unpacked_size, memory_limit);
    return -1;
  }
  exr_decode_pipeline_t *pipeline = &file->pipeline;
  exr_result_t code;
  if (file->is_pipeline_ready && (file->pipeline_part != part || is_deep)) end_pipeline(file);
  if (file->is_pipeline_ready) {
    code = exr_decoding_update(file->context, part, chunk, pipeline);
  } else {
    memset(pipeline, 0, sizeof *pipeline);
    code = exr_decoding_initialize(file->context, part, chunk, pipeline);
    file->is_pipeline_ready = 1;
    file->pipeline_part = part;
  }
  size_t limit = memory_limit / sizeof(float);
  for (int p = 0; code == EXR_ERR_SUCCESS && p < COPENEXR_PLANES; p++) {
    planes[p] = NULL;
    plane_widths[p] = plane_heights[p] = 0;
    if (!is_deep && channels[p] < 0) continue;
    size_t width = (size_t)chunk->width, height = (size_t)chunk->height;
    if (!is_deep) {
      width = (size_t)pipeline->channels[channels[p]].width;
      height = (size_t)pipeline->channels[channels[p]].height;
    }
    /* Room for the whole area: the library counts the rows of a subsampled channel in a chunk of odd
       height in two ways, and writes by the larger one. */
    size_t room_width = (size_t)chunk->width, room_height = (size_t)chunk->height;
    if (room_width != 0 && room_height > limit / room_width) {
      code = EXR_ERR_OUT_OF_MEMORY;
    } else if (
        width > room_width || height > room_height || !plane(file, p, room_width * room_height)) {
      code = EXR_ERR_OUT_OF_MEMORY;
    } else {
      planes[p] = file->planes[p];
      plane_widths[p] = (int)width;
      plane_heights[p] = (int)height;
    }
  }
  /* Only read and decompressed here: the library's own unpacking is not used. It writes through null
     pointers when an uncompressed part has channels that nobody wants. */
  if (is_deep) pipeline->decode_flags = EXR_DECODE_SAMPLE_COUNTS_AS_INDIVIDUAL;
  for (int c = 0; code == EXR_ERR_SUCCESS && c < pipeline->channel_count; c++)
    pipeline->channels[c].decode_to_ptr = NULL;
  if (code == EXR_ERR_SUCCESS)
    code = exr_decoding_choose_default_routines(file->context, part, pipeline);
  pipeline->unpack_and_convert_fn = NULL;
  if (code == EXR_ERR_SUCCESS) code = exr_decoding_run(file->context, part, pipeline);
  if (code == EXR_ERR_SUCCESS && is_deep &&
      flatten(file, channels, depth_channel, memory_limit) != 0)
    code = EXR_ERR_CORRUPT_CHUNK;
  if (code == EXR_ERR_SUCCESS && !is_deep && unpack(file, channels) != 0)
    code = EXR_ERR_CORRUPT_CHUNK;
  if (code != EXR_ERR_SUCCESS) {
    end_pipeline(file);
    give_message(file, code, message, message_size);
    return -1;
  }
  area->width = chunk->width;
  area->height = chunk->height;
  return 0;
}

static int read_dwa(
    copenexr_file *file, int part, int y, const int *channels, size_t memory_limit,
    copenexr_area *area, const float **planes, int *plane_widths, int *plane_heights,
    char *message, size_t message_size) {
  exr_attr_box2i_t window;
  const exr_attr_chlist_t *list = NULL;
  exr_result_t code = exr_get_data_window(file->context, part, &window);
  if (code == EXR_ERR_SUCCESS) code = exr_get_channels(file->context, part, &list);
  if (code != EXR_ERR_SUCCESS) {
    give_message(file, code, message, message_size);
    return -1;
  }
  if (file->dwa && file->dwa_part != part) {
    copenexr_dwa_close(file->dwa);
    file->dwa = NULL;
  }
  if (!file->dwa) {
    file->dwa =
        copenexr_dwa_open(file->descriptor, file->byte_count, part, message, message_size);
    file->dwa_part = part;
    if (!file->dwa) return -1;
  }
  size_t width = (size_t)((long long)window.max.x - window.min.x + 1);
  int last = window.max.y - y < DWA_ROWS - 1 ? window.max.y : y + DWA_ROWS - 1;
  size_t height = (size_t)(last - y + 1);
  copenexr_dwa_plane wanted[COPENEXR_PLANES];
  int count = 0;
  if (width * (size_t)list->num_channels * height * 8 > memory_limit) {
    if (message_size > 0) snprintf(message, message_size, "its rows exceed the limit");
    return -1;
  }
  for (int p = 0; p < COPENEXR_PLANES; p++) {
    planes[p] = NULL;
    plane_widths[p] = plane_heights[p] = 0;
    if (channels[p] < 0 || channels[p] >= list->num_channels) continue;
    const exr_attr_chlist_entry_t *entry = &list->entries[channels[p]];
    int xs = entry->x_sampling > 0 ? entry->x_sampling : 1;
    int ys = entry->y_sampling > 0 ? entry->y_sampling : 1;
    /* One row and column more than there can be, for windows that begin between samples. */
    if (!plane(file, p, (width + 1) * (height + 1))) return -1;
    int columns = (int)((width - 1) / (size_t)xs + 1), rows = (int)((height - 1) / (size_t)ys + 1);
    wanted[count++] =
        (copenexr_dwa_plane){entry->name.str, xs, ys, file->planes[p], columns};
    planes[p] = file->planes[p];
    plane_widths[p] = columns;
    plane_heights[p] = rows;
  }
  *area = (copenexr_area){0, y, (int)width, (int)height};
  return copenexr_dwa_read(
      file->dwa, window.min.x, y, last, wanted, count, message, message_size);
}

int copenexr_read_scanlines(
    copenexr_file *file, int part, int y, const int *channels, int depth_channel,
    size_t memory_limit, copenexr_area *area, const float **planes, int *plane_widths,
    int *plane_heights, char *message, size_t message_size) {
  exr_chunk_info_t chunk;
  exr_storage_t storage;
  file->message[0] = 0;
  if (is_dwa(file, part))
    return read_dwa(
        file, part, y, channels, memory_limit, area, planes, plane_widths, plane_heights, message,
        message_size);
  exr_result_t code = exr_get_storage(file->context, part, &storage);
  if (code == EXR_ERR_SUCCESS) code = exr_read_scanline_chunk_info(file->context, part, y, &chunk);
  if (code != EXR_ERR_SUCCESS) {
    give_message(file, code, message, message_size);
    return -1;
  }
  area->x = 0;
  area->y = chunk.start_y;
  return read_chunk(
      file, part, &chunk, storage == EXR_STORAGE_DEEP_SCANLINE, channels, depth_channel,
      memory_limit, area, planes, plane_widths, plane_heights, message, message_size);
}

int copenexr_read_tile(
    copenexr_file *file, int part, int tile_x, int tile_y, int level, const int *channels,
    int depth_channel, size_t memory_limit, copenexr_area *area, const float **planes,
    int *plane_widths, int *plane_heights, char *message, size_t message_size) {
  exr_chunk_info_t chunk;
  exr_storage_t storage;
  int32_t width = 0, height = 0;
  file->message[0] = 0;
  exr_result_t code = exr_get_storage(file->context, part, &storage);
  if (code == EXR_ERR_SUCCESS)
    code = exr_get_tile_sizes(file->context, part, level, level, &width, &height);
  if (code == EXR_ERR_SUCCESS)
    code = exr_read_tile_chunk_info(
        file->context, part, tile_x, tile_y, level, level, &chunk);
  if (code != EXR_ERR_SUCCESS) {
    give_message(file, code, message, message_size);
    return -1;
  }
  area->x = tile_x * width;
  area->y = tile_y * height;
  return read_chunk(
      file, part, &chunk, storage == EXR_STORAGE_DEEP_TILED, channels, depth_channel, memory_limit,
      area, planes, plane_widths, plane_heights, message, message_size);
}
