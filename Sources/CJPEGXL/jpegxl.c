#include "CJPEGXL.h"

#include <errno.h>
#include <jxl/decode.h>
#include <jxl/version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is read at once; the decoder asks for more when it needs a longer piece. */
enum { WINDOW = 1 << 16, PROFILE_LIMIT = 16 << 20 };

struct cjpegxl_file {
  JxlDecoder *decoder;
  int descriptor;
  long long byte_count;
  long long offset;
  unsigned char *window;
  size_t capacity;
  size_t held;
  JxlPixelFormat format;
  int keeps_profile;
  unsigned char *profile;
  /* Where the pixels go, and a piece of a row on its way there. */
  cjpegxl_pixels receive;
  void *context;
  unsigned char *piece;
  size_t piece_pixels;
};

/* Reads on behind what the decoder has not taken yet. 0 when something came or the end is told. */
static int feed(cjpegxl_file *file) {
  size_t left = JxlDecoderReleaseInput(file->decoder);
  memmove(file->window, file->window + file->held - left, left);
  file->held = left;
  if (file->offset >= file->byte_count) return -1;
  if (file->capacity - left < WINDOW) {
    unsigned char *larger = realloc(file->window, left + 2 * WINDOW);
    if (!larger) return -1;
    file->window = larger;
    file->capacity = left + 2 * WINDOW;
  }
  while (file->held < file->capacity) {
    ssize_t got = pread(
        file->descriptor, file->window + file->held, file->capacity - file->held,
        (off_t)file->offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) file->byte_count = file->offset;
    if (got == 0) break;
    file->held += (size_t)got;
    file->offset += got;
  }
  if (file->held == left) return -1;
  if (JxlDecoderSetInput(file->decoder, file->window, file->held) != JXL_DEC_SUCCESS) return -1;
  if (file->offset >= file->byte_count) JxlDecoderCloseInput(file->decoder);
  return 0;
}

/* Goes on until an event that is not about input. */
static JxlDecoderStatus next(cjpegxl_file *file) {
  for (;;) {
    JxlDecoderStatus status = JxlDecoderProcessInput(file->decoder);
    if (status != JXL_DEC_NEED_MORE_INPUT) return status;
    if (feed(file) != 0) return JXL_DEC_ERROR;
  }
}

static int describe(cjpegxl_file *file, cjpegxl_info *info) {
  JxlBasicInfo basic;
  if (JxlDecoderGetBasicInfo(file->decoder, &basic) != JXL_DEC_SUCCESS) return -1;
  info->width = basic.xsize;
  info->height = basic.ysize;
  info->bits = basic.bits_per_sample;
  file->keeps_profile = basic.uses_original_profile;
  /* What is coded perceptually comes out as whatever is asked for. */
  info->is_float = basic.exponent_bits_per_sample > 0 && basic.uses_original_profile;
  info->channels = (basic.num_color_channels == 1 ? 1 : 3) + (basic.alpha_bits > 0);
  for (size_t index = 0; index < basic.num_extra_channels && index < 256; index++) {
    JxlExtraChannelInfo extra;
    if (JxlDecoderGetExtraChannelInfo(file->decoder, index, &extra) != JXL_DEC_SUCCESS) return -1;
    if (extra.type != JXL_CHANNEL_ALPHA && extra.type != JXL_CHANNEL_DEPTH &&
        extra.type != JXL_CHANNEL_SELECTION_MASK && extra.type != JXL_CHANNEL_OPTIONAL)
      info->has_unusual_channels = 1;
  }
  file->format.num_channels = (uint32_t)info->channels;
  /* Floats are what libjxl has at the end of its pipeline: for them 0.7 calls back from there, for
     bytes it first keeps the whole picture, which takes nearly twice the time. */
  file->format.data_type = JXL_TYPE_FLOAT;
  file->piece_pixels = basic.xsize;
  file->format.endianness = JXL_NATIVE_ENDIAN;
  return 0;
}

#if JPEGXL_NUMERIC_VERSION >= JPEGXL_COMPUTE_NUMERIC_VERSION(0, 9, 0)
#define COLOURS(file) (file)->decoder
#else
#define COLOURS(file) (file)->decoder, &(file)->format
#endif

static int describe_colours(cjpegxl_file *file, cjpegxl_info *info) {
  JxlColorEncoding encoding;
  if (JxlDecoderGetColorAsEncodedProfile(
          COLOURS(file), JXL_COLOR_PROFILE_TARGET_DATA, &encoding) == JXL_DEC_SUCCESS) {
    if (encoding.transfer_function == JXL_TRANSFER_FUNCTION_LINEAR) {
      /* Bytes are too coarse for light itself. */
      encoding.transfer_function = JXL_TRANSFER_FUNCTION_SRGB;
      encoding.white_point = JXL_WHITE_POINT_D65;
      encoding.primaries = JXL_PRIMARIES_SRGB;
      info->is_linear =
          file->keeps_profile || JxlDecoderSetPreferredColorProfile(file->decoder, &encoding) !=
                                     JXL_DEC_SUCCESS;
      return 0;
    }
    if (encoding.transfer_function == JXL_TRANSFER_FUNCTION_SRGB &&
        encoding.white_point == JXL_WHITE_POINT_D65 &&
        (encoding.color_space == JXL_COLOR_SPACE_GRAY ||
         (encoding.color_space == JXL_COLOR_SPACE_RGB &&
          encoding.primaries == JXL_PRIMARIES_SRGB)))
      return 0;
  }
  size_t size = 0;
  if (JxlDecoderGetICCProfileSize(COLOURS(file), JXL_COLOR_PROFILE_TARGET_DATA, &size) !=
          JXL_DEC_SUCCESS ||
      size == 0)
    return 0;
  if (size > PROFILE_LIMIT) return -1;
  file->profile = malloc(size);
  if (!file->profile ||
      JxlDecoderGetColorAsICCProfile(
          COLOURS(file), JXL_COLOR_PROFILE_TARGET_DATA, file->profile, size) != JXL_DEC_SUCCESS)
    return -1;
  info->profile = file->profile;
  info->profile_byte_count = size;
  return 0;
}

cjpegxl_file *cjpegxl_open(int descriptor, long long byte_count, cjpegxl_info *info) {
  memset(info, 0, sizeof *info);
  cjpegxl_file *file = calloc(1, sizeof *file);
  if (!file) return NULL;
  file->descriptor = descriptor;
  file->byte_count = byte_count;
  file->capacity = 2 * WINDOW;
  file->window = malloc(file->capacity);
  file->decoder = JxlDecoderCreate(NULL);
  int has_size = 0;
  if (file->window && file->decoder &&
      JxlDecoderSubscribeEvents(
          file->decoder, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE) ==
          JXL_DEC_SUCCESS &&
      JxlDecoderSetKeepOrientation(file->decoder, JXL_TRUE) == JXL_DEC_SUCCESS &&
      JxlDecoderSetUnpremultiplyAlpha(file->decoder, JXL_TRUE) == JXL_DEC_SUCCESS) {
    for (;;) {
      JxlDecoderStatus status = next(file);
      if (status == JXL_DEC_BASIC_INFO && describe(file, info) == 0) {
        has_size = 1;
        continue;
      }
      if (status != JXL_DEC_COLOR_ENCODING || !has_size || describe_colours(file, info) != 0) break;
      return file;
    }
  }
  cjpegxl_close(file);
  return NULL;
}

static void on_pixels(void *opaque, size_t x, size_t y, size_t count, const void *pixels) {
  cjpegxl_file *file = opaque;
  const float *restrict samples = pixels;
  unsigned char *restrict piece = file->piece;
  if (count > file->piece_pixels) return;
  size_t sample_count = count * file->format.num_channels;
  for (size_t index = 0; index < sample_count; index++) {
    /* What is no number compares false and is 0. */
    float value = samples[index] > 0 ? samples[index] : 0;
    piece[index] = (unsigned char)(int)((value < 1 ? value : 1) * 255 + 0.5f);
  }
  file->receive(file->context, x, y, count, piece);
}

int cjpegxl_read(cjpegxl_file *file, cjpegxl_pixels receive, void *context) {
  file->receive = receive;
  file->context = context;
  file->piece = malloc(file->piece_pixels * 4);
  if (!file->piece) return -1;
  for (;;) {
    switch (next(file)) {
    case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
      if (JxlDecoderSetImageOutCallback(file->decoder, &file->format, on_pixels, file) !=
          JXL_DEC_SUCCESS)
        return -1;
      break;
    case JXL_DEC_FULL_IMAGE: return 0;
    default: return -1;
    }
  }
}

void cjpegxl_close(cjpegxl_file *file) {
  if (!file) return;
  if (file->decoder) JxlDecoderDestroy(file->decoder);
  free(file->window);
  free(file->profile);
  free(file->piece);
  free(file);
}
