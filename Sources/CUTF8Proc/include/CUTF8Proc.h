// Unicode normalisation and case folding by utf8proc.
#ifndef CUTF8PROC_H
#define CUTF8PROC_H

#include <utf8proc.h>

#endif
