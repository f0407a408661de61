#include "properties/shrink.h"

#include <rapidcheck.h>
#include <rapidcheck/shrinkable/Operations.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

// One simplification, described rather than made: a big problem has thousands, and only those tried are
// applied.
struct Edit {
  enum class Kind {
    rows,
    classes,
    base,
    threads,
    ignore_index,
    reduction,
    input,
    target_prob,
    parameter,
    target,
    scalar,
    vector,
    vector_element
  };
  Kind kind;
  std::int64_t begin = 0;  // first row or class to remove, or the index of the number to replace
  std::int64_t count = 0;  // how many to remove, or how strongly to simplify the number
};

template <typename T>
void erase_rows(std::vector<T>& matrix, std::int64_t width, const Edit& edit) {
  if (matrix.empty()) return;
  const auto first = matrix.begin() + edit.begin * width;
  matrix.erase(first, first + edit.count * width);
}

void erase_classes(std::vector<Number>& matrix, std::int64_t rows, std::int64_t classes, const Edit& edit) {
  if (matrix.empty()) return;
  for (std::int64_t row = rows - 1; row >= 0; --row) {
    const auto first = matrix.begin() + row * classes + edit.begin;
    matrix.erase(first, first + edit.count);
  }
}

// Options that are one number, and those that are a number for each class or row.
constexpr std::array kScalars = {&Problem::label_smoothing, &Problem::temperature, &Problem::scale,
                                 &Problem::softcap, &Problem::z_loss};
constexpr std::array kVectors = {&Problem::class_weights, &Problem::sample_weights, &Problem::upstream};

// As many upstream factors as there are losses.
void fit_upstream(Problem& p) {
  if (p.upstream.empty()) return;
  p.upstream.resize(p.reduction == XENT_NONE ? static_cast<std::size_t>(p.rows) : 1, Number(1.0));
}

bool remove_classes(Problem& p, const Edit& edit) {
  for (std::int64_t& target : p.targets) {
    if (target >= edit.begin && target < edit.begin + edit.count) return false;
    if (target >= edit.begin + edit.count) target -= edit.count;
  }
  erase_classes(p.input, p.rows, p.classes, edit);
  erase_classes(p.target_probs, p.rows, p.classes, edit);
  if (!p.class_weights.empty()) erase_rows(p.class_weights, 1, edit);
  p.classes -= edit.count;
  return true;
}

constexpr std::int64_t kStrengths = 4;

// Simpler and simpler from the last strength to the first: 0; one significant bit; an integer; eight bits.
bool simplify(Number& x, std::int64_t strength) {
  if (!x.is_double() || !x.is_finite() || x.is_zero()) return false;
  const double value = x.as_double();
  const int exponent = std::ilogb(value);
  const double bits8 = std::ldexp(std::trunc(std::ldexp(value, 7 - exponent)), exponent - 7);
  const double candidates[kStrengths] = {0, std::copysign(std::ldexp(1.0, exponent), value),
                                         std::trunc(value), bits8};
  const double simpler = candidates[strength];
  if (simpler == value) return false;
  x = simpler;
  return true;
}

bool apply(const Edit& edit, Trial& trial) {
  Problem& p = trial.problem;
  const auto at = static_cast<std::size_t>(edit.begin);
  switch (edit.kind) {
    case Edit::Kind::rows:
      erase_rows(p.input, p.classes, edit);
      erase_rows(p.target_probs, p.classes, edit);
      erase_rows(p.targets, 1, edit);
      erase_rows(p.sample_weights, 1, edit);
      if (p.reduction == XENT_NONE) erase_rows(p.upstream, 1, edit);
      p.rows -= edit.count;
      return true;
    case Edit::Kind::classes:
      return remove_classes(p, edit);
    case Edit::Kind::base:
      p.base = Number(0.0);
      return true;
    case Edit::Kind::threads:
      p.threads = 1;
      return true;
    case Edit::Kind::ignore_index:
      p.ignore_index.reset();
      return true;
    case Edit::Kind::reduction:
      p.reduction = XENT_NONE;
      fit_upstream(p);
      return true;
    case Edit::Kind::input:
      return simplify(p.input[at], edit.count);
    case Edit::Kind::target_prob:
      return simplify(p.target_probs[at], edit.count);
    case Edit::Kind::parameter:
      return simplify(trial.parameters[at], edit.count);
    case Edit::Kind::target:
      p.targets[at] = 0;
      return true;
    case Edit::Kind::scalar:
      p.*kScalars[at] = Number(0.0);
      return true;
    case Edit::Kind::vector:
      (p.*kVectors[at]).clear();
      return true;
    case Edit::Kind::vector_element:
      (p.*kVectors[static_cast<std::size_t>(edit.count)])[at] = Number(1.0);
      return true;
  }
  return false;
}

void add_removals(std::vector<Edit>& edits, Edit::Kind kind, std::int64_t n) {
  for (std::int64_t count = n / 2; count >= 1; count /= 2) {
    for (std::int64_t begin = 0; begin + count <= n; begin += count) edits.push_back({kind, begin, count});
  }
}

void add_numbers(std::vector<Edit>& edits, Edit::Kind kind, const std::vector<Number>& numbers) {
  // Rounder numbers help a reader only once there are few of them.
  constexpr std::size_t kFew = 64;
  if (numbers.size() > kFew) return;
  for (std::int64_t strength = 0; strength < kStrengths; ++strength) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (!numbers[i].is_zero()) edits.push_back({kind, static_cast<std::int64_t>(i), strength});
    }
  }
}

// Without the vector; or with a 1 in the place of an element.
void add_vector(std::vector<Edit>& edits, const std::vector<Number>& vector, std::size_t which) {
  if (vector.empty()) return;
  const auto at = static_cast<std::int64_t>(which);
  edits.push_back({Edit::Kind::vector, at});
  for (std::size_t i = 0; i < vector.size() && i < 16; ++i) {
    if (!(vector[i] == Number(1.0)))
      edits.push_back({Edit::Kind::vector_element, static_cast<std::int64_t>(i), at});
  }
}

std::vector<Edit> edits_of(const Trial& trial) {
  const Problem& p = trial.problem;
  std::vector<Edit> edits;
  add_removals(edits, Edit::Kind::rows, p.rows);
  add_removals(edits, Edit::Kind::classes, p.classes);
  if (!p.base.is_zero()) edits.push_back({Edit::Kind::base});
  if (p.threads > 1) edits.push_back({Edit::Kind::threads});
  for (std::size_t i = 0; i < kScalars.size(); ++i) {
    if (!(p.*kScalars[i]).is_zero()) edits.push_back({Edit::Kind::scalar, static_cast<std::int64_t>(i)});
  }
  for (std::size_t i = 0; i < kVectors.size(); ++i) add_vector(edits, p.*kVectors[i], i);
  if (p.ignore_index) edits.push_back({Edit::Kind::ignore_index});
  if (p.reduction != XENT_NONE) edits.push_back({Edit::Kind::reduction});
  for (std::size_t i = 0; i < p.targets.size() && i < 8; ++i) {
    if (p.targets[i] > 0) edits.push_back({Edit::Kind::target, static_cast<std::int64_t>(i)});
  }
  add_numbers(edits, Edit::Kind::input, p.input);
  add_numbers(edits, Edit::Kind::target_prob, p.target_probs);
  add_numbers(edits, Edit::Kind::parameter, trial.parameters);
  return edits;
}

rc::Seq<Trial> simplifications(const Trial& trial) {
  return rc::seq::mapMaybe(rc::seq::fromContainer(edits_of(trial)), [trial](const Edit& edit) {
    Trial simpler = trial;
    return apply(edit, simpler) ? rc::Maybe<Trial>(std::move(simpler)) : rc::Nothing;
  });
}

}  // namespace

Shrunk shrink(const Trial& trial, const std::function<bool(const Trial&)>& still_fails, std::int64_t budget) {
  const auto accept = [&](const Trial& candidate) {
    // A small trial is not free either: the call itself costs about as much as a hundred numbers.
    budget -= static_cast<std::int64_t>(candidate.problem.input.size()) + 100;
    return budget > 0 && still_fails(candidate);
  };
  const auto tree = rc::shrinkable::shrinkRecur(trial, &simplifications);
  auto [smallest, steps] = rc::shrinkable::findLocalMin(tree, accept);
  return {std::move(smallest), steps};
}

}  // namespace xent::properties
