// Code that takes bfloat16 logits by widening them, and ways to get that wrong.
#include <bit>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

using Widen = std::uint32_t (*)(std::uint16_t bits);

std::uint32_t widened(std::uint16_t bits) {
  return std::uint32_t{bits} << 16;
}
// A multiplication by 1 + 2^-10, as of a table that was made for another format.
std::uint32_t scaled(std::uint16_t bits) {
  const auto x = std::bit_cast<float>(widened(bits));
  return std::bit_cast<std::uint32_t>(x * (1 + 0x1p-10F));
}
// The lowest bit of the significand is lost.
std::uint32_t shortened(std::uint16_t bits) {
  return widened(static_cast<std::uint16_t>(bits & 0xFFFEU));
}

template <Widen kWiden>
xent_status compute(const xent_problem* problem, xent_result* result) {
  xent_problem wide = *problem;
  std::vector<float> logits;
  if (problem->input.format == XENT_BFLOAT16 && problem->input.class_stride == 1) {
    const auto* narrow = static_cast<const std::uint16_t*>(problem->input.data);
    for (std::int64_t r = 0; r < problem->rows; ++r) {
      for (std::int64_t c = 0; c < problem->classes; ++c)
        logits.push_back(std::bit_cast<float>(kWiden(narrow[r * problem->input.row_stride + c])));
    }
    wide.input = {logits.data(), XENT_BINARY32, problem->classes, 1};
  }
  return compute_with<Sound>(&wide, result);
}

template <Widen kWiden>
const xent_implementation* made_narrow(const char* name) {
  static const std::vector<xent_claim> kClaims = [] {
    std::vector<xent_claim> claims;
    for (xent_claim claim : sound_claims("log1p")) {
      claim.input_formats |= XENT_BIT(XENT_BFLOAT16);
      if (claim.input_spaces == XENT_BIT(XENT_LOGITS)) claims.push_back(claim);
    }
    return claims;
  }();
  static const xent_implementation implementation = {
      XENT_ABI_VERSION, static_cast<std::uint32_t>(kClaims.size()), name, "1", kClaims.data(), {},
      compute<kWiden>};
  return &implementation;
}

}  // namespace

const xent_implementation* sound_narrow() {
  return made_narrow<widened>("sound_narrow");
}

const std::vector<Mutant>& narrow_mutants() {
  static const std::vector<Mutant> kNarrowMutants = {
      {"narrow_input_scaled", "bfloat16 logits are off by 2^-10 of themselves", "a wrong conversion",
       made_narrow<scaled>("narrow_input_scaled")},
      {"narrow_input_shortened", "bfloat16 logits lose their lowest bit", "a wrong mask",
       made_narrow<shortened>("narrow_input_shortened")},
  };
  return kNarrowMutants;
}

}  // namespace xent::properties
