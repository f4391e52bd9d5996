/* libpng behind functions that return: its errors are long jumps, which must not pass Swift frames.
   Thread-safe: no state but the reader's. */
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>

typedef struct cpng_reader cpng_reader;

/* What the rows hold: 8-bit samples, palettes and transparent colours resolved. */
typedef struct {
  unsigned int width;
  unsigned int height;
  /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  int channels;
  /* Then all rows are read at once. */
  int is_interlaced;
  /* The embedded profile, owned by the reader; NULL when there is none. */
  const unsigned char *profile;
  size_t profile_size;
} cpng_header;

/* Reads up to the picture's data, from a descriptor (with pread) or, when that is negative, from
   bytes, which must stay. Give `*reader` back with cpng_close(), also after a failure. 0, or -1 and
   why in `message`. */
int cpng_open(
    int descriptor, const unsigned char *bytes, size_t count, cpng_reader **reader,
    cpng_header *header, char *message, size_t message_size);

/* Reads the next row, `width` × `channels` bytes. 0, or -1 and why. */
int cpng_read_row(cpng_reader *reader, unsigned char *row, char *message, size_t message_size);

/* Reads all rows of an interlaced picture, one behind the other. */
int cpng_read_all(cpng_reader *reader, unsigned char *rows, char *message, size_t message_size);

/* Reads what follows the last row: fails when the file ends before its last chunk. */
int cpng_finish(cpng_reader *reader, char *message, size_t message_size);

/* Frees a reader; NULL is fine. */
void cpng_close(cpng_reader *reader);

#endif
