#include "internal.h"

#include <libde265/de265.h>
#include <limits.h>

/* Hands over NAL units with their lengths before them; -1 when the lengths do not add up. */
static int push(
    de265_decoder_context *decoder, const unsigned char *bytes, size_t count, int length_bytes) {
  size_t at = 0;
  while (at < count) {
    if (count - at < (size_t)length_bytes) return -1;
    size_t length = 0;
    for (int index = 0; index < length_bytes; index++) length = length << 8 | bytes[at++];
    if (length > count - at || length > INT_MAX) return -1;
    if (length > 0 && de265_push_NAL(decoder, bytes + at, (int)length, 0, NULL) != DE265_OK)
      return -1;
    at += length;
  }
  return 0;
}

int cheifcodecs_decode_hevc(const cheifcodecs_input *input, cheifcodecs_frame *frame) {
  if (input->length_byte_count < 1 || input->length_byte_count > 4) return -1;
  /* No worker threads are started: everything is done in de265_decode. */
  de265_decoder_context *decoder = de265_new_decoder();
  if (!decoder) return -1;
  frame->owner = decoder;
  de265_set_parameter_bool(
      decoder, DE265_DECODER_PARAM_DISABLE_DEBLOCKING, input->leaves_out_filters);
  de265_set_parameter_bool(decoder, DE265_DECODER_PARAM_DISABLE_SAO, input->leaves_out_filters);
  if (push(decoder, input->parameters, input->parameter_byte_count, 4) != 0 ||
      push(decoder, input->data, input->byte_count, input->length_byte_count) != 0 ||
      de265_flush_data(decoder) != DE265_OK)
    return -1;
  const struct de265_image *image = NULL;
  for (int more = 1; more && !image;) {
    more = 0;
    if (de265_decode(decoder, &more) != DE265_OK) return -1;
    image = de265_peek_next_picture(decoder);
  }
  /* What it warns of it has made up. */
  if (!image || de265_get_warning(decoder) != DE265_OK) return -1;
  frame->width = de265_get_image_width(image, 0);
  frame->height = de265_get_image_height(image, 0);
  frame->chroma = (int)de265_get_chroma_format(image);
  frame->bits = de265_get_bits_per_pixel(image, 0);
  int planes = frame->chroma == 0 ? 1 : 3;
  for (int plane = 0; plane < planes; plane++) {
    int stride = 0;
    frame->planes[plane] = de265_get_image_plane(image, plane, &stride);
    frame->byte_strides[plane] = stride;
    int across = plane > 0 && frame->chroma != 3 ? 2 : 1;
    int down = plane > 0 && frame->chroma == 1 ? 2 : 1;
    if (!frame->planes[plane] || de265_get_bits_per_pixel(image, plane) != frame->bits ||
        de265_get_image_width(image, plane) < (frame->width + across - 1) / across ||
        de265_get_image_height(image, plane) < (frame->height + down - 1) / down)
      return -1;
  }
  frame->primaries = de265_get_image_colour_primaries(image);
  frame->transfer = de265_get_image_transfer_characteristics(image);
  frame->matrix = de265_get_image_matrix_coefficients(image);
  frame->is_full_range = de265_get_image_full_range_flag(image);
  return 0;
}

void cheifcodecs_free_hevc(cheifcodecs_frame *frame) { de265_free_decoder(frame->owner); }
