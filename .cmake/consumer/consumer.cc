// The same from C++, with the static library, whose dependencies find_package(xent) brings along.
#include <cstdint>
#include <cstdio>

#include "reference/xent.h"

int main() {
  const float logits[] = {2.0F, 1.0F, 0.0F};
  const std::int32_t target = 0;
  float loss = 0.0F;

  xent_problem problem = {};
  problem.struct_size = sizeof problem;
  problem.loss = "softmax_cross_entropy";
  problem.rows = 1;
  problem.classes = 3;
  problem.input = {logits, XENT_BINARY32, 3, 1};
  problem.targets = {&target, XENT_INT32, 1, 1};
  problem.reduction = XENT_MEAN;
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = {&loss, XENT_BINARY32, 1, 1};

  const xent_status status = xent_get_implementation()->compute(&problem, &result);
  if (status != XENT_OK) return 1;
  std::printf("%.6f\n", loss);
}
