/* mine.c as a library that misbehaves: what the environment variable XENT_STRANGER names, it does wrong. */
#include <stdlib.h>

#define xent_get_implementation get_mine
#include "properties/adapters/mine.c"
#undef xent_get_implementation

static int does(const char* deed) {
  const char* asked = getenv("XENT_STRANGER");
  return asked != NULL && strcmp(asked, deed) == 0;
}

static xent_status do_deed(const xent_problem* p, xent_result* r) {
  if (does("crash")) *(volatile int*)8 = 1;
  if (does("exit")) exit(0);
  if (does("abort")) abort();
  while (does("hang")) continue;
  const xent_status status = mine.compute(p, r);
  for (int64_t row = 0; status == XENT_OK && does("wrong") && row < p->rows; ++row)
    ((float*)r->loss.data)[row * r->loss.row_stride] *= 1.00001F;
  return status;
}

const xent_implementation* xent_get_implementation(void) {
  static xent_implementation stranger;
  if (does("exit at once")) exit(0);
  stranger = *get_mine();
  stranger.name = "stranger";
  stranger.compute = do_deed;
  return &stranger;
}
