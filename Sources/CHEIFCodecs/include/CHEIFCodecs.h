/* One coded picture of a HEIF or AVIF file to planes: libde265 for HEVC, dav1d for AV1, both on the
   calling thread. */
#ifndef CHEIFCODECS_H
#define CHEIFCODECS_H

#include <stddef.h>

enum { CHEIFCODECS_HEVC = 1, CHEIFCODECS_AV1 = 2 };

/* What a picture is made from. */
typedef struct {
  /* CHEIFCODECS_HEVC or CHEIFCODECS_AV1. */
  int codec;
  /* HEVC: parameter sets, each with its length in four bytes before it. AV1: OBUs. May be empty. */
  const unsigned char *parameters;
  size_t parameter_byte_count;
  /* HEVC: NAL units, each with its length in `length_byte_count` (1…4) bytes before it. AV1: OBUs. */
  const unsigned char *data;
  size_t byte_count;
  int length_byte_count;
  /* Leaves out what the decoder does to the finished picture (deblocking, its other filters, film
     grain): nobody sees it in a picture reduced many times. */
  int leaves_out_filters;
} cheifcodecs_input;

/* Planes lent until the frame is given back. Samples of more than 8 bits take two bytes. */
typedef struct {
  const void *planes[3];
  ptrdiff_t byte_strides[3];
  int width;
  int height;
  /* 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  int chroma;
  int bits;
  /* Of ITU-T H.273; 2 where the stream does not say. */
  int primaries;
  int transfer;
  int matrix;
  int is_full_range;
  /* Who gives it back. */
  int codec;
  void *owner;
} cheifcodecs_frame;

/* 0 when the picture is whole, -1 when anything at all is wrong with it. */
int cheifcodecs_decode(const cheifcodecs_input *input, cheifcodecs_frame *frame);
void cheifcodecs_free(cheifcodecs_frame *frame);

#endif
