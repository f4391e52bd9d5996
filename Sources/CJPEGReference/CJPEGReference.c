#include "CJPEGReference.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* stdio.h must come first. */
#include <jpeglib.h>

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf jump;
} error_manager;

static void error_exit(j_common_ptr info) { longjmp(((error_manager *)info->err)->jump, 1); }

/* A damaged file of many scans can warn for minutes. */
enum { MAX_WARNINGS = 1000 };

static void emit_message(j_common_ptr info, int level) {
  if (level < 0 && ++info->err->num_warnings > MAX_WARNINGS) error_exit(info);
}

static void output_message(j_common_ptr info) { (void)info; }

static void start_errors(error_manager *errors) {
  jpeg_std_error(&errors->base);
  errors->base.error_exit = error_exit;
  errors->base.emit_message = emit_message;
  errors->base.output_message = output_message;
}

int cjpegreference_encode(
    const unsigned char *samples, const cjpegreference_style *style, unsigned char **jpeg,
    size_t *jpeg_size) {
  struct jpeg_compress_struct info;
  error_manager errors;
  unsigned char *bytes = NULL;
  unsigned long size = 0;
  memset(&info, 0, sizeof info);
  start_errors(&errors);
  info.err = &errors.base;
  if (setjmp(errors.jump)) {
    jpeg_destroy_compress(&info);
    free(bytes);
    return -1;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = (JDIMENSION)style->width;
  info.image_height = (JDIMENSION)style->height;
  info.input_components = style->channels;
  info.in_color_space =
      style->channels == 1 ? JCS_GRAYSCALE : style->channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, (J_COLOR_SPACE)style->colour_space);
  jpeg_set_quality(&info, style->quality, TRUE);
  info.comp_info[0].h_samp_factor = style->horizontal;
  info.comp_info[0].v_samp_factor = style->vertical;
  for (int index = 1; index < info.num_components; index++) {
    info.comp_info[index].h_samp_factor = 1;
    info.comp_info[index].v_samp_factor = 1;
  }
  if (info.num_components == 4) {
    info.comp_info[3].h_samp_factor = style->horizontal;
    info.comp_info[3].v_samp_factor = style->vertical;
  }
  info.restart_interval = (unsigned int)style->restart_interval;
  info.optimize_coding = style->optimize ? TRUE : FALSE;
  info.arith_code = style->arithmetic ? TRUE : FALSE;
  if (style->progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW line = (JSAMPROW)(samples + (size_t)info.next_scanline * (size_t)style->width *
                                             (size_t)style->channels);
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *jpeg = bytes;
  *jpeg_size = size;
  return 0;
}

int cjpegreference_decode(
    const unsigned char *jpeg, size_t jpeg_size, int denominator, int *channels, int *width,
    int *height, unsigned char **samples, long *warnings) {
  struct jpeg_decompress_struct info;
  error_manager errors;
  unsigned char *volatile pixels = NULL;
  memset(&info, 0, sizeof info);
  start_errors(&errors);
  info.err = &errors.base;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&info);
    free(pixels);
    return -1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, jpeg, jpeg_size);
  jpeg_read_header(&info, TRUE);
  info.scale_num = 1;
  info.scale_denom = (unsigned int)denominator;
  int wanted = *channels;
  if (wanted == 0) wanted = info.num_components;
  if (wanted == 1) info.out_color_space = JCS_GRAYSCALE;
  if (wanted == 3) info.out_color_space = JCS_RGB;
  if (wanted == 4) info.out_color_space = JCS_CMYK;
  jpeg_start_decompress(&info);
  size_t row = (size_t)info.output_width * (size_t)info.output_components;
  pixels = malloc(row * info.output_height);
  if (!pixels) {
    jpeg_destroy_decompress(&info);
    return -1;
  }
  while (info.output_scanline < info.output_height) {
    JSAMPROW line = pixels + row * info.output_scanline;
    jpeg_read_scanlines(&info, &line, 1);
  }
  *channels = info.output_components;
  *width = (int)info.output_width;
  *height = (int)info.output_height;
  *samples = pixels;
  *warnings = errors.base.num_warnings;
  jpeg_destroy_decompress(&info);
  return 0;
}

int cjpegreference_dc(
    const unsigned char *jpeg, size_t jpeg_size, int component, int *blocks_across,
    int *blocks_down, short **coefficients, long *warnings) {
  struct jpeg_decompress_struct info;
  error_manager errors;
  short *volatile result = NULL;
  memset(&info, 0, sizeof info);
  start_errors(&errors);
  info.err = &errors.base;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&info);
    free(result);
    return -1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, jpeg, jpeg_size);
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr *arrays = jpeg_read_coefficients(&info);
  if (!arrays || component >= info.num_components) {
    jpeg_destroy_decompress(&info);
    return -1;
  }
  jpeg_component_info *part = &info.comp_info[component];
  result = malloc(sizeof(short) * part->width_in_blocks * part->height_in_blocks);
  if (!result) {
    jpeg_destroy_decompress(&info);
    return -1;
  }
  for (JDIMENSION y = 0; y < part->height_in_blocks; y++) {
    JBLOCKARRAY rows =
        (*info.mem->access_virt_barray)((j_common_ptr)&info, arrays[component], y, 1, FALSE);
    for (JDIMENSION x = 0; x < part->width_in_blocks; x++)
      result[(size_t)y * part->width_in_blocks + x] = rows[0][x][0];
  }
  *blocks_across = (int)part->width_in_blocks;
  *blocks_down = (int)part->height_in_blocks;
  *coefficients = result;
  *warnings = errors.base.num_warnings;
  jpeg_destroy_decompress(&info);
  return 0;
}

void cjpegreference_free(void *memory) { free(memory); }
