/* mine.c without an answer, under a name that is what the judge says of a law that is skipped. */
#define xent_get_implementation get_mine
#include "mine.c"
#undef xent_get_implementation

static xent_status fail(const xent_problem* problem, xent_result* result) {
  (void)problem;
  (void)result;
  return XENT_FAILED;
}

const xent_implementation* xent_get_implementation(void) {
  static xent_implementation liar;
  liar = *get_mine();
  liar.name = "liar\n  accuracy           skip  ";
  liar.compute = fail;
  return &liar;
}
