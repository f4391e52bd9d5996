#include "CRoaring.h"
