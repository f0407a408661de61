// The certified value of the same loss, from C++: static libraries, which bring their own dependencies along.
#include <cstdio>

#include "fast/implementations.h"
#include "reference/certify.h"

int main() {
  if (xent::fast::fast_implementation()->abi_version != XENT_ABI_VERSION) return 1;

  xent::reference::Problem problem;
  problem.loss = "softmax_cross_entropy";
  problem.rows = 1;
  problem.classes = 3;
  problem.input = {2.0, 1.0, 0.0};
  problem.targets = {0};

  auto values = xent::reference::certify(problem);
  if (!values) return 1;
  std::printf("%s\n", values->front().decimal(6)->c_str());
}
