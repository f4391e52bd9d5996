#include <gexiv2/gexiv2.h>
#include <stdio.h>

#include "CGExiv2.h"

/* GExiv2Metadata under another name, so that no GLib header is needed by who includes ours. */
static GExiv2Metadata *unwrap(cgexiv2_metadata *metadata) { return (GExiv2Metadata *)metadata; }

int cgexiv2_start(void) {
  if (!gexiv2_initialize()) return -1;
  if (cgexiv2_register(CGEXIV2_OWN_NAMESPACE, CGEXIV2_OWN_PREFIX) != 0) return -1;
  gexiv2_log_set_level(GEXIV2_LOG_LEVEL_MUTE);
  /* Comments of old cameras are Latin-1; the converter is a file, loaded while files can be. */
  GIConv converter = g_iconv_open("UTF-8", "ISO-8859-1");
  if (converter != (GIConv)-1) g_iconv_close(converter);
  return 0;
}

cgexiv2_metadata *cgexiv2_open(
    const void *bytes, size_t count, char *message, size_t message_size) {
  GError *error = NULL;
  GExiv2Metadata *metadata = gexiv2_metadata_new();
  if (metadata == NULL || count > G_MAXLONG ||
      !gexiv2_metadata_open_buf(metadata, bytes, (glong)count, &error)) {
    snprintf(message, message_size, "%s", error != NULL ? error->message : "gexiv2 gave no reason");
    g_clear_error(&error);
    if (metadata != NULL) g_object_unref(metadata);
    return NULL;
  }
  return (cgexiv2_metadata *)metadata;
}

void cgexiv2_close(cgexiv2_metadata *metadata) {
  if (metadata != NULL) g_object_unref(unwrap(metadata));
}

void cgexiv2_values(
    cgexiv2_metadata *metadata, const char *tag, cgexiv2_visit visit, void *context) {
  GError *error = NULL;
  if (gexiv2_metadata_try_has_tag(unwrap(metadata), tag, &error)) {
    gchar **values = gexiv2_metadata_try_get_tag_multiple(unwrap(metadata), tag, &error);
    if (values != NULL && error == NULL) {
      for (gchar **value = values; *value != NULL; value++) visit(context, tag, *value);
    }
    g_strfreev(values);
  }
  g_clear_error(&error);
}

/* Hands out the value of a tag that is there: each look for a tag goes through all of them. */
static void give_interpreted(
    cgexiv2_metadata *metadata, const char *tag, cgexiv2_visit visit, void *context) {
  GError *error = NULL;
  gchar *value = gexiv2_metadata_try_get_tag_interpreted_string(unwrap(metadata), tag, &error);
  if (value != NULL && error == NULL) visit(context, tag, value);
  g_free(value);
  g_clear_error(&error);
}

void cgexiv2_interpreted(
    cgexiv2_metadata *metadata, const char *tag, cgexiv2_visit visit, void *context) {
  GError *error = NULL;
  if (gexiv2_metadata_try_has_tag(unwrap(metadata), tag, &error))
    give_interpreted(metadata, tag, visit, context);
  g_clear_error(&error);
}

void cgexiv2_each(
    cgexiv2_metadata *metadata, size_t limit, cgexiv2_visit visit, void *context) {
  gchar **lists[3] = {
      gexiv2_metadata_get_exif_tags(unwrap(metadata)),
      gexiv2_metadata_get_iptc_tags(unwrap(metadata)),
      gexiv2_metadata_get_xmp_tags(unwrap(metadata)),
  };
  size_t left = limit;
  for (int kind = 0; kind < 3; kind++) {
    for (gchar **tag = lists[kind]; tag != NULL && *tag != NULL && left > 0; tag++, left--) {
      if (kind == 1) {
        GError *error = NULL;
        gchar **values = gexiv2_metadata_try_get_tag_multiple(unwrap(metadata), *tag, &error);
        if (values != NULL && error == NULL) {
          gchar *joined = g_strjoinv(", ", values);
          visit(context, *tag, joined);
          g_free(joined);
        }
        g_strfreev(values);
        g_clear_error(&error);
      } else {
        give_interpreted(metadata, *tag, visit, context);
      }
    }
    g_strfreev(lists[kind]);
  }
}
