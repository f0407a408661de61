/* The fast implementation, called through the contract from C. */
#include <stdio.h>

#include "reference/xent.h"

int main(void) {
  const float logits[3] = {2.0f, 1.0f, 0.0f};
  const int32_t target = 0;
  float loss = 0.0f;

  xent_problem problem = {
      .struct_size = sizeof problem, .loss = "softmax_cross_entropy", .rows = 1, .classes = 3};
  problem.input = (xent_tensor){logits, XENT_BINARY32, 3, 1};
  problem.targets = (xent_tensor){&target, XENT_INT32, 1, 1};
  problem.reduction = XENT_MEAN;
  xent_result result = {.struct_size = sizeof result};
  result.loss = (xent_output){&loss, XENT_BINARY32, 1, 1};

  const xent_status status = xent_get_implementation()->compute(&problem, &result);
  if (status != XENT_OK) return 1;
  printf("%.6f\n", loss);
  return 0;
}
