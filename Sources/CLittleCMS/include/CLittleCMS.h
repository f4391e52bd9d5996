/* ICC profiles to sRGB through Little CMS. Thread-safe: no state between calls. */
#ifndef CLITTLECMS_H
#define CLITTLECMS_H

#include <stddef.h>

/* Converts `count` pixels of `channels` 8-bit samples (1 grey, 3 RGB or Lab, 4 CMYK; then one more
   sample that is kept when `has_alpha`) from the profile to sRGB, perceptual intent. `into` gets 3
   samples a pixel (or 4 with alpha) and may be `from` when the sizes agree. 0 when done; -1 when the
   profile cannot be read or is for another colour model: then nothing was written. */
int clittlecms_to_srgb(
    const void *profile, size_t profile_size, const unsigned char *from, unsigned char *into,
    size_t count, int channels, int has_alpha);

#endif
