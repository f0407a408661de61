// An implementation judged within GoogleTest.
#include "fast/implementations.h"
#include "properties/conforms.h"

XENT_CONFORMS(Stable, xent::fast::stable_implementation());
