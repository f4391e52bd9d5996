/* libjxl over a descriptor read with pread, on the calling thread; pixels are handed out in pieces of
   rows as they are decoded, so that the whole picture is not kept here. */
#ifndef CJPEGXL_H
#define CJPEGXL_H

#include <stddef.h>

typedef struct {
  /* As stored, not turned. */
  unsigned width;
  unsigned height;
  /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  int channels;
  unsigned bits;
  /* The samples are floating point of any range. */
  int is_float;
  /* The samples are light itself, which 8 bits cannot hold. */
  int is_linear;
  /* There is a channel that changes what the colours mean (black ink, thermal light…). */
  int has_unusual_channels;
  /* The colours are not sRGB's: `profile` says what they are. */
  const unsigned char *profile;
  size_t profile_byte_count;
} cjpegxl_info;

typedef struct cjpegxl_file cjpegxl_file;

/* `count` pixels from (x, y) on, 8 bits a channel, straight alpha. */
typedef void (*cjpegxl_pixels)(
    void *context, size_t x, size_t y, size_t count, const void *samples);

/* Reads until the colours are known. NULL when it is no usable JPEG XL file. */
cjpegxl_file *cjpegxl_open(int descriptor, long long byte_count, cjpegxl_info *info);
/* Decodes the first frame; 0 when it is whole. Once a file. */
int cjpegxl_read(cjpegxl_file *file, cjpegxl_pixels receive, void *context);
void cjpegxl_close(cjpegxl_file *file);

#endif
