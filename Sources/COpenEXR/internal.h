/* What the files of this module share. */
#ifndef COPENEXR_INTERNAL_H
#define COPENEXR_INTERNAL_H

#include <openexr.h>

#include "COpenEXR.h"
#include "dwa.h"

struct copenexr_file {
  exr_context_t context;
  int descriptor;
  long long byte_count;
  char message[256];
  exr_decode_pipeline_t pipeline;
  int pipeline_part;
  int is_pipeline_ready;
  float *planes[COPENEXR_PLANES];
  size_t plane_sizes[COPENEXR_PLANES];
  copenexr_dwa *dwa;
  int dwa_part;
};

/* Rows that are read at a time from a part with DWA compression. */
enum { DWA_ROWS = 32 };

/* The library's last words, or those for its code. */
void copenexr_give_message(
    const copenexr_file *file, exr_result_t code, char *message, size_t message_size);
void copenexr_end_pipeline(copenexr_file *file);
/* True for flat parts with DWA compression. */
int copenexr_is_dwa(copenexr_file *file, int part);

/* What the pipeline has read and decompressed, as floats in the planes. 0 when all is well. */
int copenexr_unpack(copenexr_file *file, const int *channels);
int copenexr_flatten(
    copenexr_file *file, const int *channels, int depth_channel, size_t memory_limit);

#endif
