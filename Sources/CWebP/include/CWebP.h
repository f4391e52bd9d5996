/* libwebp's decoder with fixed signatures. Thread-safe: no state between calls. */
#ifndef CWEBP_H
#define CWEBP_H

#include <stddef.h>

typedef struct {
  int width;
  int height;
  int has_alpha;
  int is_lossy;
} cwebp_header;

/* What a picture's chunks (VP8, VP8L, or ALPH and VP8) say. NULL when they were read, else why not. */
const char *cwebp_read_header(const unsigned char *chunks, size_t count, cwebp_header *header);

/* Decodes such chunks as 8-bit RGB, or RGBA when `has_alpha`, straight, at the size asked for: its own,
   or any smaller one, each pixel then the mean of those it covers. `is_coarse` leaves out what smooths
   the edges of blocks. `pixels` has room for width × height × samples, at most 2^31 - 1 bytes a row.
   NULL when done, else why not. */
const char *cwebp_decode(
    const unsigned char *chunks, size_t count, int width, int height, int has_alpha, int is_coarse,
    unsigned char *pixels);

#endif
