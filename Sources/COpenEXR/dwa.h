/* DWA compression, which OpenEXRCore 3.1 does not decode, through the C++ library. */
#ifndef COPENEXR_DWA_H
#define COPENEXR_DWA_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct copenexr_dwa copenexr_dwa;

copenexr_dwa *copenexr_dwa_open(
    int descriptor, long long byte_count, int part, char *message, size_t message_size);
void copenexr_dwa_close(copenexr_dwa *file);

typedef struct {
  const char *name;
  int x_sampling, y_sampling;
  /* Rows of `width` floats, the first for row `y` (or the next one the channel has). */
  float *samples;
  int width;
} copenexr_dwa_plane;

/* Reads the rows from `y` to `last`. 0 when all is well. */
int copenexr_dwa_read(
    copenexr_dwa *file, int min_x, int y, int last, const copenexr_dwa_plane *planes, int count,
    char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
