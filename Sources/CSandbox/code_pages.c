#include "CSandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Loading and initialising a hundred libraries touches their code once; the kernel maps sixteen pages
   around each touch. All of it counts as memory of the process until it is given back, though most is
   never needed again. Code is clean, so dropping it costs a minor fault where it is needed after all.

   Only mappings without a private copy of any page are dropped: relocated tables (RELRO) look read-only
   too, but their contents exist nowhere else. */
long csandbox_drop_code_pages(void) {
  FILE *maps = fopen("/proc/self/smaps", "re");
  if (maps == NULL) return -1;
  char line[512];
  unsigned long start = 0, end = 0, inode = 0;
  char permissions[5] = "";
  unsigned long dropped = 0;
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, to, file;
    char read[5];
    if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %lu", &from, &to, read, &file) == 4) {
      start = from;
      end = to;
      inode = file;
      memcpy(permissions, read, sizeof permissions);
      continue;
    }
    unsigned long anonymous;
    if (sscanf(line, "Anonymous: %lu kB", &anonymous) != 1) continue;
    if (anonymous != 0 || inode == 0 || permissions[1] != '-' || permissions[3] != 'p') continue;
    if (madvise((void *)start, end - start, MADV_DONTNEED) == 0) dropped += end - start;
  }
  fclose(maps);
  return (long)dropped;
}
