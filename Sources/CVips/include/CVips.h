/* The few things Albumen asks of libvips, with fixed signatures: its own functions are variadic and
   drag GLib's headers in. Not thread-safe: libvips keeps one error text for the whole process, so
   one thread at a time calls in here. */
#ifndef CVIPS_H
#define CVIPS_H

#include <stddef.h>

/* A reduced picture in memory of its own; give it back with cvips_free(). */
typedef struct {
  void *pixels;
  int width;
  int height;
  /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha or, when `is_cmyk`, four inks (255 is full). */
  int channels;
  int is_cmyk;
  /* The ICC profile the samples are in; NULL for sRGB (and for linear float pictures). */
  void *profile;
  size_t profile_size;
} cvips_picture;

/* Starts libvips: no operation cache, one thread, no loader that nobody asked for. Writes why it
   failed into `message`. 0 when all is well. */
int cvips_start(char *message, size_t message_size);

/* Loads from a descriptor, reduced to at most `target` pixels on the longer edge with shrink-on-load,
   not turned by its EXIF orientation, as 8-bit samples with the profile they are in. `may_enlarge` is for vector graphics.
   0 when all is well, else -1 and the library's own words in `message`. */
int cvips_thumbnail(
    int descriptor, int target, int may_enlarge, cvips_picture *picture, char *message,
    size_t message_size);

/* The same from bytes. */
int cvips_thumbnail_bytes(
    const void *bytes, size_t count, int target, int may_enlarge, cvips_picture *picture,
    char *message, size_t message_size);

/* Loads a Radiance picture as linear float RGB, box-reduced by whole numbers so that its longer edge
   stays at least `target` (but never beyond three times that, when the picture is larger). */
int cvips_radiance(
    int descriptor, int target, cvips_picture *picture, char *message, size_t message_size);

/* Frees the pixels. */
void cvips_free(cvips_picture *picture);

/* Gives back what libvips keeps between pictures. */
void cvips_drop_caches(void);

#endif
