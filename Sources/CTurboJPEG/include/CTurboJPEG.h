/* libjpeg-turbo behind functions that return: its errors are long jumps, which must not pass Swift
   frames. Thread-safe: no state between calls. */
#ifndef CTURBOJPEG_H
#define CTURBOJPEG_H

#include <stddef.h>

enum {
  CTURBOJPEG_OK = 0,
  CTURBOJPEG_CORRUPT = 1,
  CTURBOJPEG_TRUNCATED = 2,
  CTURBOJPEG_UNSUPPORTED = 3,
  CTURBOJPEG_NO_MEMORY = 5
};

/* Where a JPEG lies: in memory, or in a file, which is read with pread from `offset` on. */
typedef struct {
  const unsigned char *bytes;
  size_t byte_count;
  int descriptor;
  long long offset;
} cturbojpeg_input;

typedef struct {
  /* The size of the pixels, and of the picture before it is reduced while decoding, and by how much
     that is. */
  int width;
  int height;
  int full_width;
  int full_height;
  int denominator;
  /* 3: RGB. 4: inks, 255 is full. */
  int channels;
  /* The embedded profile, lent until the decoder is closed; NULL when there is none. */
  const unsigned char *profile;
  size_t profile_size;
} cturbojpeg_header;

typedef struct cturbojpeg_decoder cturbojpeg_decoder;

/* Reads a header, to decode at the smallest of 1/8, 1/4, 1/2, 1 whose longer edge is at least `target`.
   Coefficient arrays of progressive pictures beyond `memory_limit` bytes (0: none) are refused with
   CTURBOJPEG_NO_MEMORY. Close `*decoder` if the result is CTURBOJPEG_OK; else there is none. */
int cturbojpeg_open(
    const cturbojpeg_input *input, int target, long memory_limit, cturbojpeg_header *header,
    cturbojpeg_decoder **decoder, char *message, size_t message_size);

/* Decodes into `width * height * channels` bytes; once. */
int cturbojpeg_read(
    cturbojpeg_decoder *decoder, unsigned char *pixels, char *message, size_t message_size);

/* Frees it and its profile. */
void cturbojpeg_close(cturbojpeg_decoder *decoder);

/* Encodes 8-bit RGB rows as a baseline 4:2:0 JPEG; free `*jpeg` with free(3). */
int cturbojpeg_encode(
    const unsigned char *rgb, int width, int height, int quality, unsigned char **jpeg,
    size_t *jpeg_size, char *message, size_t message_size);

/* free(3) for `*jpeg`. */
void cturbojpeg_free_bytes(unsigned char *bytes);

#endif
