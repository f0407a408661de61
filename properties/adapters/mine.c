/* Softmax cross-entropy in plain C, to be judged:
 *   cc -shared -fPIC -I. properties/adapters/mine.c -o mine.so -lm && ./xent check ./mine.so */
#include <math.h>
#include <string.h>

#include "reference/xent.h"

static double loss_of(const float* x, int64_t classes, int64_t target) {
  double max = -INFINITY, sum = 0;
  for (int64_t c = 0; c < classes; ++c) max = x[c] > max ? x[c] : max;
  for (int64_t c = 0; c < classes; ++c) sum += exp(x[c] - max); /* NaN for NaN, and where max is infinite */
  return (max - x[target]) + log(sum);
}

static xent_status compute(const xent_problem* p, xent_result* r) {
  const int64_t* t = p->targets.data;
  const int64_t step = p->targets.row_stride;
  if (strcmp(p->loss, "softmax_cross_entropy") != 0 || p->targets.format != XENT_INT64)
    return XENT_UNSUPPORTED;
  for (int64_t row = 0; row < p->rows; ++row)
    if (t[row * step] < 0 || t[row * step] >= p->classes) return XENT_TARGET_OUT_OF_RANGE;
  for (int64_t row = 0; row < p->rows; ++row)
    ((float*)r->loss.data)[row * r->loss.row_stride] =
        (float)loss_of((const float*)p->input.data + row * p->input.row_stride, p->classes, t[row * step]);
  return XENT_OK;
}

static const xent_claim claims[] = {{.loss = "softmax_cross_entropy",
                                     .input_spaces = XENT_BIT(XENT_LOGITS),
                                     .input_formats = XENT_BIT(XENT_BINARY32),
                                     .target_formats = XENT_BIT(XENT_INT64),
                                     .loss_formats = XENT_BIT(XENT_BINARY32),
                                     .reductions = XENT_BIT(XENT_NONE),
                                     .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
                                     .grade = "shifted",
                                     .compute_format = XENT_BINARY64}};
static const xent_implementation mine = {.abi_version = XENT_ABI_VERSION,
                                         .claim_count = 1,
                                         .name = "mine.c",
                                         .version = "1",
                                         .claims = claims,
                                         .compute = compute};
const xent_implementation* xent_get_implementation(void) {
  return &mine;
}
