#include "internal.h"

#include <string.h>

int cheifcodecs_decode(const cheifcodecs_input *input, cheifcodecs_frame *frame) {
  memset(frame, 0, sizeof *frame);
  frame->codec = input->codec;
  int code = input->codec == CHEIFCODECS_HEVC ? cheifcodecs_decode_hevc(input, frame)
                                              : cheifcodecs_decode_av1(input, frame);
  if (code != 0) cheifcodecs_free(frame);
  return code;
}

void cheifcodecs_free(cheifcodecs_frame *frame) {
  if (frame->owner && frame->codec == CHEIFCODECS_HEVC) cheifcodecs_free_hevc(frame);
  if (frame->owner && frame->codec == CHEIFCODECS_AV1) cheifcodecs_free_av1(frame);
  memset(frame, 0, sizeof *frame);
}
