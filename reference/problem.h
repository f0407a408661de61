// An owned problem: what the contract's xent_problem says, with every number exact and every buffer its own.
#ifndef XENT_REFERENCE_PROBLEM_H
#define XENT_REFERENCE_PROBLEM_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reference/expected.h"
#include "reference/number.h"
#include "reference/xent.h"

namespace xent::reference {

// What is asked about a problem: the loss; or the derivatives of all that it gives, each times its upstream
// factor, with respect to every element of `input` or of `target_probs` (rows x classes).
enum class Wanted { loss, gradient, target_gradient };

// One question about one loss. Matrices are dense and row-major. Options that are absent or zero are off, as
// in the contract; the formats say which floats an implementation under test is handed and returns, and do
// not change the true value.
struct Problem {
  std::string loss;
  std::int64_t rows = 0;
  std::int64_t classes = 0;

  xent_space input_space = XENT_LOGITS;
  std::vector<Number> input;          // rows x classes
  std::vector<std::int64_t> targets;  // rows, or empty
  std::vector<Number> target_probs;   // rows x classes, or empty
  xent_space target_space = XENT_PROBABILITIES;

  std::optional<std::int64_t> ignore_index;
  std::vector<Number> class_weights;   // classes, or empty
  std::vector<Number> sample_weights;  // rows, or empty
  std::vector<Number> upstream;        // one for each value of the loss, or empty: 1
  Number label_smoothing;
  Number temperature;
  Number scale;
  Number softcap;
  Number z_loss;
  Number base;  // 0: natural

  xent_reduction reduction = XENT_NONE;
  xent_conventions conventions = {};
  std::int32_t threads = 1;
  Wanted wanted = Wanted::loss;

  xent_format input_format = XENT_NO_FORMAT;  // NO_FORMAT: exact numbers
  xent_format target_format = XENT_NO_FORMAT;
  xent_format loss_format = XENT_NO_FORMAT;

  std::span<const Number> input_row(std::int64_t row) const { return slice(input, row); }
  std::span<const Number> target_row(std::int64_t row) const { return slice(target_probs, row); }
  bool is_ignored(std::int64_t row) const;
  // The class that its target names. Domain: there are targets.
  std::int64_t target(std::int64_t row) const;
  // Whether its target is neither a class nor the ignored value: target_out_of_range says what its value is.
  bool is_out_of_range(std::int64_t row) const;
  // Whether a target out of range leaves the row a loss of its other numbers.
  bool has_loss_without_target() const;
  // Rows that are not ignored.
  std::int64_t valid_rows() const;

 private:
  std::span<const Number> slice(const std::vector<Number>& matrix, std::int64_t row) const {
    return std::span(matrix).subspan(static_cast<std::size_t>(row * classes),
                                     static_cast<std::size_t>(classes));
  }
};

// The largest problem that is accepted: rows * classes elements, about 2 GiB as exact numbers.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 26;

// Whether the problem makes sense, independently of what anyone can compute: shapes agree, targets are in
// range, probabilities are not negative, the base is positive and not 1. Status: the first thing that is
// wrong.
std::optional<Error> validate(const Problem& problem);

// How far the distribution in one row is from summing to 1: the exact sum. Domain: finite entries.
Rational sum(std::span<const Number> row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_PROBLEM_H
