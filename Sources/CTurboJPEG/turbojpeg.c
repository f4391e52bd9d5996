#include "CTurboJPEG.h"

#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* stdio.h must come first. */
#include <jerror.h>
#include <jpeglib.h>

enum { INPUT_SIZE = 64 << 10 };
/* A damaged file can warn once per block; libjpeg goes on for ever, we do not. */
enum { MAX_WARNINGS = 200 };

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  int truncated;
  char *message;
  size_t message_size;
} error_manager;

typedef struct {
  struct jpeg_source_mgr base;
  int descriptor;
  long long offset;
  JOCTET buffer[INPUT_SIZE];
} source_manager;

static void note(j_common_ptr info) {
  error_manager *errors = (error_manager *)info->err;
  char text[JMSG_LENGTH_MAX];
  (*info->err->format_message)(info, text);
  if (errors->message_size > 0) snprintf(errors->message, errors->message_size, "%s", text);
}

static void error_exit(j_common_ptr info) {
  note(info);
  longjmp(((error_manager *)info->err)->jump, 1);
}

static void emit_message(j_common_ptr info, int level) {
  error_manager *errors = (error_manager *)info->err;
  if (level >= 0) return;
  if (info->err->msg_code == JWRN_JPEG_EOF || info->err->msg_code == JWRN_HIT_MARKER) {
    /* JWRN_HIT_MARKER: the entropy-coded data ends before the picture does. */
    if (info->err->msg_code == JWRN_JPEG_EOF) errors->truncated = 1;
    note(info);
  }
  if (++info->err->num_warnings > MAX_WARNINGS) error_exit(info);
}

static void output_message(j_common_ptr info) { (void)info; }

static void init_source(j_decompress_ptr info) { (void)info; }

static boolean fill_input_buffer(j_decompress_ptr info) {
  source_manager *source = (source_manager *)info->src;
  ssize_t got = 0;
  if (source->descriptor >= 0) {
    do
      got = pread(source->descriptor, source->buffer, INPUT_SIZE, source->offset);
    while (got < 0 && errno == EINTR);
  }
  if (got <= 0) {
    WARNMS(info, JWRN_JPEG_EOF);
    source->buffer[0] = 0xFF;
    source->buffer[1] = JPEG_EOI;
    got = 2;
  } else {
    source->offset += got;
  }
  source->base.next_input_byte = source->buffer;
  source->base.bytes_in_buffer = (size_t)got;
  return TRUE;
}

static void skip_input_data(j_decompress_ptr info, long count) {
  source_manager *source = (source_manager *)info->src;
  if (count <= 0) return;
  if ((size_t)count <= source->base.bytes_in_buffer) {
    source->base.next_input_byte += count;
    source->base.bytes_in_buffer -= (size_t)count;
    return;
  }
  source->offset += count - (long)source->base.bytes_in_buffer;
  source->base.bytes_in_buffer = 0;
}

static void term_source(j_decompress_ptr info) { (void)info; }

static void start_source(source_manager *source) {
  source->base.init_source = init_source;
  source->base.fill_input_buffer = fill_input_buffer;
  source->base.skip_input_data = skip_input_data;
  source->base.resync_to_restart = jpeg_resync_to_restart;
  source->base.term_source = term_source;
}

struct cturbojpeg_decoder {
  struct jpeg_decompress_struct info;
  error_manager errors;
  JOCTET *profile;
  /* Last: its buffer is left as it is. */
  source_manager source;
};

/* What an error means that has just jumped. */
static int meaning(const error_manager *errors) {
  int code = errors->base.msg_code;
  if (code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED || code == JERR_CONVERSION_NOTIMPL ||
      code == JERR_ARITH_NOTIMPL || code == JERR_NOTIMPL || code == JERR_NOT_COMPILED ||
      code == JERR_CCIR601_NOTIMPL)
    return CTURBOJPEG_UNSUPPORTED;
  if (code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE) return CTURBOJPEG_NO_MEMORY;
  if (errors->truncated || code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY)
    return CTURBOJPEG_TRUNCATED;
  return CTURBOJPEG_CORRUPT;
}

static void listen(error_manager *errors, char *message, size_t message_size) {
  errors->message = message;
  errors->message_size = message_size;
  if (message_size > 0) message[0] = 0;
}

int cturbojpeg_open(
    const cturbojpeg_input *input, int target, long memory_limit, cturbojpeg_header *header,
    cturbojpeg_decoder **opened, char *message, size_t message_size) {
  memset(header, 0, sizeof *header);
  *opened = NULL;
  cturbojpeg_decoder *decoder = malloc(sizeof *decoder);
  if (!decoder) return CTURBOJPEG_NO_MEMORY;
  memset(decoder, 0, offsetof(cturbojpeg_decoder, source.buffer));
  j_decompress_ptr info = &decoder->info;
  info->err = jpeg_std_error(&decoder->errors.base);
  decoder->errors.base.error_exit = error_exit;
  decoder->errors.base.emit_message = emit_message;
  decoder->errors.base.output_message = output_message;
  listen(&decoder->errors, message, message_size);
  if (setjmp(decoder->errors.jump)) {
    int code = meaning(&decoder->errors);
    cturbojpeg_close(decoder);
    return code;
  }
  jpeg_create_decompress(info);
  if (memory_limit > 0) info->mem->max_memory_to_use = memory_limit;
  start_source(&decoder->source);
  info->src = &decoder->source.base;
  decoder->source.descriptor = input->bytes ? -1 : input->descriptor;
  decoder->source.offset = input->offset;
  decoder->source.base.next_input_byte = input->bytes;
  decoder->source.base.bytes_in_buffer = input->bytes ? input->byte_count : 0;
  jpeg_save_markers(info, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(info, TRUE);
  int is_inks = info->num_components == 4;
  int longest =
      (int)(info->image_width > info->image_height ? info->image_width : info->image_height);
  int denominator = 8;
  while (denominator > 1 && longest / denominator < target) denominator /= 2;
  info->scale_num = 1;
  info->scale_denom = (unsigned int)denominator;
  /* YCCK becomes CMYK. */
  info->out_color_space = is_inks ? JCS_CMYK : JCS_RGB;
  /* The fast transform differs by less than the reduction that follows leaves of it. */
  info->dct_method = JDCT_ISLOW;
  jpeg_calc_output_dimensions(info);
  header->full_width = (int)info->image_width;
  header->full_height = (int)info->image_height;
  header->width = (int)info->output_width;
  header->height = (int)info->output_height;
  header->denominator = denominator;
  header->channels = is_inks ? 4 : 3;
  unsigned int profile_size = 0;
  if (jpeg_read_icc_profile(info, &decoder->profile, &profile_size)) {
    header->profile = decoder->profile;
    header->profile_size = profile_size;
  }
  *opened = decoder;
  return CTURBOJPEG_OK;
}

int cturbojpeg_read(
    cturbojpeg_decoder *decoder, unsigned char *pixels, char *message, size_t message_size) {
  j_decompress_ptr info = &decoder->info;
  listen(&decoder->errors, message, message_size);
  if (setjmp(decoder->errors.jump)) return meaning(&decoder->errors);
  jpeg_start_decompress(info);
  /* At most 65,535 × 4 bytes. */
  size_t row = (size_t)info->output_width * (size_t)info->output_components;
  while (info->output_scanline < info->output_height && !decoder->errors.truncated) {
    JSAMPROW line = pixels + row * info->output_scanline;
    jpeg_read_scanlines(info, &line, 1);
    /* Adobe's programs, and all that write their marker, store inks upside down. */
    if (info->out_color_space == JCS_CMYK && info->saw_Adobe_marker)
      for (size_t at = 0; at < row; at++) line[at] = (JSAMPLE)(255 - line[at]);
  }
  /* Without jpeg_finish_decompress(): what follows the picture (the second picture of an MPO, padding)
     is of no interest. */
  return decoder->errors.truncated ? CTURBOJPEG_TRUNCATED : CTURBOJPEG_OK;
}

void cturbojpeg_close(cturbojpeg_decoder *decoder) {
  jpeg_destroy_decompress(&decoder->info);
  free(decoder->profile);
  free(decoder);
}

int cturbojpeg_encode(
    const unsigned char *rgb, int width, int height, int quality, unsigned char **jpeg,
    size_t *jpeg_size, char *message, size_t message_size) {
  struct jpeg_compress_struct info;
  error_manager errors;
  unsigned char *bytes = NULL;
  unsigned long size = 0;
  memset(&info, 0, sizeof info);
  if (message_size > 0) message[0] = 0;
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = error_exit;
  errors.base.output_message = output_message;
  errors.message = message;
  errors.message_size = message_size;
  if (setjmp(errors.jump)) {
    jpeg_destroy_compress(&info);
    return CTURBOJPEG_NO_MEMORY;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = (JDIMENSION)width;
  info.image_height = (JDIMENSION)height;
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW line = (JSAMPROW)(rgb + (size_t)info.next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *jpeg = bytes;
  *jpeg_size = size;
  return CTURBOJPEG_OK;
}

void cturbojpeg_free_bytes(unsigned char *bytes) { free(bytes); }
