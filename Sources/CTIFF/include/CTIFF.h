/* libtiff behind functions with fixed signatures, its messages with its result. Thread-safe: no state
   but the reader's. */
#ifndef CTIFF_H
#define CTIFF_H

#include <stddef.h>

enum { CTIFF_OK = 0, CTIFF_FAILED = -1, CTIFF_OTHER = 1 };

enum { CTIFF_GREY = 0, CTIFF_INVERTED_GREY = 1, CTIFF_RGB = 2, CTIFF_PALETTE = 3 };

enum { CTIFF_OPAQUE = 0, CTIFF_PREMULTIPLIED = 1, CTIFF_STRAIGHT = 2 };

typedef struct ctiff_reader ctiff_reader;

/* The rows of the level that was chosen: samples of unsigned integers, interleaved, in the machine's
   byte order. */
typedef struct {
  unsigned int width;
  unsigned int height;
  /* 1, 2 and 4 (grey and palettes only), 8 or 16. */
  int bits;
  int samples;
  int colours;
  /* What the last sample is. */
  int alpha;
  size_t row_size;
  /* Rows come in bands of so many, the last one may have fewer. */
  unsigned int band_rows;
  /* Of a palette: 2^bits values of 16 bits each. */
  const unsigned short *red;
  const unsigned short *green;
  const unsigned short *blue;
  /* The embedded profile, owned by the reader; NULL when there is none. */
  const unsigned char *profile;
  size_t profile_size;
} ctiff_header;

/* Opens the first picture, or of its reduced levels the smallest whose longer edge is at least
   `target`, from a descriptor (with pread). Bands and single allocations of the library stay below
   `memory_limit`. Give `*reader` back with ctiff_close(), also after a failure. CTIFF_OTHER: a kind of
   TIFF that is not read here; CTIFF_FAILED: why is in `message`. */
int ctiff_open(
    int descriptor, unsigned int target, size_t memory_limit, ctiff_reader **reader,
    ctiff_header *header, char *message, size_t message_size);

/* Reads a band, `row_size` × its rows bytes of the `size` there are. 0, or CTIFF_FAILED and why. */
int ctiff_read_band(
    ctiff_reader *reader, unsigned int band, unsigned char *rows, size_t size, char *message,
    size_t message_size);

/* Frees a reader; NULL is fine. */
void ctiff_close(ctiff_reader *reader);

#endif
