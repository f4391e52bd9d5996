#ifndef CHEIFCODECS_INTERNAL_H
#define CHEIFCODECS_INTERNAL_H

#include "CHEIFCodecs.h"

int cheifcodecs_decode_hevc(const cheifcodecs_input *input, cheifcodecs_frame *frame);
int cheifcodecs_decode_av1(const cheifcodecs_input *input, cheifcodecs_frame *frame);
void cheifcodecs_free_hevc(cheifcodecs_frame *frame);
void cheifcodecs_free_av1(cheifcodecs_frame *frame);

#endif
