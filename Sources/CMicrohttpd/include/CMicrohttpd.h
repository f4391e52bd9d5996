/* libmicrohttpd for Swift: its variadic calls, one pass over the request headers, and answers made
   from bytes, file ranges and streams. No library or system header is included here, so that their
   types do not leak into every Swift file. */
#ifndef CMICROHTTPD_H
#define CMICROHTTPD_H

#include <stddef.h>
#include <stdint.h>

/* A connection of the library; valid from the start to the end of one request, and while suspended. */
typedef struct MHD_Connection cmhd_connection;
/* An answer under construction; owned by the caller until cmhd_answer or cmhd_discard. */
typedef struct MHD_Response cmhd_response;
/* An answer that can be given again and again, on any thread; counted. */
typedef struct cmhd_shared cmhd_shared;
/* A running daemon. */
typedef struct cmhd_daemon cmhd_daemon;

/* Bytes that live as long as the request; `bytes` is NULL when there are none. */
typedef struct cmhd_text {
  const unsigned char *bytes;
  size_t count;
} cmhd_text;

/* What the server looks at in a request's head. */
typedef struct cmhd_head {
  cmhd_text method;
  /* The path as sent, not decoded, without the query. */
  cmhd_text path;
  /* What follows the first '?', as sent. */
  cmhd_text query;
  cmhd_text host;
  cmhd_text origin;
  cmhd_text sec_fetch_site;
  cmhd_text sec_fetch_mode;
  cmhd_text sec_fetch_dest;
  cmhd_text content_type;
  cmhd_text content_length;
  cmhd_text transfer_encoding;
  cmhd_text authorization;
  cmhd_text cookie;
  cmhd_text if_none_match;
  cmhd_text if_modified_since;
  cmhd_text if_range;
  cmhd_text range;
  /* How often a header above came again, or a name had a character that no name may have. */
  unsigned doubtful_count;
} cmhd_head;

/* What the caller decides about a request's head or body. */
enum cmhd_verdict {
  /* Close the connection without an answer. */
  CMHD_CLOSE = 0,
  /* Go on: read the body, or an answer was given, or the connection was suspended. */
  CMHD_CONTINUE = 1,
};

/* What the daemon calls, each on one of its threads. */
typedef struct cmhd_callbacks {
  /* A connection was accepted; what is returned is its `connection_context`. */
  void *(*opened)(void *context, int descriptor);
  /* The connection is about to be closed; its descriptor is still open. */
  void (*closed)(void *context, void *connection_context);
  /* The head of a GET without body is complete: a finished answer of status 200, which the daemon
     gives and then releases, or NULL to have `head` called. */
  cmhd_shared *(*prepared)(void *context, void *connection_context, const cmhd_head *head);
  /* The head of a request is complete. May answer, or set `*request_context` and continue. */
  int (*head)(
      void *context, void *connection_context, cmhd_connection *connection,
      const cmhd_head *head, void **request_context);
  /* A piece of the body. */
  int (*body)(void *context, void *request_context, const void *bytes, size_t count);
  /* The body is complete, or the connection was resumed. May answer or suspend. */
  int (*ready)(void *context, void *request_context, cmhd_connection *connection);
  /* The request is over, answered or not; `request_context` may be NULL. */
  void (*completed)(void *context, void *connection_context, void *request_context);
} cmhd_callbacks;

/* The limits of a daemon. */
typedef struct cmhd_configuration {
  /* A listening socket; the daemon closes it. */
  int listening_descriptor;
  unsigned thread_count;
  unsigned connection_limit;
  unsigned connection_limit_per_address;
  unsigned idle_seconds;
  /* Bytes for the head and the buffers of one connection. */
  size_t connection_byte_count;
  size_t thread_stack_byte_count;
} cmhd_configuration;

/* Starts a daemon; NULL with errno set when it cannot. */
cmhd_daemon *cmhd_start(
    const cmhd_configuration *configuration, const cmhd_callbacks *callbacks, void *context);

/* Stops accepting connections; those that are open go on. */
void cmhd_stop_accepting(cmhd_daemon *daemon);

/* Closes all connections and joins the threads. No connection may be suspended. */
void cmhd_stop(cmhd_daemon *daemon);

/* Takes a connection out of the daemon's loop until cmhd_resume, which may be called from anywhere. */
void cmhd_suspend(cmhd_connection *connection);
void cmhd_resume(cmhd_connection *connection);

/* The socket of a connection. */
int cmhd_descriptor(cmhd_connection *connection);

/* Makes an answer whose body is `bytes`, lent until `released(owner)` is called. NULL: no memory. */
cmhd_response *cmhd_bytes_response(
    const void *bytes, size_t count, void (*released)(void *owner), void *owner);

/* Makes an answer whose body is part of an open file, sent by the kernel; closes `descriptor`. */
cmhd_response *cmhd_file_response(int descriptor, uint64_t offset, uint64_t count);

/* What a reader of a stream returns besides a count of bytes. */
#define CMHD_STREAM_WAITS 0L
#define CMHD_STREAM_ENDS (-1L)
#define CMHD_STREAM_BREAKS (-2L)

/* Makes an answer of unknown length. The reader runs on a thread of the daemon; before it returns
   CMHD_STREAM_WAITS it must have suspended the connection. */
cmhd_response *cmhd_stream_response(
    size_t block_byte_count, long (*read)(void *owner, void *bytes, size_t count),
    void (*released)(void *owner), void *owner);

/* Adds a header; 0 when the name or the value is not allowed in one. */
int cmhd_add_header(cmhd_response *response, const char *name, const char *value);

/* A header that stays where it is. */
typedef struct cmhd_header {
  const char *name;
  const char *value;
} cmhd_header;

/* Adds headers that cannot be refused; 0 when there is no memory. */
int cmhd_add_headers(cmhd_response *response, const cmhd_header *headers, size_t count);

/* Gives the answer; the daemon frees it. 0 when the connection cannot be answered any more. */
int cmhd_answer(cmhd_connection *connection, unsigned status, cmhd_response *response);

/* Frees an answer that was not given. */
void cmhd_discard(cmhd_response *response);

/* Makes an answer one that can be given many times, with a count of one; NULL, and the answer freed, when
   there is no memory. No headers may be added from here on. */
cmhd_shared *cmhd_share(cmhd_response *response);

/* One more owner; returns its argument. */
cmhd_shared *cmhd_retain(cmhd_shared *shared);

/* One owner less; the last one frees the answer, once no connection sends from it. */
void cmhd_release(cmhd_shared *shared);

/* A set of sockets that says which clients have hung up: epoll(7), which Swift's Glibc lacks. Each of
   these returns -1 with errno set when the system call fails. */
int cmhd_hangup_create(void);
/* Watches a socket until it is removed or reported; `identifier` is what it is reported by. */
int cmhd_hangup_add(int set, int descriptor, uint64_t identifier);
int cmhd_hangup_remove(int set, int descriptor);
/* Waits for hang-ups; the count of identifiers written to `identifiers`. */
int cmhd_hangup_wait(int set, uint64_t *identifiers, int capacity, int milliseconds);

#endif
