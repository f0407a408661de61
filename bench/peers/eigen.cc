// Eigen: the textbook formula as array expressions, the rows shared by OpenMP. A header-only yardstick of
// what a compiler makes of it on this processor.
#include <Eigen/Core>
#include <cmath>

#include "bench/peers/adapter.h"

namespace xent::bench::peer {
namespace {

using Row = Eigen::Map<const Eigen::ArrayXf>;

float loss_of(const Row& x, Eigen::Index target, float max, float sum) {
  return (max - x[target]) + std::log(sum);
}

void forward(const Row& x, Eigen::Index target, float& loss) {
  const float max = x.maxCoeff();
  loss = loss_of(x, target, max, (x - max).exp().sum());
}

void forward_and_gradient(const Row& x, Eigen::Index target, float& loss,
                          Eigen::Map<Eigen::ArrayXf> gradient) {
  const float max = x.maxCoeff();
  gradient = (x - max).exp();
  const float sum = gradient.sum();
  gradient *= 1 / sum;
  gradient[target] -= 1;
  loss = loss_of(x, target, max, sum);
}

bool compute(const Batch& batch) {
#pragma omp parallel for num_threads(batch.threads) schedule(static)
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    const Row x(batch.logits + r * batch.classes, batch.classes);
    if (batch.gradient == nullptr) {
      forward(x, batch.targets[r], batch.losses[r]);
    } else {
      forward_and_gradient(x, batch.targets[r], batch.losses[r],
                           {batch.gradient + r * batch.classes, batch.classes});
    }
  }
  return true;
}

#define XENT_TEXT_OF(x) #x
#define XENT_TEXT(x) XENT_TEXT_OF(x)
constexpr const char* kVersion =
    XENT_TEXT(EIGEN_WORLD_VERSION) "." XENT_TEXT(EIGEN_MAJOR_VERSION) "." XENT_TEXT(EIGEN_MINOR_VERSION);

// Documented nowhere; twice what is usual.
constexpr double kExpError = 4;

}  // namespace
}  // namespace xent::bench::peer

extern "C" const xent_implementation* xent_get_implementation(void) {
  using namespace xent::bench::peer;
  return describe("Eigen", kVersion, kExpError, answer_with<compute>);
}
