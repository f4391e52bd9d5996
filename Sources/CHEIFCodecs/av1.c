#include "internal.h"

#include <dav1d/dav1d.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Pixels beyond this are refused by the decoder itself. */
enum { PIXEL_LIMIT = 1 << 30 };

static int take(Dav1dContext *decoder, Dav1dData *data, Dav1dPicture *picture) {
  for (;;) {
    int code = data->sz > 0 ? dav1d_send_data(decoder, data) : 0;
    if (code < 0 && code != DAV1D_ERR(EAGAIN)) return -1;
    code = dav1d_get_picture(decoder, picture);
    if (code == 0) return 0;
    if (code != DAV1D_ERR(EAGAIN) || data->sz == 0) return -1;
  }
}

int cheifcodecs_decode_av1(const cheifcodecs_input *input, cheifcodecs_frame *frame) {
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.frame_size_limit = PIXEL_LIMIT;
  settings.logger.callback = NULL;
  if (input->leaves_out_filters) {
    settings.apply_grain = 0;
    settings.inloop_filters = DAV1D_INLOOPFILTER_NONE;
  }
  Dav1dContext *decoder = NULL;
  if (dav1d_open(&decoder, &settings) < 0) return -1;
  Dav1dData data = {0};
  uint8_t *bytes = dav1d_data_create(&data, input->parameter_byte_count + input->byte_count);
  Dav1dPicture *picture = calloc(1, sizeof *picture);
  int code = -1;
  if (bytes && picture) {
    if (input->parameter_byte_count > 0)
      memcpy(bytes, input->parameters, input->parameter_byte_count);
    memcpy(bytes + input->parameter_byte_count, input->data, input->byte_count);
    code = take(decoder, &data, picture);
  }
  dav1d_data_unref(&data);
  /* The picture keeps its memory. */
  dav1d_close(&decoder);
  if (code != 0) {
    free(picture);
    return -1;
  }
  frame->owner = picture;
  frame->width = picture->p.w;
  frame->height = picture->p.h;
  frame->chroma = (int)picture->p.layout;
  frame->bits = picture->p.bpc;
  for (int plane = 0; plane < (frame->chroma == 0 ? 1 : 3); plane++) {
    frame->planes[plane] = picture->data[plane];
    frame->byte_strides[plane] = picture->stride[plane > 0];
  }
  frame->primaries = (int)picture->seq_hdr->pri;
  frame->transfer = (int)picture->seq_hdr->trc;
  frame->matrix = (int)picture->seq_hdr->mtrx;
  frame->is_full_range = picture->seq_hdr->color_range;
  return 0;
}

void cheifcodecs_free_av1(cheifcodecs_frame *frame) {
  Dav1dPicture *picture = frame->owner;
  dav1d_picture_unref(picture);
  free(picture);
}
