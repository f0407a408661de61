#include "properties/designs.h"

#include <array>
#include <vector>

#include "properties/mutant_tables.h"
#include "properties/sound.h"

namespace xent::properties {
namespace {

// A type of its own for each, as the implementation is kept by type.
struct Weighted : Sound {};
struct Others : Sound {};

struct SumOnly : Sound {};
struct MeanOnly : Sound {};

// All claims, but for this reduction alone; none of matrices.
template <xent_reduction kReduction>
std::span<const xent_claim> reduced_claims() {
  static const auto kClaims = [] {
    std::vector<xent_claim> claims;
    for (xent_claim claim : sound_claims("log1p")) {
      if ((claim.reductions & XENT_BIT(kReduction)) == 0) continue;
      claim.reductions = XENT_BIT(kReduction);
      claims.push_back(claim);
    }
    return claims;
  }();
  return kClaims;
}

// Forms.
struct Shifted : Sound {
  static bool uses_log1p() { return false; }
  static bool gradient_is_complement() { return false; }
  static float probability(float, float s, float z, float m) { return std::exp((z - m) - std::log(s)); }
};
struct LseForm : Shifted {
  static float combine(float m, float s, float xt) { return (m + std::log(s)) - xt; }
  static float probability(float, float s, float z, float m) { return std::exp(z - (m + std::log(s))); }
};
// Infinite where the probability of the target underflows.
struct ProbabilityForm : Shifted {
  static float combine(float m, float s, float xt) { return 0 - std::log(std::exp(xt - m) / s); }
  static float probability(float, float s, float z, float m) { return std::exp(z - m) / s; }
};
template <std::int64_t kBlock>
struct Online : Shifted {
  static bool is_online() { return true; }
  static std::int64_t block() { return kBlock; }
};

struct Complement : Sound {
  static bool complement_is_usual() { return true; }
};

// Orders of summation.
template <typename Form, Order kOrder>
struct Summed : Form {
  static Order order() { return kOrder; }
  static float mean_of(const std::vector<float>& losses, double divisor) {
    return sum_in(kOrder, losses) / static_cast<float>(divisor);
  }
};

}  // namespace

std::span<const xent_implementation* const> sound_implementations() {
  static const std::array kAll = {
      implementation_of<Sound>("sound", "log1p", kPlain),
      implementation_of<Weighted>("sound_weighted", "log1p", kWeighted),
      implementation_of<Others>("sound_others", "log1p", kOthers),
      implementation_of<Complement>("sound_complement", "log1p", kWeighted),
      implementation_of<Shifted>("sound_shifted", "shifted", kPlain),
      implementation_of<LseForm>("sound_lse", "lse", kPlain),
      implementation_of<ProbabilityForm>("sound_probability", "probability", kPlain),
      implementation_of<Online<1>>("sound_online", "online", kWeighted),
      implementation_of<Online<4>>("sound_blocks_of_4", "online", kPlain),
      implementation_of<Online<64>>("sound_blocks_of_64", "online", kOthers),
      implementation_of<Summed<Sound, Order::reversed>>("sound_reversed", "log1p", kPlain),
      implementation_of<Summed<Sound, Order::pairwise>>("sound_pairwise", "log1p", kWeighted, XENT_PAIRWISE),
      implementation_of<Summed<Shifted, Order::compensated>>("sound_compensated", "shifted", kPlain,
                                                             XENT_COMPENSATED),
      implementation_of<Summed<Sound, Order::in_binary64>>("sound_in_binary64", "log1p", kOthers,
                                                           XENT_COMPENSATED),
      // What returns one number, as training code does.
      implementation_of<SumOnly>("sound_sum_only", reduced_claims<XENT_SUM>(), kPlain, compute_with<SumOnly>),
      implementation_of<MeanOnly>("sound_mean_only", reduced_claims<XENT_MEAN>(), kWeighted,
                                  compute_with<MeanOnly>),
      sound_narrow()};
  return kAll;
}

const xent_implementation* sound_implementation() {
  return sound_implementations().front();
}

}  // namespace xent::properties
