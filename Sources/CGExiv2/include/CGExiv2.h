/* The few things Albumen asks of gexiv2, on bytes in memory only. C++ exceptions of exiv2 end inside
   gexiv2, which answers with an error text. One thread at a time may use one set of metadata. */
#ifndef CGEXIV2_H
#define CGEXIV2_H

#include <stddef.h>

/* What a block of bytes says about itself. */
typedef struct cgexiv2_metadata cgexiv2_metadata;

/* Receives a text; `value` is valid during the call only and not always UTF-8. */
typedef void (*cgexiv2_visit)(void *context, const char *key, const char *value);

/* Starts gexiv2 (XMP namespaces, converters) and silences its log. Call it once, before other
   threads and before a sandbox closes the file system. 0 when all is well. */
int cgexiv2_start(void);

/* Reads metadata from a file's bytes, which must stay valid until cgexiv2_close(). NULL on failure,
   with the library's own words in `message`. */
cgexiv2_metadata *cgexiv2_open(
    const void *bytes, size_t count, char *message, size_t message_size);

/* Frees the metadata; NULL is allowed. */
void cgexiv2_close(cgexiv2_metadata *metadata);

/* Calls `visit` with each tag and its value for people, in file order: EXIF, IPTC, XMP. Values of
   tags that occur several times are joined. Stops after `limit` tags. */
void cgexiv2_each(
    cgexiv2_metadata *metadata, size_t limit, cgexiv2_visit visit, void *context);

/* Calls `visit` with each of the values of one tag as the file has it; never for an absent tag. */
void cgexiv2_values(
    cgexiv2_metadata *metadata, const char *tag, cgexiv2_visit visit, void *context);

/* Calls `visit` once with the value of one tag for people; never for an absent tag. */
void cgexiv2_interpreted(
    cgexiv2_metadata *metadata, const char *tag, cgexiv2_visit visit, void *context);

#endif
