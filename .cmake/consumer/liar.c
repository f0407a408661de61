/* An implementation without an answer, whose name is what the judge says of a law that is skipped. */
#include "reference/xent.h"

static xent_status compute(const xent_problem* problem, xent_result* result) {
  (void)problem;
  (void)result;
  return XENT_FAILED;
}

static const xent_claim claims[] = {{.loss = "softmax_cross_entropy",
                                     .input_spaces = XENT_BIT(XENT_LOGITS),
                                     .input_formats = XENT_BIT(XENT_BINARY32),
                                     .target_formats = XENT_BIT(XENT_INT64),
                                     .loss_formats = XENT_BIT(XENT_BINARY32),
                                     .reductions = XENT_BIT(XENT_NONE),
                                     .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
                                     .grade = "shifted"}};

static const xent_implementation liar = {.abi_version = XENT_ABI_VERSION,
                                         .claim_count = 1,
                                         .name = "liar\n  accuracy           skip  ",
                                         .version = "1",
                                         .claims = claims,
                                         .compute = compute};

const xent_implementation* xent_get_implementation(void) {
  return &liar;
}
