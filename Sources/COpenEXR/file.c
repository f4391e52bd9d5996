/* Opening a file and what its headers say. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void copenexr_give_message(
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
    copenexr_give_message(file, code, message, message_size);
    free(file);
    return NULL;
  }
  return file;
}

void copenexr_end_pipeline(copenexr_file *file) {
  if (file->is_pipeline_ready) exr_decoding_destroy(file->context, &file->pipeline);
  file->is_pipeline_ready = 0;
}

void copenexr_close(copenexr_file *file) {
  if (!file) return;
  copenexr_end_pipeline(file);
  copenexr_dwa_close(file->dwa);
  exr_finish(&file->context);
  for (int i = 0; i < COPENEXR_PLANES; i++) free(file->planes[i]);
  free(file);
}

int copenexr_is_dwa(copenexr_file *file, int part) {
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
  if (copenexr_is_dwa(file, part)) {
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
