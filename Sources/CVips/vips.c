#include "CVips.h"

#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

static void drop_log(
    const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  (void)domain;
  (void)level;
  (void)message;
  (void)data;
}

static int failed(char *message, size_t message_size) {
  if (message_size > 0) {
    strncpy(message, vips_error_buffer(), message_size - 1);
    message[message_size - 1] = 0;
  }
  vips_error_clear();
  return -1;
}

int cvips_start(char *message, size_t message_size) {
  /* Warnings about damaged metadata are not for our standard error. */
  g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, drop_log, NULL);
  g_log_set_handler("librsvg", G_LOG_LEVEL_MASK, drop_log, NULL);
  if (VIPS_INIT("albumen-worker") != 0) return failed(message, message_size);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  vips_cache_set_max_mem(0);
  vips_cache_set_max_files(0);
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoadSvg", FALSE);
  vips_operation_block_set("VipsForeignLoadRad", FALSE);
  vips_operation_block_set("VipsForeignLoadJp2k", FALSE);
  vips_operation_block_set("VipsForeignLoadJxl", FALSE);
  vips_operation_block_set("VipsForeignLoadMagick", TRUE);
  vips_operation_block_set("VipsForeignLoadMagick7", TRUE);
  return 0;
}

/* The source reads on from the descriptor's own offset, so that must be the start. */
static VipsSource *new_source(int descriptor) {
  if (lseek(descriptor, 0, SEEK_SET) != 0) {
    vips_error("source", "unable to seek");
    return NULL;
  }
  return vips_source_new_from_descriptor(descriptor);
}

/* Turns `*image` into memory as 8-bit grey or sRGB; always takes the reference of `image`. */
static int write_out(VipsImage *image, cvips_picture *picture) {
  VipsImage *next = NULL;
  if (image->Type != VIPS_INTERPRETATION_sRGB && image->Type != VIPS_INTERPRETATION_B_W) {
    if (vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL)) {
      g_object_unref(image);
      return -1;
    }
    g_object_unref(image);
    image = next;
    next = NULL;
  }
  if (image->BandFmt != VIPS_FORMAT_UCHAR) {
    if (vips_cast(image, &next, VIPS_FORMAT_UCHAR, NULL)) {
      g_object_unref(image);
      return -1;
    }
    g_object_unref(image);
    image = next;
    next = NULL;
  }
  if (image->Bands > 4) {
    if (vips_extract_band(image, &next, 0, "n", 3, NULL)) {
      g_object_unref(image);
      return -1;
    }
    g_object_unref(image);
    image = next;
  }
  size_t size = 0;
  void *pixels = vips_image_write_to_memory(image, &size);
  if (pixels) {
    picture->pixels = pixels;
    picture->width = image->Xsize;
    picture->height = image->Ysize;
    picture->channels = image->Bands;
  }
  g_object_unref(image);
  return pixels ? 0 : -1;
}

static int thumbnail_source(
    VipsSource *source, int target, int may_enlarge, cvips_picture *picture) {
  VipsImage *image = NULL;
  if (vips_thumbnail_source(
          source, &image, target, "height", target, "no_rotate", TRUE, "size",
          may_enlarge ? VIPS_SIZE_BOTH : VIPS_SIZE_DOWN, "export_profile", "srgb", "fail_on",
          VIPS_FAIL_ON_TRUNCATED, NULL))
    return -1;
  return write_out(image, picture);
}

int cvips_thumbnail(
    int descriptor, int target, int may_enlarge, cvips_picture *picture, char *message,
    size_t message_size) {
  memset(picture, 0, sizeof *picture);
  vips_error_clear();
  VipsSource *source = new_source(descriptor);
  if (!source) return failed(message, message_size);
  int result = thumbnail_source(source, target, may_enlarge, picture);
  g_object_unref(source);
  return result ? failed(message, message_size) : 0;
}

int cvips_thumbnail_bytes(
    const void *bytes, size_t count, int target, int may_enlarge, cvips_picture *picture,
    char *message, size_t message_size) {
  memset(picture, 0, sizeof *picture);
  vips_error_clear();
  VipsSource *source = vips_source_new_from_memory(bytes, count);
  if (!source) return failed(message, message_size);
  int result = thumbnail_source(source, target, may_enlarge, picture);
  g_object_unref(source);
  return result ? failed(message, message_size) : 0;
}

int cvips_radiance(
    int descriptor, int target, cvips_picture *picture, char *message, size_t message_size) {
  memset(picture, 0, sizeof *picture);
  vips_error_clear();
  VipsSource *source = new_source(descriptor);
  if (!source) return failed(message, message_size);
  VipsImage *stored = NULL, *linear = NULL, *small = NULL;
  int result = vips_radload_source(
      source, &stored, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
  if (!result) result = vips_rad2float(stored, &linear, NULL);
  if (!result) {
    int longest = VIPS_MAX(linear->Xsize, linear->Ysize);
    int factor = longest >= 3 * target ? (2 * longest) / (3 * target) : 1;
    result = vips_shrink(linear, &small, factor, factor, "ceil", TRUE, NULL);
  }
  if (!result && small->Bands == 3 && small->BandFmt == VIPS_FORMAT_FLOAT) {
    size_t size = 0;
    picture->pixels = vips_image_write_to_memory(small, &size);
    picture->width = small->Xsize;
    picture->height = small->Ysize;
    picture->channels = 3;
  }
  if (small) g_object_unref(small);
  if (linear) g_object_unref(linear);
  if (stored) g_object_unref(stored);
  g_object_unref(source);
  return picture->pixels ? 0 : failed(message, message_size);
}

void cvips_free(cvips_picture *picture) {
  g_free(picture->pixels);
  picture->pixels = NULL;
}

void cvips_drop_caches(void) { vips_cache_drop_all(); }
