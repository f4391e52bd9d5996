/* Reading chunks: scanlines and tiles, and rows of parts with DWA compression. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  if (file->is_pipeline_ready && (file->pipeline_part != part || is_deep)) copenexr_end_pipeline(file);
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
      copenexr_flatten(file, channels, depth_channel, memory_limit) != 0)
    code = EXR_ERR_CORRUPT_CHUNK;
  if (code == EXR_ERR_SUCCESS && !is_deep && copenexr_unpack(file, channels) != 0)
    code = EXR_ERR_CORRUPT_CHUNK;
  if (code != EXR_ERR_SUCCESS) {
    copenexr_end_pipeline(file);
    copenexr_give_message(file, code, message, message_size);
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
    copenexr_give_message(file, code, message, message_size);
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
  if (copenexr_is_dwa(file, part))
    return read_dwa(
        file, part, y, channels, memory_limit, area, planes, plane_widths, plane_heights, message,
        message_size);
  exr_result_t code = exr_get_storage(file->context, part, &storage);
  if (code == EXR_ERR_SUCCESS) code = exr_read_scanline_chunk_info(file->context, part, y, &chunk);
  if (code != EXR_ERR_SUCCESS) {
    copenexr_give_message(file, code, message, message_size);
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
    copenexr_give_message(file, code, message, message_size);
    return -1;
  }
  area->x = tile_x * width;
  area->y = tile_y * height;
  return read_chunk(
      file, part, &chunk, storage == EXR_STORAGE_DEEP_TILED, channels, depth_channel, memory_limit,
      area, planes, plane_widths, plane_heights, message, message_size);
}
