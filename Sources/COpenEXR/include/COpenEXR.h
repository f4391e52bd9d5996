/* OpenEXRCore (3.1) with the chunk pipeline folded into one call per chunk, and deep pixels flattened.
   A file belongs to one thread at a time. */
#ifndef COPENEXR_H
#define COPENEXR_H

#include <stddef.h>
#include <stdint.h>

typedef struct copenexr_file copenexr_file;

typedef struct {
  /* 0 scanlines, 1 tiles, 2 deep scanlines, 3 deep tiles. */
  int storage;
  /* Corners, all inclusive. */
  int data_min_x, data_min_y, data_max_x, data_max_y;
  int display_min_x, display_min_y, display_max_x, display_max_y;
  int channel_count;
  /* 1 but for tiles with several resolutions. */
  int level_count_x, level_count_y;
  /* Rows of a chunk of scanlines. */
  int rows_per_chunk;
  /* x and y of red, green, blue and white; all zero when the file does not say. */
  float chromaticities[8];
} copenexr_part;

typedef struct {
  char name[256];
  int x_sampling, y_sampling;
} copenexr_channel;

/* What a chunk covers: pixels of its level, relative to the data window for tiles, absolute y for
   scanlines. */
typedef struct {
  int x, y, width, height;
} copenexr_area;

enum { COPENEXR_PLANES = 4 };

/* Opens what `descriptor` holds, reading with pread. NULL and the library's words when it is no
   usable OpenEXR file. Sizes beyond `maximum_size` pixels on an edge are refused. */
copenexr_file *copenexr_open(
    int descriptor, long long byte_count, int maximum_size, char *message, size_t message_size);
void copenexr_close(copenexr_file *file);

int copenexr_part_count(copenexr_file *file);
/* 0 when all is well, as below. */
int copenexr_get_part(copenexr_file *file, int part, copenexr_part *info);
int copenexr_get_channel(copenexr_file *file, int part, int index, copenexr_channel *info);
int copenexr_get_level(
    copenexr_file *file, int part, int level, int *width, int *height, int *tile_width,
    int *tile_height);

/* Reads the chunk of scanlines that starts at row `y`, or the tile (tile_x, tile_y) of a level, and
   lends up to four of its channels as 32-bit floats: `channels` are indexes (-1 for none), `planes`
   point at rows of `plane_widths` samples, `plane_heights` of them (fewer than the area has when a
   channel is subsampled), valid until the next call.

   Deep chunks come flattened: `channels` are R, G, B, A and `depth_channel` orders the samples from
   front to back. Chunks of more than `memory_limit` bytes are refused. Returns 0, or -1 with the
   library's words in the message. */
int copenexr_read_scanlines(
    copenexr_file *file, int part, int y, const int *channels, int depth_channel,
    size_t memory_limit, copenexr_area *area, const float **planes, int *plane_widths,
    int *plane_heights, char *message, size_t message_size);
int copenexr_read_tile(
    copenexr_file *file, int part, int tile_x, int tile_y, int level, const int *channels,
    int depth_channel, size_t memory_limit, copenexr_area *area, const float **planes,
    int *plane_widths, int *plane_heights, char *message, size_t message_size);

#endif
