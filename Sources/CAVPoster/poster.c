#include "CAVPoster.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
  INPUT_SIZE = 64 << 10,
  /* What is looked at before giving up. */
  MAX_PACKETS = 4000,
  MAX_FRAMES = 64
};

typedef struct {
  int descriptor;
  long long byte_count;
  long long offset;
  long long deadline;
} input;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int on_read(void *data, uint8_t *buffer, int size) {
  input *in = data;
  ssize_t got;
  do
    got = pread(in->descriptor, buffer, (size_t)size, in->offset);
  while (got < 0 && errno == EINTR);
  if (got < 0) return AVERROR(errno);
  if (got == 0) return AVERROR_EOF;
  in->offset += got;
  return (int)got;
}

static int64_t on_seek(void *data, int64_t offset, int whence) {
  input *in = data;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return in->byte_count;
    case SEEK_SET: break;
    case SEEK_CUR: offset += in->offset; break;
    case SEEK_END: offset += in->byte_count; break;
    default: return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  in->offset = offset;
  return offset;
}

static int on_interrupt(void *data) { return now() > ((input *)data)->deadline; }

/* Playlists and external tracks do not get to open anything. */
static int refuse_open(
    AVFormatContext *context, AVIOContext **io, const char *url, int flags,
    AVDictionary **options) {
  (void)context;
  (void)io;
  (void)url;
  (void)flags;
  (void)options;
  return AVERROR(EPERM);
}

static int rotation(const AVStream *stream) {
  const uint8_t *matrix = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
  if (!matrix) return 0;
  double angle = av_display_rotation_get((const int32_t *)matrix);
  if (!(angle > -360 && angle < 360)) return 0;
  int turn = (int)(angle < 0 ? -angle + 0.5 : 360 - angle + 0.5) % 360;
  return (turn + 45) / 90 * 90 % 360;
}

/* True when hardly anything can be seen in the luma plane (or the first one). */
static int is_black(const AVFrame *frame) {
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  if (!format || !frame->data[0] || format->flags & (AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL))
    return 0;
  int depth = format->comp[0].depth, step = format->comp[0].step;
  int wide = depth > 8;
  long long sum = 0, count = 0;
  for (int y = 0; y < frame->height; y += 1 + frame->height / 64) {
    const uint8_t *row = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
    for (int x = 0; x < frame->width; x += 1 + frame->width / 64) {
      int value = wide ? (row[x * step] | row[x * step + 1] << 8) >> (depth - 8) : row[x * step];
      sum += value;
      count++;
    }
  }
  return count > 0 && sum / count < 24;
}

static int scale(const AVFrame *frame, AVRational aspect, int target, cavposter_picture *picture) {
  int width = frame->width, height = frame->height;
  double shape = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
  if (!(shape > 0.1 && shape < 10)) shape = 1;
  double wide = width * (shape > 1 ? shape : 1), high = height * (shape < 1 ? 1 / shape : 1);
  picture->full_width = (int)(wide + 0.5);
  picture->full_height = (int)(high + 0.5);
  double longest = wide > high ? wide : high;
  double factor = longest > target ? target / longest : 1;
  picture->width = (int)(wide * factor + 0.5);
  picture->height = (int)(high * factor + 0.5);
  if (picture->width < 1) picture->width = 1;
  if (picture->height < 1) picture->height = 1;
  struct SwsContext *context = sws_getContext(
      width, height, frame->format, picture->width, picture->height, AV_PIX_FMT_RGB24,
      SWS_AREA | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
  if (!context) return AVERROR(ENOSYS);
  int space = frame->colorspace;
  if (space == AVCOL_SPC_UNSPECIFIED) space = height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  const int *matrix = sws_getCoefficients(space == AVCOL_SPC_RGB ? AVCOL_SPC_BT709 : space);
  int full = frame->color_range == AVCOL_RANGE_JPEG;
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  if (format && strncmp(format->name, "yuvj", 4) == 0) full = 1;
  sws_setColorspaceDetails(
      context, matrix, full, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  int row = picture->width * 3;
  /* swscale may write whole vectors at the end of the last row. */
  picture->pixels = malloc((size_t)row * (size_t)picture->height + 64);
  int code = AVERROR(ENOMEM);
  if (picture->pixels) {
    uint8_t *planes[4] = {picture->pixels};
    int strides[4] = {row};
    code = sws_scale(
        context, (const uint8_t *const *)frame->data, frame->linesize, 0, height, planes, strides);
  }
  sws_freeContext(context);
  picture->transfer = frame->color_trc;
  picture->primaries = frame->color_primaries;
  return code < 0 ? code : 0;
}

static int pick_stream(const AVFormatContext *context) {
  int cover = -1;
  for (unsigned i = 0; i < context->nb_streams; i++) {
    const AVStream *stream = context->streams[i];
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if (!(stream->disposition & AV_DISPOSITION_ATTACHED_PIC)) return (int)i;
    if (cover < 0) cover = (int)i;
  }
  return cover;
}

/* Decodes until a frame is worth showing; `best` holds it, or the last one there was. */
static int find_frame(
    AVFormatContext *format, AVCodecContext *codec, int stream, input *in, AVFrame *best) {
  AVPacket *packet = av_packet_alloc();
  AVFrame *frame = av_frame_alloc();
  int found = 0, frames = 0, ended = 0;
  if (!packet || !frame) goto done;
  for (int packets = 0; packets < MAX_PACKETS && !ended && frames < MAX_FRAMES; packets++) {
    if (now() > in->deadline) break;
    int code = av_read_frame(format, packet);
    if (code < 0) {
      ended = 1;
      avcodec_send_packet(codec, NULL);
    } else {
      if (packet->stream_index == stream) avcodec_send_packet(codec, packet);
      av_packet_unref(packet);
    }
    while (avcodec_receive_frame(codec, frame) == 0) {
      frames++;
      if (frame->width > 0 && frame->height > 0 &&
          !(frame->flags & AV_FRAME_FLAG_CORRUPT && found)) {
        int usable = !is_black(frame) && !(frame->flags & AV_FRAME_FLAG_CORRUPT);
        if (!found || usable) {
          av_frame_unref(best);
          av_frame_move_ref(best, frame);
          found = 1;
        }
        if (usable) goto done;
      }
      av_frame_unref(frame);
    }
  }
done:
  av_frame_free(&frame);
  av_packet_free(&packet);
  return found;
}

int cavposter_decode(
    int descriptor, long long byte_count, int target, long long maximum_pixels,
    int time_limit_milliseconds, cavposter_picture *picture, char *message, size_t message_size) {
  input in = {descriptor, byte_count, 0, now() + time_limit_milliseconds};
  AVFormatContext *format = NULL;
  AVIOContext *io = NULL;
  AVCodecContext *codec = NULL;
  AVDictionary *options = NULL;
  AVFrame *frame = NULL;
  const char *what = "there is no memory to open it";
  int code = AVERROR(ENOMEM), index;
  memset(picture, 0, sizeof *picture);
  av_log_set_level(AV_LOG_QUIET);
  uint8_t *buffer = av_malloc(INPUT_SIZE);
  if (buffer) io = avio_alloc_context(buffer, INPUT_SIZE, 0, &in, on_read, NULL, on_seek);
  if (!io) {
    av_free(buffer);
    goto done;
  }
  format = avformat_alloc_context();
  if (!format) goto done;
  format->pb = io;
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = refuse_open;
  format->interrupt_callback.callback = on_interrupt;
  format->interrupt_callback.opaque = &in;
  format->probesize = 4 << 20;
  format->max_analyze_duration = 5 * AV_TIME_BASE;
  format->max_streams = 64;
  format->max_index_size = 4 << 20;
  av_dict_set(&options, "format_whitelist", "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi", 0);
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  what = "the container cannot be read";
  code = avformat_open_input(&format, NULL, NULL, &options);
  av_dict_free(&options);
  if (code < 0) goto done;
  code = avformat_find_stream_info(format, NULL);
  if (code < 0) goto done;
  index = pick_stream(format);
  what = "there is no video in it";
  code = AVERROR_STREAM_NOT_FOUND;
  if (index < 0) goto done;
  AVStream *stream = format->streams[index];
  for (unsigned i = 0; i < format->nb_streams; i++)
    if ((int)i != index) format->streams[i]->discard = AVDISCARD_ALL;
  const AVCodec *decoder = avcodec_find_decoder(stream->codecpar->codec_id);
  what = "there is no decoder for its video, unsupported";
  code = AVERROR_DECODER_NOT_FOUND;
  if (!decoder) goto done;
  codec = avcodec_alloc_context3(decoder);
  code = AVERROR(ENOMEM);
  if (!codec || (code = avcodec_parameters_to_context(codec, stream->codecpar)) < 0) goto done;
  codec->thread_count = 1;
  codec->max_pixels = maximum_pixels;
  codec->pkt_timebase = stream->time_base;
  what = "its frames are too large";
  code = AVERROR(EINVAL);
  if ((long long)codec->width * codec->height > maximum_pixels) goto done;
  what = "its video decoder cannot start";
  code = avcodec_open2(codec, decoder, NULL);
  if (code < 0) goto done;
  int64_t duration = format->duration > 0 ? format->duration : 0;
  int64_t at = duration / 10;
  if (at > 10 * (int64_t)AV_TIME_BASE) at = 10 * (int64_t)AV_TIME_BASE;
  if (at > 0 && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC)) {
    int64_t start = format->start_time != AV_NOPTS_VALUE ? format->start_time : 0;
    av_seek_frame(format, -1, start + at, AVSEEK_FLAG_BACKWARD);
  }
  frame = av_frame_alloc();
  if (!frame) goto done;
  int found = find_frame(format, codec, index, &in, frame);
  if (!found && now() <= in.deadline) {
    /* A broken index: once more from the start. */
    avcodec_flush_buffers(codec);
    if (av_seek_frame(format, -1, 0, AVSEEK_FLAG_BACKWARD | AVSEEK_FLAG_ANY) >= 0)
      found = find_frame(format, codec, index, &in, frame);
  }
  what = now() > in.deadline ? "its time is over" : "no frame of it can be decoded";
  code = AVERROR_INVALIDDATA;
  if (!found) goto done;
  what = "its pixels cannot be converted";
  AVRational aspect = frame->sample_aspect_ratio.num > 0 ? frame->sample_aspect_ratio
                                                        : stream->sample_aspect_ratio;
  code = scale(frame, aspect, target, picture);
  picture->turn = rotation(stream);
done:
  if (code < 0 && message_size > 0) {
    char words[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(code, words, sizeof words);
    snprintf(message, message_size, "%s: %s", what, words);
  }
  av_frame_free(&frame);
  avcodec_free_context(&codec);
  avformat_close_input(&format);
  if (io) av_freep(&io->buffer);
  avio_context_free(&io);
  if (code < 0) cavposter_free(picture);
  return code < 0 ? -1 : 0;
}

void cavposter_free(cavposter_picture *picture) {
  free(picture->pixels);
  picture->pixels = NULL;
}
