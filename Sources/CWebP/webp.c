#include "CWebP.h"

#include <webp/decode.h>

static const char *words(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OK:
      return NULL;
    case VP8_STATUS_OUT_OF_MEMORY:
      return "out of memory";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "not enough data";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "unsupported feature";
    default:
      return "invalid bitstream";
  }
}

const char *cwebp_read_header(const unsigned char *chunks, size_t count, cwebp_header *header) {
  WebPBitstreamFeatures features;
  VP8StatusCode status = WebPGetFeatures(chunks, count, &features);
  if (status != VP8_STATUS_OK) return words(status);
  header->width = features.width;
  header->height = features.height;
  header->has_alpha = features.has_alpha;
  header->is_lossy = features.format == 1;
  return NULL;
}

const char *cwebp_decode(
    const unsigned char *chunks, size_t count, int width, int height, int has_alpha, int is_coarse,
    unsigned char *pixels) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return "unsupported version of libwebp";
  VP8StatusCode status = WebPGetFeatures(chunks, count, &config.input);
  if (status != VP8_STATUS_OK) return words(status);
  if (width != config.input.width || height != config.input.height) {
    config.options.use_scaling = 1;
    config.options.scaled_width = width;
    config.options.scaled_height = height;
  }
  config.options.bypass_filtering = is_coarse;
  config.output.colorspace = has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = width * (has_alpha ? 4 : 3);
  config.output.u.RGBA.size = (size_t)config.output.u.RGBA.stride * (size_t)height;
  status = WebPDecode(chunks, count, &config);
  WebPFreeDecBuffer(&config.output);
  return words(status);
}
