// The shared library libxent_fast.so: the contract's one exported function.
#include "fast/implementations.h"

extern "C" __attribute__((visibility("default"))) const xent_implementation* xent_get_implementation(void) {
  return xent::fast::fast_implementation();
}
