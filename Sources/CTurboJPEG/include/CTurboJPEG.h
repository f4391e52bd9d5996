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

/* An 8-bit picture; give it back with cturbojpeg_free(). */
typedef struct {
  unsigned char *pixels;
  int width;
  int height;
  /* 3: RGB. 4: inks, 255 is full. */
  int channels;
  /* The size of the picture before it was reduced while decoding, and by how much that was. */
  int full_width;
  int full_height;
  int denominator;
  /* The embedded profile of the right colour model; NULL when there is none. */
  unsigned char *profile;
  size_t profile_size;
} cturbojpeg_picture;

/* Decodes from a descriptor (with pread, from `offset` on) at the smallest of 1/8, 1/4, 1/2, 1 whose
   longer edge is at least `target`. Coefficient arrays of progressive pictures beyond `memory_limit`
   bytes (0: none) are refused with CTURBOJPEG_NO_MEMORY. */
int cturbojpeg_decode(
    int descriptor, long long offset, int target, long memory_limit, cturbojpeg_picture *picture,
    char *message, size_t message_size);

/* The same from bytes. */
int cturbojpeg_decode_bytes(
    const unsigned char *bytes, size_t count, int target, cturbojpeg_picture *picture, char *message,
    size_t message_size);

/* Only the embedded profile of a JPEG whose pixels another decoder reads; `picture` has no pixels.
   0 when there is one. */
int cturbojpeg_profile(int descriptor, cturbojpeg_picture *picture);

/* Frees pixels and profile. */
void cturbojpeg_free(cturbojpeg_picture *picture);

/* Encodes 8-bit RGB rows as a baseline 4:2:0 JPEG; free `*jpeg` with free(3). */
int cturbojpeg_encode(
    const unsigned char *rgb, int width, int height, int quality, unsigned char **jpeg,
    size_t *jpeg_size, char *message, size_t message_size);

/* free(3) for `*jpeg`. */
void cturbojpeg_free_bytes(unsigned char *bytes);

#endif
