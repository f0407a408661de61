/* An implementation as somebody else would write it: the header alone, plain C, one loss. What the
 * environment variable XENT_STRANGER names, it does wrong. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reference/xent.h"

static int does(const char* deed) {
  const char* asked = getenv("XENT_STRANGER");
  return asked != NULL && strcmp(asked, deed) == 0;
}

static float loss_of(const float* x, int64_t classes, int64_t target) {
  float max = x[0];
  float sum = 0;
  for (int64_t i = 0; i < classes; ++i) {
    if (isnan(x[i])) return x[i];
    if (x[i] > max) max = x[i];
  }
  for (int64_t i = 0; i < classes; ++i) sum += expf(x[i] - max);
  return (max - x[target]) + logf(does("wrong") ? sum * 1.00001F : sum);
}

static xent_status compute(const xent_problem* p, xent_result* r) {
  if (strcmp(p->loss, "softmax_cross_entropy") != 0 || p->reduction != XENT_NONE ||
      p->targets.format != XENT_INT64) {
    return XENT_UNSUPPORTED;
  }
  if (does("crash")) *(volatile int*)8 = 1;
  if (does("exit")) exit(0);
  if (does("abort")) abort();
  while (does("hang")) continue;
  const int64_t* targets = p->targets.data;
  for (int64_t row = 0; row < p->rows; ++row) {
    const int64_t target = targets[row * p->targets.row_stride];
    if (target < 0 || target >= p->classes) return XENT_TARGET_OUT_OF_RANGE;
  }
  for (int64_t row = 0; row < p->rows; ++row) {
    const float* x = (const float*)p->input.data + row * p->input.row_stride;
    ((float*)r->loss.data)[row * r->loss.row_stride] =
        loss_of(x, p->classes, targets[row * p->targets.row_stride]);
  }
  return XENT_OK;
}

static const xent_claim claims[] = {{.loss = "softmax_cross_entropy",
                                     .input_spaces = XENT_BIT(XENT_LOGITS),
                                     .input_formats = XENT_BIT(XENT_BINARY32),
                                     .target_formats = XENT_BIT(XENT_INT64),
                                     .loss_formats = XENT_BIT(XENT_BINARY32),
                                     .reductions = XENT_BIT(XENT_NONE),
                                     .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
                                     .grade = "shifted"}};

static const xent_implementation stranger = {.abi_version = XENT_ABI_VERSION,
                                             .claim_count = 1,
                                             .name = "stranger",
                                             .version = "1",
                                             .claims = claims,
                                             .compute = compute};

const xent_implementation* xent_get_implementation(void) {
  if (does("exit at once")) exit(0);
  return &stranger;
}
