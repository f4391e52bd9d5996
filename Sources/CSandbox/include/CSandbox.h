/* Confinement of a worker and its start: Landlock, seccomp, resource limits, posix_spawn.
   Every function answers 0 or the errno of what failed, unless it says otherwise. */
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* ---- What a worker does to itself, in this order ---- */

/* SIGKILL when the thread that started this process ends (PR_SET_PDEATHSIG). ESRCH when the parent is
   not `expected_parent` any more: it died before the call. */
int csandbox_die_with_parent(int expected_parent);

/* Closes every descriptor from `first` on (close_range(2), else one by one). */
int csandbox_close_from(int first);

/* SIGINT, SIGHUP, SIGQUIT, SIGPIPE and SIGXFSZ do nothing: the parent decides when a worker ends. */
void csandbox_ignore_signals(void);

/* PR_SET_NO_NEW_PRIVS. */
int csandbox_no_new_privileges(void);

/* Landlock: handles every right the kernel knows and allows only reading below `readable`
   directories (missing ones are skipped). `*abi` is the kernel's version, 0 when it has none (then
   the answer is ENOSYS or EOPNOTSUPP). */
int csandbox_landlock(const char *const *readable, size_t count, int *abi);

/* seccomp, for every thread: an allow-list for decoding; everything else fails with EPERM. Files cannot
   be opened at all unless `allows_reading`, which leaves it to Landlock which may be read. */
int csandbox_seccomp(int allows_reading);

/* setrlimit(2) of this process. The names are those of the limits. */
typedef enum {
  CSANDBOX_LIMIT_DATA = 0,
  CSANDBOX_LIMIT_ADDRESS_SPACE = 1,
  CSANDBOX_LIMIT_CPU = 2,
  CSANDBOX_LIMIT_CORE = 3,
  CSANDBOX_LIMIT_FILE_SIZE = 4,
  CSANDBOX_LIMIT_OPEN_FILES = 5,
} csandbox_limit;
int csandbox_set_limit(csandbox_limit limit, uint64_t value);

/* Gives back the pages of code and constants that start-up touched: how many bytes of mappings were
   dropped, -1 with errno when /proc is not readable. Later use brings single pages back. */
long csandbox_drop_code_pages(void);

/* Makes this process the one the kernel ends first when the machine runs out of memory. */
int csandbox_volunteer_for_oom(void);

/* ---- What the parent does ---- */

/* prlimit(2) on a child: the soft limit, the hard one stays as it is. */
int csandbox_set_limit_of(int pid, csandbox_limit limit, uint64_t value);

/* Processor nanoseconds a child has used so far; 0 when it is gone. */
uint64_t csandbox_cpu_nanoseconds(int pid);

/* posix_spawn(3): `socket` becomes descriptor 3, standard input and output are /dev/null, standard
   error too unless `keeps_standard_error`; every other descriptor is closed; signals are as new. */
int csandbox_spawn(
    const char *executable, char *const *arguments, char *const *environment, int socket,
    int keeps_standard_error, int *pid);

/* A connected pair of SOCK_SEQPACKET sockets, close-on-exec; `first` does not block. */
int csandbox_socket_pair(int *first, int *second);

/* eventfd(2), close-on-exec and not blocking: a descriptor to wake a poll(2) by; -1 and errno. */
int csandbox_event_descriptor(void);

/* fcntl(F_ADD_SEALS): the size of a memfd can change no more, nor can its seals. */
int csandbox_seal_size(int descriptor);

/* 1 when the memfd carries the seals above. */
int csandbox_has_sealed_size(int descriptor);

/* ---- Proof, from inside a confined process ---- */

typedef enum {
  CSANDBOX_ATTEMPT_OPEN = 0,
  CSANDBOX_ATTEMPT_OPENAT = 1,
  CSANDBOX_ATTEMPT_OPENAT2 = 2,
  CSANDBOX_ATTEMPT_CREATE_FILE = 3,
  CSANDBOX_ATTEMPT_SOCKET = 4,
  CSANDBOX_ATTEMPT_EXEC = 5,
  CSANDBOX_ATTEMPT_FORK = 6,
  CSANDBOX_ATTEMPT_VFORK = 7,
  CSANDBOX_ATTEMPT_PTRACE_PARENT = 8,
  CSANDBOX_ATTEMPT_READ_PARENT_MEMORY = 9,
  CSANDBOX_ATTEMPT_KILL_PARENT = 10,
  CSANDBOX_ATTEMPT_MOUNT = 11,
  CSANDBOX_ATTEMPT_IO_URING = 12,
  CSANDBOX_ATTEMPT_BPF = 13,
  CSANDBOX_ATTEMPT_KEYCTL = 14,
  CSANDBOX_ATTEMPT_EXECUTABLE_MEMORY = 15,
  CSANDBOX_ATTEMPT_RAISE_LIMIT = 16,
  CSANDBOX_ATTEMPT_ALLOCATE = 17,
  CSANDBOX_ATTEMPT_WRITE = 18,
  CSANDBOX_ATTEMPT_UNLINK = 19,
  CSANDBOX_ATTEMPT_USER_NAMESPACE = 20,
  CSANDBOX_ATTEMPT_THREAD = 21,
} csandbox_attempt_kind;

/* Tries something; 0 when it worked, else the errno. `argument` is the byte count to allocate
   (ALLOCATE) or the descriptor to write to (WRITE). */
int csandbox_attempt(csandbox_attempt_kind kind, long argument);

#endif
