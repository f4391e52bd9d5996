#include "CPNG.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

enum {
  INPUT_SIZE = 64 << 10,
  /* What one chunk but the picture's data may unpack to: profiles are the only ones that are read. */
  CHUNK_SIZE_LIMIT = 8 << 20,
  SIDE_LIMIT = 1000000,
  /* IEND. */
  LAST_CHUNK = 0x49454E44
};

struct cpng_reader {
  png_structp png;
  png_infop info;
  png_uint_32 width;
  png_uint_32 height;
  size_t row_size;
  int descriptor;
  long long offset;
  const unsigned char *next;
  size_t available;
  char *message;
  size_t message_size;
  unsigned char buffer[INPUT_SIZE];
};

static void fail(png_structp png, png_const_charp text) {
  cpng_reader *reader = png_get_error_ptr(png);
  if (reader->message_size > 0) {
    strncpy(reader->message, text, reader->message_size - 1);
    reader->message[reader->message_size - 1] = 0;
  }
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep into, size_t count) {
  cpng_reader *reader = png_get_io_ptr(png);
  while (count > 0) {
    if (reader->available == 0) {
      ssize_t got = 0;
      if (reader->descriptor >= 0) {
        do
          got = pread(reader->descriptor, reader->buffer, INPUT_SIZE, reader->offset);
        while (got < 0 && errno == EINTR);
      }
      if (got <= 0) png_error(png, "unexpected end of file");
      reader->offset += got;
      reader->next = reader->buffer;
      reader->available = (size_t)got;
    }
    size_t part = count < reader->available ? count : reader->available;
    memcpy(into, reader->next, part);
    reader->next += part;
    reader->available -= part;
    into += part;
    count -= part;
  }
}

static void use_message(cpng_reader *reader, char *message, size_t message_size) {
  reader->message = message;
  reader->message_size = message_size;
  if (message_size > 0) message[0] = 0;
}

int cpng_open(
    int descriptor, const unsigned char *bytes, size_t count, cpng_reader **result,
    cpng_header *header, char *message, size_t message_size) {
  /* The chunks that are of no interest here are skipped without being stored. */
  static const png_byte skipped[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sTER\0tEXt\0tIME\0zTXt";
  memset(header, 0, sizeof *header);
  cpng_reader *reader = calloc(1, sizeof *reader);
  *result = reader;
  if (!reader) {
    strncpy(message, "out of memory", message_size);
    return -1;
  }
  use_message(reader, message, message_size);
  reader->descriptor = descriptor;
  if (descriptor < 0) {
    reader->next = bytes;
    reader->available = count;
  }
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) {
    strncpy(message, "out of memory", message_size);
    return -1;
  }
  png_structp png = reader->png;
  png_infop info = reader->info;
  if (setjmp(png_jmpbuf(png))) return -1;
  png_set_read_fn(png, reader, read_bytes);
  png_set_user_limits(png, SIDE_LIMIT, SIDE_LIMIT);
  png_set_chunk_malloc_max(png, CHUNK_SIZE_LIMIT);
  /* Damage of the picture is found by its chunks' checksums; that of the data they unpack to would be a
     second pass. A profile with a wrong one is tried all the same. */
  png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
#if defined(PNG_SET_OPTION_SUPPORTED) && defined(PNG_IGNORE_ADLER32)
  png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
#if defined(PNG_SET_OPTION_SUPPORTED) && defined(PNG_SKIP_sRGB_CHECK_PROFILE)
  /* Known sRGB profiles are not looked up: Little CMS converts them like any other. */
  png_set_option(png, PNG_SKIP_sRGB_CHECK_PROFILE, PNG_OPTION_ON);
#endif
  png_set_keep_unknown_chunks(
      png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_read_info(png, info);
  /* Palettes to RGB, grey of 1, 2 and 4 bits to 8, transparent colours to alpha. */
  png_set_expand(png);
  if (png_get_bit_depth(png, info) == 16) png_set_scale_16(png);
  header->is_interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  if (header->is_interlaced) png_set_interlace_handling(png);
  png_read_update_info(png, info);
  reader->width = png_get_image_width(png, info);
  reader->height = png_get_image_height(png, info);
  reader->row_size = png_get_rowbytes(png, info);
  header->width = reader->width;
  header->height = reader->height;
  header->channels = png_get_channels(png, info);
  if (png_get_bit_depth(png, info) != 8 ||
      reader->row_size != (size_t)reader->width * (size_t)header->channels)
    png_error(png, "unsupported kind of samples");
  png_charp name = NULL;
  png_bytep profile = NULL;
  png_uint_32 profile_size = 0;
  int method = 0;
  if (png_get_iCCP(png, info, &name, &method, &profile, &profile_size)) {
    header->profile = profile;
    header->profile_size = profile_size;
  }
  return 0;
}

int cpng_read_row(cpng_reader *reader, unsigned char *row, char *message, size_t message_size) {
  use_message(reader, message, message_size);
  if (setjmp(png_jmpbuf(reader->png))) return -1;
  png_read_row(reader->png, row, NULL);
  return 0;
}

int cpng_read_all(cpng_reader *reader, unsigned char *rows, char *message, size_t message_size) {
  use_message(reader, message, message_size);
  if (setjmp(png_jmpbuf(reader->png))) return -1;
  for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
    for (png_uint_32 y = 0; y < reader->height; y++)
      png_read_row(reader->png, rows + reader->row_size * y, NULL);
  return 0;
}

int cpng_finish(cpng_reader *reader, char *message, size_t message_size) {
  use_message(reader, message, message_size);
  if (setjmp(png_jmpbuf(reader->png)))
    /* All that may be missing is the checksum of the last chunk. */
    return png_get_io_chunk_type(reader->png) == LAST_CHUNK ? 0 : -1;
  png_read_end(reader->png, NULL);
  return 0;
}

void cpng_close(cpng_reader *reader) {
  if (!reader) return;
  if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}
