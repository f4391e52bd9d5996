/* One frame of a video through libav, from a descriptor, on one thread, in bounded time. */
#ifndef CAVPOSTER_H
#define CAVPOSTER_H

#include <stddef.h>

typedef struct {
  /* Rows of 8-bit RGB (R, G, B), full range, with the video's own transfer curve and primaries. */
  unsigned char *pixels;
  int width;
  int height;
  /* The size the video is shown at before it is turned. */
  int full_width;
  int full_height;
  /* Degrees clockwise the frame must be turned: 0, 90, 180 or 270. */
  int turn;
  /* Codes of ITU-T H.273. */
  int transfer;
  int primaries;
} cavposter_picture;

/* Decodes a frame near a tenth of the duration (at most ten seconds in) that is not black, reduced
   so that its longer edge is at most `target`. Frames of more than `maximum_pixels` are refused, and
   so is work beyond `time_limit_milliseconds`. 0 when all is well, else -1 and why. */
int cavposter_decode(
    int descriptor, long long byte_count, int target, long long maximum_pixels,
    int time_limit_milliseconds, cavposter_picture *picture, char *message, size_t message_size);

void cavposter_free(cavposter_picture *picture);

#endif
