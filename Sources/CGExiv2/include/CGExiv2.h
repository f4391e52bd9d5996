/* The few things Albumen asks of gexiv2, on bytes in memory only. C++ exceptions of exiv2 end inside
   gexiv2, which answers with an error text. One thread at a time may use one set of metadata. */
#ifndef CGEXIV2_H
#define CGEXIV2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Albumen's own namespace in XMP, for what has no home in others. Files hold it: it never changes. */
#define CGEXIV2_OWN_NAMESPACE "urn:albumen:xmp:1/"
#define CGEXIV2_OWN_PREFIX "albumen"

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

/* Makes a namespace of XMP known under a prefix. 0 when all is well. */
int cgexiv2_register(const char *uri, const char *prefix);

/* XMP that is being changed. */
typedef struct cgexiv2_edit cgexiv2_edit;

/* What a tag holds: one text, a list without an order, a list with one. */
enum { CGEXIV2_TEXT = 0, CGEXIV2_BAG = 1, CGEXIV2_SEQUENCE = 2 };

/* Receives the bytes that were made; valid during the call only. */
typedef void (*cgexiv2_take)(void *context, const void *bytes, size_t count);

/* Opens a copy of a packet; a new one for `count` 0. NULL on failure, with the reason in `message`. */
cgexiv2_edit *cgexiv2_edit_open(
    const void *bytes, size_t count, char *message, size_t message_size);

/* Frees it; NULL is allowed. */
void cgexiv2_edit_close(cgexiv2_edit *edit);

/* Calls `visit` with each text of a tag. This and the following: 0, or -1 and the reason. */
int cgexiv2_edit_values(
    cgexiv2_edit *edit, const char *tag, cgexiv2_visit visit, void *context, char *message,
    size_t message_size);

/* Takes a tag away. */
int cgexiv2_edit_clear(
    cgexiv2_edit *edit, const char *tag, char *message, size_t message_size);

/* Adds a value to a tag: the text of one that has none, or one more item of a list. */
int cgexiv2_edit_add(
    cgexiv2_edit *edit, const char *tag, int kind, const char *value, char *message,
    size_t message_size);

/* Hands out the new packet, without a wrapper. */
int cgexiv2_edit_finish(
    cgexiv2_edit *edit, cgexiv2_take take, void *context, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
