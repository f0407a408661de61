// How mutants are made of pieces, and the tables that make up their catalogue.
#ifndef XENT_PROPERTIES_MUTANT_TABLES_H
#define XENT_PROPERTIES_MUTANT_TABLES_H

#include <vector>

#include "properties/mutants.h"
#include "properties/sound.h"

namespace xent::properties {

// What the sound implementation declares of every loss, under one grade. Lives as long as the process.
std::span<const xent_claim> sound_claims(const char* grade, xent_summation summation = XENT_SEQUENTIAL);

// Conventions that the pieces are put together under.
inline constexpr xent_conventions kPlain = {};
// Means over the weights, as PyTorch and Liger have it.
inline constexpr xent_conventions kWeighted = [] {
  xent_conventions conventions = {};
  conventions.denominator = XENT_VALID_WEIGHTS;
  return conventions;
}();
// Smoothing to the others, by the target's weight, as Megatron has it; means over all rows, but of the
// z-loss.
inline constexpr xent_conventions kOthers = [] {
  xent_conventions conventions = {};
  conventions.denominator = XENT_ALL_ROWS;
  conventions.smoothing_mass = XENT_SMOOTH_OTHERS;
  conventions.smoothing_weights = XENT_SMOOTH_BY_TARGET;
  conventions.z_loss_over_valid_rows = 1;
  return conventions;
}();

// One for each type.
template <typename Type>
const xent_implementation* implementation_of(const char* name, std::span<const xent_claim> claims,
                                             const xent_conventions& conventions,
                                             decltype(xent_implementation::compute) compute) {
  static const xent_implementation implementation = {
      XENT_ABI_VERSION, static_cast<std::uint32_t>(claims.size()), name, "1", claims.data(), conventions,
      compute};
  return &implementation;
}
template <typename M>
const xent_implementation* implementation_of(const char* name, const char* grade,
                                             const xent_conventions& conventions,
                                             xent_summation summation = XENT_SEQUENTIAL) {
  return implementation_of<M>(name, sound_claims(grade, summation), conventions, compute_with<M>);
}

template <typename M>
Mutant made(const char* id, const char* what, const char* seen,
            const xent_conventions& conventions = kPlain) {
  return {id, what, seen, implementation_of<M>(id, "log1p", conventions)};
}

// Of a function that surrounds the sound code.
template <auto kCompute>
struct Around {};
template <auto kCompute>
Mutant around(const char* id, const char* what, const char* seen,
              const xent_conventions& conventions = kPlain) {
  return {id, what, seen,
          implementation_of<Around<kCompute>>(id, sound_claims("log1p"), conventions, kCompute)};
}

// One table a class of defects.
const std::vector<Mutant>& loss_mutants();
const std::vector<Mutant>& option_mutants();
const std::vector<Mutant>& gradient_mutants();
const std::vector<Mutant>& narrow_mutants();
const std::vector<Mutant>& question_mutants();
const std::vector<Mutant>& size_mutants();
const std::vector<Mutant>& state_mutants();

// The sound code with bfloat16 logits besides.
const xent_implementation* sound_narrow();

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_MUTANT_TABLES_H
