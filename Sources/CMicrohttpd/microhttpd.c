#include "include/CMicrohttpd.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct cmhd_daemon {
  struct MHD_Daemon *daemon;
  cmhd_callbacks callbacks;
  void *context;
};

struct cmhd_shared {
  atomic_size_t owner_count;
  struct MHD_Response *response;
};

/* Before the head is complete the context of a request is NULL or a copy of its query, marked by its
   lowest bit; after it, an answer that is ready is marked by the next one (what malloc returns has
   both clear). */
enum mark { MARK_QUERY = 1, MARK_ANSWER = 2, MARKS = 3 };
static int has_mark(const void *context, enum mark mark) {
  return ((uintptr_t)context & MARKS) == (uintptr_t)mark;
}
static void *marked(void *pointer, enum mark mark) {
  return (void *)((uintptr_t)pointer | (uintptr_t)mark);
}
static void *unmarked(void *context) { return (void *)((uintptr_t)context & ~(uintptr_t)MARKS); }

/* The library hands the target out undecoded only here. */
static void *note_target(void *owner, const char *target, struct MHD_Connection *connection) {
  (void)owner;
  (void)connection;
  const char *mark = strchr(target, '?');
  if (mark == NULL || mark[1] == 0) return NULL;
  char *copy = strdup(mark + 1);
  return copy == NULL ? NULL : marked(copy, MARK_QUERY);
}

/* Leaves paths and arguments as they were sent: Swift decodes them, strictly. */
static size_t keep_escapes(void *owner, struct MHD_Connection *connection, char *text) {
  (void)owner;
  (void)connection;
  return strlen(text);
}

struct field_name {
  const char *name;
  unsigned length;
  size_t offset;
};
#define FIELD(text, member) {text, sizeof(text) - 1, offsetof(cmhd_head, member)}
static const struct field_name field_names[] = {
    FIELD("Host", host),
    FIELD("Range", range),
    FIELD("Origin", origin),
    FIELD("Cookie", cookie),
    FIELD("If-Range", if_range),
    FIELD("Content-Type", content_type),
    FIELD("If-None-Match", if_none_match),
    FIELD("Authorization", authorization),
    FIELD("Sec-Fetch-Site", sec_fetch_site),
    FIELD("Sec-Fetch-Mode", sec_fetch_mode),
    FIELD("Sec-Fetch-Dest", sec_fetch_dest),
    FIELD("Content-Length", content_length),
    FIELD("If-Modified-Since", if_modified_since),
    FIELD("Transfer-Encoding", transfer_encoding),
};

static enum MHD_Result note_header(
    void *owner, enum MHD_ValueKind kind, const char *name, size_t name_count, const char *value,
    size_t value_count) {
  (void)kind;
  cmhd_head *head = owner;
  /* "Content-Length : 5" is one header to some servers and another to the rest. */
  for (size_t i = 0; i < name_count; i++)
    if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 0x7F) head->doubtful_count++;
  for (size_t i = 0; i < sizeof(field_names) / sizeof(field_names[0]); i++) {
    const struct field_name *known = &field_names[i];
    if (known->length != name_count || strncasecmp(known->name, name, name_count) != 0) continue;
    cmhd_text *text = (cmhd_text *)((char *)head + known->offset);
    if (text->bytes != NULL) head->doubtful_count++;
    text->bytes = (const unsigned char *)(value == NULL ? "" : value);
    text->count = value == NULL ? 0 : value_count;
    break;
  }
  return MHD_YES;
}

static void *connection_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == NULL ? NULL : info->socket_context;
}

static cmhd_text text_of(const char *string) {
  return (cmhd_text){(const unsigned char *)string, string == NULL ? 0 : strlen(string)};
}

static enum MHD_Result handle(
    void *owner, struct MHD_Connection *connection, const char *path, const char *method,
    const char *version, const char *bytes, size_t *count, void **request_context) {
  (void)version;
  cmhd_daemon *self = owner;
  if (has_mark(*request_context, MARK_ANSWER)) {
    if (*count != 0) return MHD_NO;
    cmhd_shared *answer = unmarked(*request_context);
    *request_context = NULL;
    /* The connection counts as an owner of the response from here on. */
    enum MHD_Result given = MHD_queue_response(connection, MHD_HTTP_OK, answer->response);
    cmhd_release(answer);
    return given;
  }
  if (*request_context != NULL && !has_mark(*request_context, MARK_QUERY)) {
    int verdict;
    if (*count != 0) {
      verdict = self->callbacks.body(self->context, *request_context, bytes, *count);
      *count = 0;
    } else {
      verdict = self->callbacks.ready(self->context, *request_context, connection);
    }
    return verdict == CMHD_CONTINUE ? MHD_YES : MHD_NO;
  }
  char *query = unmarked(*request_context);
  *request_context = NULL;
  cmhd_head head;
  memset(&head, 0, sizeof head);
  head.method = text_of(method);
  head.path = text_of(path);
  head.query = text_of(query);
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, note_header, &head);
  void *of_connection = connection_context(connection);
  /* An answer given now would end the connection: it is given when the library asks again. */
  cmhd_shared *answer = NULL;
  if (head.doubtful_count == 0 && head.content_length.bytes == NULL &&
      head.transfer_encoding.bytes == NULL && strcmp(method, MHD_HTTP_METHOD_GET) == 0)
    answer = self->callbacks.prepared(self->context, of_connection, &head);
  if (answer != NULL) {
    free(query);
    *request_context = marked(answer, MARK_ANSWER);
    return MHD_YES;
  }
  int verdict =
      self->callbacks.head(self->context, of_connection, connection, &head, request_context);
  free(query);
  return verdict == CMHD_CONTINUE ? MHD_YES : MHD_NO;
}

static void complete(
    void *owner, struct MHD_Connection *connection, void **request_context,
    enum MHD_RequestTerminationCode code) {
  (void)code;
  cmhd_daemon *self = owner;
  void *context = *request_context;
  *request_context = NULL;
  if (has_mark(context, MARK_QUERY)) {
    free(unmarked(context));
    context = NULL;
  } else if (has_mark(context, MARK_ANSWER)) {
    cmhd_release(unmarked(context));
    context = NULL;
  }
  self->callbacks.completed(self->context, connection_context(connection), context);
}

static void notify(
    void *owner, struct MHD_Connection *connection, void **socket_context,
    enum MHD_ConnectionNotificationCode code) {
  cmhd_daemon *self = owner;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *socket_context = self->callbacks.opened(self->context, cmhd_descriptor(connection));
  } else {
    self->callbacks.closed(self->context, *socket_context);
    *socket_context = NULL;
  }
}

cmhd_daemon *cmhd_start(
    const cmhd_configuration *configuration, const cmhd_callbacks *callbacks, void *context) {
  cmhd_daemon *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->callbacks = *callbacks;
  self->context = context;
  /* Strict: a request that a proxy could read in two ways is refused. */
  const struct MHD_OptionItem options[] = {
      {MHD_OPTION_LISTEN_SOCKET, configuration->listening_descriptor, NULL},
      {MHD_OPTION_CONNECTION_LIMIT, (intptr_t)configuration->connection_limit, NULL},
      {MHD_OPTION_PER_IP_CONNECTION_LIMIT,
       (intptr_t)configuration->connection_limit_per_address, NULL},
      {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)configuration->idle_seconds, NULL},
      {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)configuration->connection_byte_count, NULL},
      {MHD_OPTION_THREAD_STACK_SIZE, (intptr_t)configuration->thread_stack_byte_count, NULL},
      {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
      {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)&note_target, self},
      {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)&keep_escapes, self},
      {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)&complete, self},
      {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)&notify, self},
      /* Two threads or more make a pool; one is the daemon's own. */
      {configuration->thread_count > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
       (intptr_t)configuration->thread_count, NULL},
      {MHD_OPTION_END, 0, NULL},
  };
  errno = 0;
  self->daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, &handle, self,
      MHD_OPTION_ARRAY, options, MHD_OPTION_END);
  if (self->daemon == NULL) {
    int code = errno;
    free(self);
    errno = code;
    return NULL;
  }
  return self;
}

void cmhd_stop_accepting(cmhd_daemon *daemon) {
  MHD_socket listening = MHD_quiesce_daemon(daemon->daemon);
  if (listening != MHD_INVALID_SOCKET) close(listening);
}

void cmhd_stop(cmhd_daemon *daemon) {
  MHD_stop_daemon(daemon->daemon);
  free(daemon);
}

void cmhd_suspend(cmhd_connection *connection) { MHD_suspend_connection(connection); }

void cmhd_resume(cmhd_connection *connection) { MHD_resume_connection(connection); }

int cmhd_descriptor(cmhd_connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

cmhd_response *cmhd_bytes_response(
    const void *bytes, size_t count, void (*released)(void *owner), void *owner) {
  /* The library does not call `released` for an empty body. */
  if (count == 0) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (released != NULL) released(owner);
    return response;
  }
  if (released == NULL)
    return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_PERSISTENT);
  struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
      count, (void *)bytes, released, owner);
  if (response == NULL) released(owner);
  return response;
}

cmhd_response *cmhd_file_response(int descriptor, uint64_t offset, uint64_t count) {
  struct MHD_Response *response =
      MHD_create_response_from_fd_at_offset64(count, descriptor, offset);
  if (response == NULL) close(descriptor);
  return response;
}

struct stream {
  long (*read)(void *owner, void *bytes, size_t count);
  void (*released)(void *owner);
  void *owner;
};

static ssize_t read_stream(void *owner, uint64_t position, char *bytes, size_t count) {
  (void)position;
  struct stream *stream = owner;
  long got = stream->read(stream->owner, bytes, count);
  if (got == CMHD_STREAM_ENDS) return MHD_CONTENT_READER_END_OF_STREAM;
  if (got < 0) return MHD_CONTENT_READER_END_WITH_ERROR;
  return (ssize_t)got;
}

static void free_stream(void *owner) {
  struct stream *stream = owner;
  stream->released(stream->owner);
  free(stream);
}

cmhd_response *cmhd_stream_response(
    size_t block_byte_count, long (*read)(void *owner, void *bytes, size_t count),
    void (*released)(void *owner), void *owner) {
  struct stream *stream = malloc(sizeof *stream);
  if (stream == NULL) {
    released(owner);
    return NULL;
  }
  *stream = (struct stream){read, released, owner};
  struct MHD_Response *response = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, block_byte_count, read_stream, stream, free_stream);
  if (response == NULL) free_stream(stream);
  return response;
}

int cmhd_add_header(cmhd_response *response, const char *name, const char *value) {
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

int cmhd_add_headers(cmhd_response *response, const cmhd_header *headers, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES) return 0;
  return 1;
}

int cmhd_answer(cmhd_connection *connection, unsigned status, cmhd_response *response) {
  int given = MHD_queue_response(connection, status, response) == MHD_YES;
  MHD_destroy_response(response);
  return given;
}

cmhd_shared *cmhd_share(cmhd_response *response) {
  cmhd_shared *shared = malloc(sizeof *shared);
  if (shared == NULL) {
    MHD_destroy_response(response);
    return NULL;
  }
  atomic_init(&shared->owner_count, 1);
  shared->response = response;
  return shared;
}

cmhd_shared *cmhd_retain(cmhd_shared *shared) {
  atomic_fetch_add_explicit(&shared->owner_count, 1, memory_order_relaxed);
  return shared;
}

void cmhd_release(cmhd_shared *shared) {
  /* What the other owners did happens before the end. */
  if (atomic_fetch_sub_explicit(&shared->owner_count, 1, memory_order_acq_rel) != 1) return;
  MHD_destroy_response(shared->response);
  free(shared);
}

void cmhd_discard(cmhd_response *response) { MHD_destroy_response(response); }
