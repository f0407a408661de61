#include "properties/trial.h"

#include <array>

namespace xent::properties {

const char* name(Regime regime) {
  constexpr std::array<const char*, kRegimes> kNames = {
      "ordinary",     "confident",    "wide_range", "large_offset", "ties",          "masked", "subnormal",
      "many_classes", "single_class", "any_bits",   "realistic",    "probabilities", "sparse", "adversarial"};
  return kNames[static_cast<std::size_t>(regime)];
}

std::int64_t Trial::integer(std::size_t i) const {
  if (i >= parameters.size() || !parameters[i].is_double()) return 0;
  const double value = parameters[i].as_double();
  return value >= -9e15 && value <= 9e15 ? static_cast<std::int64_t>(value) : 0;
}

}  // namespace xent::properties
