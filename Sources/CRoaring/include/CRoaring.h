// Compressed bitmaps by CRoaring.
#ifndef CROARING_H
#define CROARING_H

#include <roaring/roaring.h>

#endif
