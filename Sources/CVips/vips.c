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
  if (VIPS_INIT("albumen-worker-full") != 0) return failed(message, message_size);
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

/* Replaces `*image` by what an operation made of it; takes the reference of the old one. */
static int take(VipsImage **image, int result, VipsImage *next) {
  g_object_unref(*image);
  *image = result ? NULL : next;
  return result;
}

/* Turns `image` into memory as 8-bit samples, and takes its reference. Four inks stay four inks. */
static int write_out(VipsImage *image, cvips_picture *picture) {
  VipsImage *next = NULL;
  const void *profile = NULL;
  size_t profile_size = 0;
  int is_cmyk = image->Type == VIPS_INTERPRETATION_CMYK && image->Bands >= 4;
  /* The profile is about the stored values: those of a float or a Lab picture are converted by its
     own colour space below. */
  int is_device = is_cmyk || image->Type == VIPS_INTERPRETATION_sRGB ||
                  image->Type == VIPS_INTERPRETATION_RGB16 ||
                  image->Type == VIPS_INTERPRETATION_B_W ||
                  image->Type == VIPS_INTERPRETATION_GREY16 ||
                  image->Type == VIPS_INTERPRETATION_RGB;
  if (is_device && vips_image_get_typeof(image, VIPS_META_ICC_NAME) &&
      !vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &profile_size) &&
      profile_size > 0) {
    picture->profile = g_malloc(profile_size);
    memcpy(picture->profile, profile, profile_size);
    picture->profile_size = profile_size;
  }
  if (!is_cmyk && image->Type != VIPS_INTERPRETATION_sRGB &&
      image->Type != VIPS_INTERPRETATION_B_W &&
      take(&image, vips_colourspace(
          image, &next, image->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB,
          NULL), next))
    return -1;
  if (is_cmyk && image->BandFmt == VIPS_FORMAT_USHORT &&
      take(&image, vips_linear1(image, &next, 1.0 / 257, 0, NULL), next))
    return -1;
  if (image->BandFmt != VIPS_FORMAT_UCHAR &&
      take(&image, vips_cast(image, &next, VIPS_FORMAT_UCHAR, NULL), next))
    return -1;
  if (image->Bands > 4 &&
      take(&image, vips_extract_band(image, &next, 0, "n", is_cmyk ? 4 : 3, NULL), next))
    return -1;
  size_t size = 0;
  picture->pixels = vips_image_write_to_memory(image, &size);
  picture->width = image->Xsize;
  picture->height = image->Ysize;
  picture->channels = image->Bands;
  picture->is_cmyk = is_cmyk;
  g_object_unref(image);
  return picture->pixels ? 0 : -1;
}

static int thumbnail_source(
    VipsSource *source, int target, int may_enlarge, cvips_picture *picture) {
  VipsImage *image = NULL;
  if (vips_thumbnail_source(
          source, &image, target, "height", target, "no_rotate", TRUE, "size",
          may_enlarge ? VIPS_SIZE_BOTH : VIPS_SIZE_DOWN, "fail_on",
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
  if (result) cvips_free(picture);
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
  if (result) cvips_free(picture);
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
  g_free(picture->profile);
  picture->pixels = NULL;
  picture->profile = NULL;
}

void cvips_drop_caches(void) { vips_cache_drop_all(); }
