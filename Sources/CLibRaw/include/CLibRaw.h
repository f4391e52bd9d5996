/* LibRaw over a descriptor read with pread; its C++ exceptions stay inside. */
#ifndef CLIBRAW_H
#define CLIBRAW_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CLIBRAW_NONE = 0, CLIBRAW_JPEG = 1, CLIBRAW_RGB = 2 };

typedef struct {
  /* CLIBRAW_JPEG: a whole JPEG file. CLIBRAW_RGB: rows of 8-bit RGB. */
  int kind;
  unsigned char *bytes;
  size_t byte_count;
  int width;
  int height;
} clibraw_picture;

typedef struct clibraw_file clibraw_file;

/* Opens a camera RAW. NULL and the library's words when it cannot be read. */
clibraw_file *clibraw_open(
    int descriptor, long long byte_count, unsigned memory_limit_megabytes, char *message,
    size_t message_size);
void clibraw_close(clibraw_file *file);

/* Degrees clockwise the stored pixels must be turned: 0, 90, 180 or 270. */
int clibraw_turn(const clibraw_file *file);
/* The size of the whole picture as stored. */
void clibraw_size(const clibraw_file *file, int *width, int *height);

/* The largest preview the camera left in the file, at most `byte_limit` bytes of it. 0 when there is
   one. */
int clibraw_preview(
    clibraw_file *file, size_t byte_limit, clibraw_picture *picture, char *message,
    size_t message_size);

/* Develops the sensor's data at half size with the camera's white balance, not turned. 0 when it
   worked. */
int clibraw_develop(
    clibraw_file *file, clibraw_picture *picture, char *message, size_t message_size);

void clibraw_free(clibraw_picture *picture);

#ifdef __cplusplus
}
#endif

#endif
