/* libjpeg-turbo as the yardstick of our own JPEG decoder, for tests, benchmarks and fuzzing only:
   no program links this. Its errors become return codes; thread-safe, no state between calls. */
#ifndef CJPEGREFERENCE_H
#define CJPEGREFERENCE_H

#include <stddef.h>

/* What a test picture is to be like. */
typedef struct {
  int width;
  int height;
  /* 1 grey, 3 RGB, 4 CMYK samples as given. */
  int channels;
  /* JCS_… of the file: 1 grey, 2 RGB, 3 YCbCr, 4 CMYK, 5 YCCK. */
  int colour_space;
  int quality;
  /* Sampling factors of the first component; the others have 1. */
  int horizontal;
  int vertical;
  /* MCUs between restart markers; 0 for none. */
  int restart_interval;
  int progressive;
  int arithmetic;
  int optimize;
} cjpegreference_style;

/* Encodes `samples`; free `*jpeg` with cjpegreference_free(). 0 on success. */
int cjpegreference_encode(
    const unsigned char *samples, const cjpegreference_style *style, unsigned char **jpeg,
    size_t *jpeg_size);

/* Decodes at 1/`denominator` into grey (channels 1), RGB (3) or CMYK (4), whatever the file has for 0;
   free `*samples` with cjpegreference_free(). `*warnings` counts what libjpeg complained about.
   0 on success. */
int cjpegreference_decode(
    const unsigned char *jpeg, size_t jpeg_size, int denominator, int *channels, int *width,
    int *height, unsigned char **samples, long *warnings);

/* The DC coefficients of a component as decoded, before dequantisation, blocks row by row without
   padding; free `*coefficients` with cjpegreference_free(). 0 on success. */
int cjpegreference_dc(
    const unsigned char *jpeg, size_t jpeg_size, int component, int *blocks_across,
    int *blocks_down, short **coefficients, long *warnings);

void cjpegreference_free(void *memory);

#endif
