/* Linux calls that Swift cannot reach by itself: variadic functions, macros, raw system calls,
   and the happens-before hints for ThreadSanitizer. Every function returns what the call it is named
   after returns, with errno untouched. */
#ifndef CLINUX_H
#define CLINUX_H

/* No system header is included here on purpose: their types would then belong to this module instead
   of Glibc, and every Swift file using one would have to import both. `long` is ssize_t on Linux. */
#include <stddef.h>

/* open(2), openat(2), fcntl(2) and ioctl(2) are variadic in C. */
int clinux_open(const char *path, int flags, unsigned int mode);
int clinux_openat(int directory, const char *path, int flags, unsigned int mode);
int clinux_fcntl_int(int descriptor, int command, int argument);

/* Takes the write lock of an open file's whole length for that opening of it (F_OFD_SETLK, fcntl(2)),
   or lets go of it. The kernel does so when its last descriptor is closed, that of a child on its way
   to exec included. EAGAIN: it is taken. */
int clinux_try_lock(int descriptor);
int clinux_unlock(int descriptor);

/* 1 when another opening of the file has that lock, 0 when none has; takes nothing itself. */
int clinux_is_locked_by_another(int descriptor);

/* pipe2(2) with close-on-exec. */
int clinux_pipe(int ends[2]);

/* Processors the calling thread may run on (sched_getaffinity(2)), those online when that cannot be
   told; at least 1. */
int clinux_usable_processor_count(void);

/* memfd_create(2), with the seals F_SEAL_SHRINK | F_SEAL_GROW left to the caller. */
int clinux_memfd_create(const char *name, unsigned int flags);

/* eventfd(2) with EFD_CLOEXEC | EFD_NONBLOCK, starting at 0. */
int clinux_eventfd(void);

/* Sends one message with up to CLINUX_MAX_DESCRIPTORS descriptors (SCM_RIGHTS), MSG_NOSIGNAL. */
#define CLINUX_MAX_DESCRIPTORS 253
long clinux_send_descriptors(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

/* Receives one message and its descriptors (close-on-exec set). `*descriptor_count` is the room on
   entry and what came on return; descriptors that do not fit are closed. `*truncated` is 1 when the
   kernel cut the bytes or the descriptors. */
long clinux_receive_descriptors(
    int socket, void *bytes, size_t count, int *descriptors, size_t *descriptor_count,
    int *truncated);

/* Happens-before hints. The standard library's Mutex and continuations are not instrumented on
   Linux, so ThreadSanitizer needs to be told; nothing in a normal build. */
void clinux_tsan_acquire(const void *address);
void clinux_tsan_release(const void *address);

/* Caps glibc's arenas and sends every block from 64 KiB up to its own mapping, so that freeing it
   gives the memory back to the system (mallopt(3)). Call it before any thread starts. */
void clinux_cap_malloc(int arena_count);

/* After clinux_cap_malloc: takes blocks of less than 2 MiB from the heap again and keeps what is freed
   of it, until clinux_malloc_trim gives it back. */
void clinux_keep_freed_blocks(void);

/* Bytes of the heap that are free, whether the system has their pages back or not (mallinfo2(3)). */
size_t clinux_free_heap_byte_count(void);

/* The untranslated sentence of an errno, thread-safe (strerrordesc_np(3)); NULL for an unknown one. */
const char *clinux_error_text(int code);

/* pthread_setname_np(3) for the calling thread. */
void clinux_name_thread(const char *name);

/* The stack that threads get which do not ask for one (pthread_setattr_default_np(3)). */
void clinux_set_thread_stack(size_t byte_count);

/* malloc_trim(3): gives free heap pages back to the system. */
int clinux_malloc_trim(void);

#endif
